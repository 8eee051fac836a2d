"""``danmate bench wire``: the platforms' frames read by our decoders and by others', in one run."""

import asyncio
import importlib
import json
import random
import statistics
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.plugins import decoders

BATCH = 8
"""Danmaku in a frame: the platform packs what was said in an instant."""
CHAT = (
    "how much is it?", "多少钱", "几号链接", "160斤穿啥", "ship to canada?", "6666", "LUL",
    "is the hoodie still in stock in L", "主播好", "the fleece one, does it pill?",
)  # fmt: skip
_HEADER = struct.Struct(">IHHII")
Run = Callable[[Sequence[Any]], int]
"""Reads frames and says how many lines they held."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Lines a second of one decoder: the median of the rounds, and their spread."""

    wire: str
    name: str
    rate: float
    slowest: float
    fastest: float


def wires(count: int, rounds: int, *, as_json: bool) -> None:
    """Let each decoder read ``count`` lines of each wire in turn, and print their rates."""
    draw = random.Random(0)  # noqa: S311 - a sample, not a secret
    ours = decoders()
    rates = _race("irc", irc_lines(count, draw), _irc(ours["irc"]), rounds)
    rates += _race("danmaku", frames(count, draw), _danmaku(ours["danmaku"]), rounds)
    if as_json:
        print(json.dumps([asdict(rate) for rate in rates], indent=1))  # noqa: T201 - the result
        return
    first = {rate.wire: rate.rate for rate in reversed(rates)}
    table = Table(box=None, padding=(0, 1))
    table.add_column("wire")
    table.add_column("decoder")
    for name in ("lines/s", "slowest-fastest", "x"):
        table.add_column(name, justify="right")
    for rate in rates:
        spread = f"{rate.slowest:.0f}-{rate.fastest:.0f}"
        ratio = "" if rate.name == "danmate" else f"{first[rate.wire] / rate.rate:.2f}"
        table.add_row(rate.wire, rate.name, f"{rate.rate:.0f}", spread, ratio)
    Console().print(table)
    if missing := [name for name in ("irctokens", "blivedm") if not _found(name)]:
        print(f"not installed, so not compared: {', '.join(missing)}")  # noqa: T201 - the result


def irc_lines(count: int, draw: random.Random) -> list[str]:
    """Return lines as Twitch sends them, with all the tags of a message."""
    return [
        f"@badge-info=subscriber/{n % 40};badges=subscriber/{n % 12},premium/1;client-nonce="
        f"{n:032x};color=#1E90FF;display-name=Viewer{n};emotes=;first-msg=0;flags=;id={n:08x}-0000-4000-8000-"
        f"{n:012x};mod=0;returning-chatter=0;room-id=62300805;subscriber=1;tmi-sent-ts="
        f"{1_767_225_600_000 + n};turbo=0;user-id={n};user-type= :viewer{n}!viewer{n}@viewer{n}"
        f".tmi.twitch.tv PRIVMSG #shop :{draw.choice(CHAT)}"
        for n in range(count)
    ]


def frames(count: int, draw: random.Random) -> list[bytes]:
    """Return frames as Bilibili sends them: BATCH danmaku in a packet that brotli has packed."""
    import brotli  # type: ignore[import-untyped]  # it carries no types

    packed = []
    for first in range(0, count, BATCH):
        inner = b"".join(
            _packet(_danmu(n, draw.choice(CHAT)), 0)
            for n in range(first, min(first + BATCH, count))
        )
        packed.append(_packet(brotli.compress(inner, quality=5), 3))
    return packed


def _packet(body: bytes, version: int) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), _HEADER.size, version, 5, 0) + body


def _danmu(number: int, text: str) -> bytes:
    extra = json.dumps({"content": text, "id_str": f"{number:032x}", "reply_mid": 0})
    info = [
        [0, 1, 25, 16_777_215, 1_767_225_600_000 + number, 1_767_225_000, 0, "ab12cd34", 0, 0, 0,
         "", 0, "{}", "{}", {"extra": extra, "mode": 0, "show_player_type": 0}],
        text,
        [number, f"观众{number}", 0, 0, 0, 10_000, 1, ""],
        [12, "暖冬", "主播", 1234, 6_067_854, "", 0, 6_067_854, 6_067_854, 6_067_854, 0, 1, 99],
        [20, 0, 6_406_234, ">50000", 0],
        ["", ""], 0, 0, None, {"ts": 1_767_225_600, "ct": "ABCD"}, 0, 0, None, None, 0, 105, [10],
    ]  # fmt: skip
    return json.dumps({"cmd": "DANMU_MSG", "dm_v2": "", "info": info}, ensure_ascii=False).encode()


def _race(
    wire: str, sample: Sequence[Any], entries: Iterator[tuple[str, Run]], rounds: int
) -> list[Rate]:
    """Time every entry once to warm up and ``rounds`` times, in turn."""
    runs, taken = dict(entries), dict[str, list[float]]()
    lines = {name: run(sample) for name, run in runs.items()}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run(sample)
            taken.setdefault(name, []).append(lines[name] / (time.perf_counter() - began))
    return [
        Rate(wire, name, statistics.median(each), min(each), max(each))
        for name, each in taken.items()
    ]


def _irc(ours: Callable[[str], object]) -> Iterator[tuple[str, Run]]:
    yield "danmate", lambda lines: sum(ours(line) is not None for line in lines)
    if rival := _found("irctokens"):
        tokenise = rival.tokenise
        yield "irctokens", lambda lines: sum(tokenise(line) is not None for line in lines)


def _danmaku(ours: Callable[[bytes], Sequence[object]]) -> Iterator[tuple[str, Run]]:
    yield "danmate", lambda packed: sum(len(ours(frame)) for frame in packed)
    if (rival := _found("blivedm")) and hasattr(rival, "clients"):  # 0.x has another shape
        yield "blivedm", lambda packed: asyncio.run(_blivedm(rival, packed))


async def _blivedm(package: Any, packed: Sequence[bytes]) -> int:
    """Let blivedm's client read frames as if they came from its connection."""
    import aiohttp  # comes with blivedm

    class Counting(package.BLiveClient):  # type: ignore[misc]  # it carries no types
        seen = 0

        def _handle_command(self, _: object) -> None:
            self.seen += 1

    async with aiohttp.ClientSession() as session:
        client = Counting(1, session=session)
        for frame in packed:
            await client._parse_ws_message(frame)  # noqa: SLF001 - it has no other door without a socket
    return client.seen


def _found(name: str) -> Any:
    """Return a package that may be installed, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
