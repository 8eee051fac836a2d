"""The terminal as a room."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.console import Console, ConsoleSettings
from bot.model import ChatMessage, Reply


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


async def said(console: Console) -> list[ChatMessage]:
    async with console.connect() as session:
        return [message async for message in session.messages()]


async def test_lines_are_messages_of_a_viewer_or_of_a_moderator(tmp_path: Path) -> None:
    typed = tmp_path / "typed.txt"
    typed.write_bytes("多少钱\n\n  \n/mod !bot off\r\n/mod \nlast, without an end".encode())
    with typed.open("rb") as source:
        messages = await said(Console(ConsoleSettings(), source.fileno(), now=lambda: 7.0))
    assert [(m.author, m.role, m.text) for m in messages] == [
        ("you", "viewer", "多少钱"),
        ("mod", "moderator", "!bot off"),
        ("you", "viewer", "last, without an end"),
    ]
    assert {m.sent_at for m in messages} == {7.0}
    assert len({m.id for m in messages}) == len(messages)


async def test_a_line_arrives_as_soon_as_it_is_typed(pipe: tuple[int, int]) -> None:
    source, typed = pipe
    async with Console(ConsoleSettings(), source).connect() as session:
        messages = session.messages()
        for text in ("one", "two"):
            os.write(typed, f"{text}\n".encode())
            assert (await anext(messages)).text == text


async def test_replies_are_printed() -> None:
    out = io.StringIO()
    async with Console(ConsoleSettings(), out=out).connect() as session:
        await session.post(Reply("re:1", "console/local", "129元", "template", (), ("1",)))
    assert out.getvalue() == "129元\n"
