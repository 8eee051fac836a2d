"""Proofs about the log: no secret and no chat leaves through it, whoever speaks."""

import ast
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot import telemetry
from bot.model import ChatMessage
from bot.secrets import Secret

CANARY = "c4nary5ecret"
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the logging of the other tests as it was."""
    handlers, level, hook = logging.root.handlers[:], logging.root.level, sys.excepthook
    yield
    logging.root.handlers[:], logging.root.level, sys.excepthook = handlers, level, hook
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


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_traceback_shows_a_secret_whoever_logs_it(
    out: io.StringIO, style: telemetry.Style
) -> None:
    telemetry.configure("info", style, out)
    try:
        try:
            int(f"redis://:{CANARY}@host")
        except ValueError as error:
            raise ExceptionGroup(f"oauth:{CANARY}", [OSError(f"token={CANARY}")]) from error
    except ExceptionGroup as error:
        logging.getLogger("asyncio").exception("never retrieved: Bearer %s", CANARY)
        structlog.get_logger().exception("crashed", exc_info=error)
    assert out.getvalue().count("ExceptionGroup") >= 2
    assert CANARY not in out.getvalue()


def test_what_nobody_catches_is_logged_without_its_secrets() -> None:
    code = (
        "from bot import telemetry; telemetry.configure(style='json');"
        f"raise RuntimeError('redis://:{CANARY}@host')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    (event,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert (event["event"], event["level"]) == ("crashed", "critical")
    assert "RuntimeError" in event["exception"]
    assert CANARY not in done.stderr


def test_chat_inside_of_a_value_stays_out_too(out: io.StringIO) -> None:
    telemetry.configure("info", "json", out)
    message = ChatMessage("m1", "room", "room/a", CANARY, "42", "viewer", CANARY, 1.5)
    structlog.get_logger().info(
        "x", message=message, of={"text": CANARY, "id": "m1"}, all=[message, {"author": CANARY}]
    )
    (event,) = events(out)
    assert CANARY not in out.getvalue()
    assert (event["message"], event["of"]) == ("<ChatMessage>", {"id": "m1"})


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def calls(source: str) -> Iterator[tuple[str, str]]:
    """Yield the event and the level of each call of a module's log; "" for one that varies."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=logger, attr=level), args=[first, *_]):
                ours = isinstance(logger, ast.Name) and logger.id == "log"
                if level in LEVELS and (ours or "structlog.get_logger" in ast.unparse(logger)):
                    event = first.value if isinstance(first, ast.Constant) else ""
                    yield str(event), "error" if level == "exception" else level


@cache
def said() -> list[tuple[str, str, str]]:
    """Return the module, the event and the level of all that is logged."""
    return [
        (str(file.relative_to(ROOT)), event, level)
        for package in ("bot", "adapters")
        for file in sorted((ROOT / package).rglob("*.py"))
        for event, level in calls(file.read_text("utf-8"))
    ]


def test_every_event_is_a_documented_name_in_snake_case() -> None:
    assert [each for each in said() if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each[1])] == []
    assert [each for each in said() if each[1] not in telemetry.EVENTS] == []


def test_every_documented_event_is_logged_at_one_level() -> None:
    levels = {
        event: {level for _, one, level in said() if one == event} for event in telemetry.EVENTS
    }
    assert [event for event, found in levels.items() if len(found) != 1] == []


def test_the_walk_sees_what_is_logged() -> None:
    assert list(calls("log.info('a', x=1)\nlog.exception(f'b')\nother.info('c')")) == [
        ("a", "info"),
        ("", "error"),
    ]
    loggers = [
        file.name
        for file in (ROOT / "bot").rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if "get_logger()" in line and not line.startswith("log = ") and "critical(" not in line
    ]
    assert loggers == []
