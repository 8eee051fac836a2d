"""Proofs about the log: no secret and no chat leaves through it, whoever speaks."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import telemetry
from bot.secrets import Secret

CANARY = "c4nary5ecret"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the logging of the other tests as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def events(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        f"PASS oauth:{CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"redis://:{CANARY}@host:6379/0",
        f"rediss://user:{CANARY}@host",
        f"GET /?access_token={CANARY}&page=2",
        f'{{"client_secret": "{CANARY}"}}',
        f"eyJhbGciOi.eyJ{CANARY}.{CANARY}",
    ],
)
@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_is_known_by_its_form(out: io.StringIO, text: str, style: telemetry.Style) -> None:
    telemetry.configure("info", style, out)
    structlog.get_logger().warning("connected", detail=text, deep={"list": [text]})
    assert CANARY not in out.getvalue()
    assert "***" in out.getvalue()


def test_a_secret_is_known_by_its_key(out: io.StringIO) -> None:
    telemetry.configure("info", "json", out)
    structlog.get_logger().info(
        "x", token=CANARY, client_secret=[CANARY], headers={"Cookie": CANARY}, of=Secret(CANARY)
    )
    assert CANARY not in out.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_in_a_traceback_is_hidden(out: io.StringIO, style: telemetry.Style) -> None:
    telemetry.configure("info", style, out)
    try:
        int(f"redis://:{CANARY}@host")
    except ValueError:
        structlog.get_logger().exception("lost")
    assert "ValueError" in out.getvalue()
    assert CANARY not in out.getvalue()


def test_libraries_speak_through_the_same_door(out: io.StringIO) -> None:
    telemetry.configure("info", "json", out)
    logging.getLogger("some.library").warning("sent %s", f"Bearer {CANARY}")
    logging.getLogger("some.library").info("chatter")
    (event,) = events(out)
    assert (event["event"], event["level"]) == ("sent Bearer ***", "warning")


@pytest.mark.parametrize("method", ["info", "warning", "error"])
def test_chat_stands_in_no_event_above_debug(out: io.StringIO, method: str) -> None:
    telemetry.configure("debug", "json", out)
    getattr(structlog.get_logger(), method)("answered", text="几多钱", author="Ann", id="m1")
    (event,) = events(out)
    assert {"text", "author"}.isdisjoint(event)
    assert event["id"] == "m1"


def test_chat_may_stand_in_a_debug_event(out: io.StringIO) -> None:
    telemetry.configure("debug", "json", out)
    structlog.get_logger().debug("read", text="几多钱")
    assert events(out)[0]["text"] == "几多钱"


def test_ids_numbers_and_plain_addresses_stay_readable(out: io.StringIO) -> None:
    telemetry.configure("info", "json", out)
    structlog.get_logger().info(
        "x", id="re:0123456789abcdefghijklmnopqrst", tokens=25, url="redis://host:6379/0", at=1.5
    )
    event = events(out)[0]
    assert (event["id"], event["tokens"]) == ("re:0123456789abcdefghijklmnopqrst", 25)
    assert (event["url"], event["at"]) == ("redis://host:6379/0", 1.5)


def test_the_level_is_kept(out: io.StringIO) -> None:
    telemetry.configure("warning", "json", out)
    log = structlog.get_logger()
    log.info("no")
    log.warning("yes")
    assert [event["event"] for event in events(out)] == ["yes"]


def test_in_a_pipe_each_line_is_json(out: io.StringIO) -> None:
    telemetry.configure(stream=out)
    structlog.get_logger().info("started", room="room/本地")
    (event,) = events(out)
    assert (event["event"], event["room"], event["level"]) == ("started", "room/本地", "info")
    assert event["timestamp"].endswith("Z")


def test_counters_add_up() -> None:
    counters = telemetry.Counters()
    counters.add("ignored:off")
    counters.add("answered", 2)
    counters.add("answered")
    assert counters.snapshot() == {"answered": 3, "ignored:off": 1}
