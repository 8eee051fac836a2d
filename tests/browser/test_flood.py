"""In a flood the page leaves out mere chatter and says so; what an operator must see it has all."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.bus.codec import BODY, Event, encode_event, key
from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.model import ChatMessage, Delivered, Fact, Kind, Outcome, Reply, Role
from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.visitor import Browser, Visitor, expect, visiting

WAVES, PLAIN = 15, 400
WEIGHTY: Sequence[tuple[Kind, Role]] = (
    ("answered", "viewer"),
    ("drafted", "viewer"),
    ("handed_off", "viewer"),
    ("blocked", "viewer"),
    ("commanded", "moderator"),
    ("ignored", "host"),
)
MARK = "needle"
"""The author of all that must not be left out."""
TOLD = """[...document.querySelectorAll('#log .skipped')]
  .reduce((sum, row) => sum + Number(row.dataset.skipped), 0)"""
AT_TOP = """async () => {
  const log = document.getElementById("log");
  const row = log.children[log.children.length - 10];
  const before = row.getBoundingClientRect().top + 400;
  log.scrollTop -= 400;
  for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
  return row.getBoundingClientRect().top - before;
}"""


def line(room: Stage, number: int, kind: Kind = "ignored", role: Role = "viewer") -> Outcome:
    plain = kind == "ignored" and role == "viewer"
    author = f"viewer{number % 97}" if plain else MARK
    said = ChatMessage(
        f"x{number}", "stage", room.room, author, author, role, "how much?", WallClock().now()
    )
    found = Outcome(said, kind, "not_a_question" if plain else None, "price", 0.9)
    if kind not in ("answered", "drafted"):
        return found
    facts = (Fact("A1.price", "129 CNY", "129"),)
    reply = Reply(f"re:{said.id}", room.room, "129 yuan", "template", facts, (said.id,))
    return replace(found, reply=reply)


async def pour(store: Store, room: Stage, events: Sequence[Event]) -> None:
    stream = key("outcomes", shard=store.shard(room.room))
    async with store.client.pipeline(transaction=False) as pipe:
        for event in events:
            pipe.xadd(stream, {BODY: encode_event(event)})
        await pipe.execute()


async def flood(store: Store, room: Stage) -> list[str]:
    """Write waves of chatter with one of each kind that weighs among them; return its ids."""
    weighty = list[str]()
    for wave in range(WAVES):
        first = wave * 1000
        chatter = [line(room, first + number) for number in range(PLAIN)]
        others = [
            line(room, first + 900 + number, kind, role)
            for number, (kind, role) in enumerate(WEIGHTY)
        ]
        for at, each in enumerate(others):
            chatter.insert(at * 50, each)
        weighty += [each.message.id for each in others]
        answered = others[0].reply
        assert answered is not None
        sent = Delivered(answered.id, "sent", WallClock().now(), answered.text, answered.answers)
        await pour(store, room, [*chatter, sent])
    return weighty


async def shown(ann: Visitor) -> list[str]:
    """Return the ids of the lines in the page, from the top down."""
    found: list[str] = await ann.page.locator("#log [data-message]").evaluate_all(
        "all => all.map(each => each.dataset.message)"
    )
    return found


async def test_a_flood_of_chatter_hides_nothing_that_an_operator_must_see(
    browser: Browser, site: Site, room: Stage, store: Store
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        await expect(ann.page.locator("#state")).to_have_attribute("data-online", "yes")
        weighty, asked, asked_to_try = await asyncio.gather(
            flood(store, room),
            asyncio.to_thread(room.say, "1号多少钱"),
            asyncio.to_thread(room.say, "能试穿吗"),
        )
        await expect(ann.draft("1")).to_contain_text("1号多少钱")
        await expect(ann.question(asked_to_try)).to_be_visible()
        await expect(ann.line(weighty[-1])).to_be_visible()
        await expect(ann.page.locator("#log .skipped").first).to_contain_text("plain chat left out")
        await ann.page.locator("#search").fill(MARK)
        await expect(ann.page.locator("#log [data-message]")).to_have_count(len(weighty))
        assert await shown(ann) == weighty
        sent = ann.page.locator("#log .answered [data-delivery=sent]")
        await expect(sent).to_have_count(WAVES)
        await ann.page.locator("#search").fill("1号多少钱")
        await expect(ann.line(asked)).to_be_visible()


async def test_all_lines_are_counted_that_a_flood_leaves_out(
    browser: Browser, site: Site, room: Stage, store: Store
) -> None:
    async with site.open(), visiting(browser, site.address, locale="zh-CN") as ann:
        await ann.go("/page/")
        await expect(ann.page.locator("#state")).to_have_attribute("data-online", "yes")
        await pour(store, room, [line(room, number) for number in range(2000)])
        await expect(ann.page.locator("#log .skipped").first).to_contain_text("条普通弹幕刷得太快")
        last = line(room, 9999, "handed_off")
        await pour(store, room, [last])
        await expect(ann.line(last.message.id)).to_be_visible()
        left_out = await ann.page.evaluate(TOLD)
        await ann.page.evaluate("document.getElementById('log').scrollTop = 0")
        await expect(ann.page.locator("#log [data-message]")).to_have_count(2001 - left_out)


async def test_who_goes_up_finds_what_came_before_and_what_was_in_sight_stays_there(
    browser: Browser, site: Site, room: Stage, store: Store
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.go("/page/")
        await expect(ann.page.locator("#state")).to_have_attribute("data-online", "yes")
        lines = [line(room, number) for number in range(190)]
        await pour(store, room, lines)
        await expect(ann.line("x189")).to_be_visible()
        await expect(ann.page.locator("#log [data-message]")).to_have_count(100)
        assert abs(await ann.page.evaluate(AT_TOP)) <= 1
        await expect(ann.page.locator("#log [data-message]")).to_have_count(len(lines))
        assert await shown(ann) == [each.message.id for each in lines]
        await pour(store, room, [line(room, 500, "handed_off")])
        await expect(ann.page.locator("#latest")).to_contain_text("1 new line")
        await ann.press("latest")
        await expect(ann.line("x500")).to_be_in_viewport()
        await expect(ann.page.locator("#log [data-message]")).to_have_count(100)
