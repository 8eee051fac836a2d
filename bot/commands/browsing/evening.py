"""A shop's evening for the pictures: an hour of chat behind it, and questions that wait."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

from bot import config as configuration
from bot.bus.codec import BODY, Event, encode_event, key
from bot.bus.outcomes import streams
from bot.bus.server import Store, connect
from bot.commands.demo import ROOM as RECORDING
from bot.commands.offline import player
from bot.config import DEMO, Config
from bot.flow.clock import WallClock
from bot.house import House, opened
from bot.model import STAFF, ChatMessage, Delivered, Outcome
from bot.plugins import adapters, formats
from bot.replay.formats import open_log
from bot.service import running
from bot.shop.catalogue import load as load_catalogue

ROOM = "room/demo"
PASSES = 6
"""The recording takes nine minutes: so often it makes an hour."""
SETTINGS = (
    "models.writer=none",
    "reply.autonomy.discount=approve",
    "reply.draft_expires=600.0",
    "reply.user_cooldown=0.0",
    "reply.window=0.2",
    "web.port=0",
    "store.url=",
    "store.shards=1",
)
SAID = (
    ("host", "小满", "!bot now 1"),
    ("moderator", "管理员阿May", "!bot price 3 79"),
    ("moderator", "管理员阿May", "!bot stock 1 12"),
    ("moderator", "管理员阿May", "!bot mute @收藏家"),
    ("viewer", "柠檬不酸", "3号现在多少钱"),
    ("viewer", "kelly_in_toronto", "how much is the hoodie?"),
    ("viewer", "阿强", "卫衣能便宜点吗，买两件打折吗"),
    ("viewer", "momo酱", "能上身试穿一下卫衣吗"),
    ("viewer", "小鹿乱撞", "小火车什么时候补货"),
    ("viewer", "老张头", "帆布包能装多重啊"),
    ("viewer", "夏天的风", "帆布包能承重多少斤"),
    ("viewer", "Nina", "do the earbuds have noise cancelling?"),
    ("viewer", "木木", "耳机有降噪吗"),
    ("viewer", "大白", "咖啡有优惠吗"),
    ("viewer", "胖虎爱减肥", "160斤穿什么码"),
    ("viewer", "kelly_in_toronto", "do you ship to Canada?"),
    ("viewer", "云朵", "好好看！"),
    ("viewer", "路过的猫", "几点下播呀"),
)
"""Who says what at the end of it."""


@asynccontextmanager
async def evening(folder: Path) -> AsyncIterator[str]:
    """Run danmate in a room that has had its hour, while the block runs; give the address."""
    values = [*SETTINGS, f"store.data={folder / 'store'}"]
    config = configuration.with_values(configuration.load(configuration.SHIPPED), values)
    events = await _hour(config)
    room = cast(Any, adapters()["room"])
    adapter = room(room.Settings(name=ROOM.partition("/")[2]))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await connect("", folder / "store"))
        await _remember(store, events)
        house = await stack.enter_async_context(opened(config, adapters=(adapter,)))
        live = await stack.enter_async_context(running(house))
        await _say(house, adapter)
        yield live.url


async def _hour(config: Config) -> list[Event]:
    """Return what would have become of the recording, played over the last hour."""
    with open_log(RECORDING, plugins=formats(), strict=True) as log:
        lines = list(log)
    said = _repeated(lines, WallClock().now() - 20.0)
    async with player(config, load_catalogue(DEMO)) as use:
        return events_of([outcome async for outcome in use.play(said)])


def _repeated(lines: Sequence[ChatMessage], until: float) -> list[ChatMessage]:
    """Return the lines as often as fills an hour, each time thinner or denser, and by others."""
    draw = Random(0)  # noqa: S311 - the same pictures each time
    length = lines[-1].sent_at - lines[0].sent_at
    names = sorted({line.author for line in lines if line.role not in STAFF})
    said = []
    for number in range(PASSES):
        others = dict(zip(names, draw.sample(names, len(names)), strict=True))
        begin = (
            until - (PASSES - number) * length - lines[0].sent_at - draw.uniform(0.0, length / 6)
        )
        for line in lines:
            at = begin + line.sent_at
            if draw.random() < draw.choice((0.2, 0.5, 0.9)):
                who = others.get(line.author, line.author)
                made = replace(line, id=f"{number}:{line.id}", room=ROOM, sent_at=at)
                said.append(replace(made, author=who, author_id=who))
    return sorted(said, key=lambda line: line.sent_at)


def events_of(outcomes: Iterable[Outcome]) -> list[Event]:
    """Return final outcomes as they were told: each answer, and then its delivery."""
    told: list[tuple[float, Event]] = []
    delivered = set[str]()
    for each in outcomes:
        reply, at = each.reply, each.message.sent_at
        told.append((at, each))
        if each.outcome == "answered" and reply and reply.at and reply.id not in delivered:
            delivered.add(reply.id)
            gone = Delivered(reply.id, reply.delivery, reply.at, reply.text, reply.answers)
            told.append((reply.at, gone))
    return [event for _, event in sorted(told, key=lambda row: row[0])]


async def _remember(store: Store, events: Sequence[Event]) -> None:
    """Write events into the bus at the times when they happened."""
    stream = key("outcomes", shard=store.shard(ROOM))
    async with store.client.pipeline(transaction=False) as pipe:
        for event in events:
            at = event.at if isinstance(event, Delivered) else event.message.sent_at
            pipe.xadd(stream, {BODY: encode_event(event)}, id=f"{round(at * 1000)}-*")
        await pipe.execute()


async def _say(house: House, adapter: Any) -> None:
    """Say the last lines one after another, each once the one before has its outcome."""
    clock, [events] = WallClock(), streams(house.store)
    cursor = await events.last()
    for number, (role, author, text) in enumerate(SAID):
        line = ChatMessage(f"e{number}", "room", ROOM, author, author, "viewer", text, clock.now())
        frame = {"type": "message", "id": line.id, "author": author, "role": role, "text": text}
        await adapter.hear(json.dumps(frame, ensure_ascii=False))
        waiting = True
        while waiting:
            for at, event in await events.after(cursor):
                cursor = at
                if isinstance(event, Outcome) and event.message.id == line.id:
                    waiting = False
