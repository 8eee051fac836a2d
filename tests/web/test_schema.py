"""The API's own description, tried by schemathesis: no request breaks it, all answers are as told.

Schemathesis makes requests out of the description, right and wrong ones, and compares what comes.
Streams never end: they are tried by tests of their own.
"""

import asyncio
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bus.server import Store
from bot.model import Outcome
from tests.web.asking import answered, left, line
from tests.web.entry import Entry
from tests.web.test_access import untouched
from tests.web.test_rooms import happen

STREAMS = ("/api/outcomes", "/api/answers")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,negative_data_rejection,"
    "positive_data_acceptance"
)
KNOWN = """
[parameters]
"path.platform" = "room"
"path.name" = "local"
"path.room" = "room/local"
"""
"""Lets most requests meet a room that there is."""


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


async def tried(url: str, folder: Path, *options: str, config: str = "") -> None:
    """Let schemathesis try all but the streams."""
    (folder / "schemathesis.toml").write_text(config)
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run",
        f"{url}/api/openapi.json", "--checks", CHECKS, "--max-examples", "12", "--seed", "7",
        "--generation-deterministic", "--no-color",
        "--suppress-health-check", "filter_too_much",  # few texts may stand in a path
        "--continue-on-failure", "--warnings", "off", "--output-truncate", "false",
        "--exclude-path", STREAMS[0], "--exclude-path", STREAMS[1], *options,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()


@pytest.mark.parametrize("config", [KNOWN, ""], ids=["the room", "any room"])
async def test_who_is_logged_in_gets_what_is_described(entry: Entry, config: str) -> None:
    asked = answered("多少钱")
    await happen(entry.store, left("防水吗"), asked, Outcome(line("hi"), "ignored", "no_words"))
    async with entry.visiting("owner") as http:
        cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        await tried(
            str(http.base_url), entry.folder, "-H", f"Cookie: {cookie}",
            "--exclude-path", "/api/logout", config=config,
        )  # fmt: skip
        assert (await http.get("/api/me")).json()["logged_in"]


async def test_who_is_not_gets_what_is_described_and_changes_nothing(entry: Entry) -> None:
    async with entry.serving() as url:
        await tried(url, entry.folder, config=KNOWN)
        assert await untouched(entry.store)


@given(
    st.sampled_from(STREAMS),
    st.dictionaries(st.sampled_from(["room", "host", "x"]), st.text(max_size=20), max_size=3),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
)
@settings(max_examples=12)
async def test_whatever_a_stream_is_asked_it_begins_or_says_why_not(
    entry: Entry, path: str, asked: dict[str, str], last: str
) -> None:
    async with entry.visiting() as http:
        headers = [(b"Last-Event-ID", last.strip().encode("latin-1"))]
        async with http.stream("GET", path, params=asked, headers=headers) as answer:
            if answer.status_code == 200:
                assert answer.headers["content-type"].startswith("text/event-stream")
                assert await anext(answer.aiter_text()) == "retry: 2000\n\n"
            else:
                assert answer.status_code == 422
                await answer.aread()
                assert answer.json()["detail"]
