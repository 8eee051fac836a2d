"""Analyses in the studio: what viewers said is found, shown, kept and stopped, by a moderator."""

import asyncio
import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.model import ChatMessage, Lang, Outcome
from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.test_flood import pour
from tests.browser.test_steering import DEVICES
from tests.browser.test_studio import SMALL, WIDE, kept, to_studio
from tests.browser.visitor import Browser, Device, Scheme, Visitor, expect, serious, visiting

TEXTS = (
    "1号多少钱", "多少钱呀", "how much is it", "这个多少钱", "有货吗", "2号有货吗", "8号承重多少",
    "承重多少斤", "你好", "hello", "主播好", "太贵了吧", "质量好差", "很喜欢", "<b>粗体</b>",
    "=1+1 试一下", "什么时候发货", "几点下播", "材质是什么", "能便宜点吗",
)  # fmt: skip
SAID = [(text, f"viewer{n % 13}") for n, text in enumerate(TEXTS + TEXTS)]
VIEWERS = 13
MANY = 5000
"""Lines whose reading takes far longer than it takes somebody to stop it."""
LOADING = 180_000
"""Milliseconds within which a busy machine has loaded the real reader and made an analysis."""
SINCE = re.compile(r"\d\d:\d\d")


async def chatter(visitor: Visitor, room: Stage) -> None:
    """Let viewers say some forty lines, and wait until danmate has seen to all of them."""
    ids = [room.say(text, author) for text, author in SAID]
    for id_ in ids:
        await expect(visitor.line(id_)).to_have_count(1)


async def to_analysis(visitor: Visitor) -> None:
    await to_studio(visitor)
    await visitor.press("kind-analysis")


async def analysed(visitor: Visitor) -> None:
    """Ask for an analysis and wait until its findings are there."""
    await visitor.press("make")
    await expect(visitor.page.locator(".findings li").first).to_be_visible(timeout=LOADING)


async def findings(visitor: Visitor) -> list[str]:
    """Return the findings as the page words them."""
    texts = await visitor.page.locator(".findings li").all_inner_texts()
    return [plain(text) for text in texts]


def plain(text: str) -> str:
    """Return a text with plain spaces: the page keeps a number and its sign together."""
    return text.replace("\u00a0", " ")


async def bars(visitor: Visitor, title: str) -> list[int]:
    """Return the figures below a title."""
    part = visitor.page.locator(".made-part", has_text=title)
    return [int(each) for each in await part.locator("b").all_inner_texts()]


@pytest.mark.parametrize(
    ("device", "lang", "scheme"), [("desktop", "en", "light"), ("phone", "zh", "dark")]
)
@pytest.mark.usefixtures("needs_axe")
async def test_what_a_live_room_said_is_found_and_kept(
    browser: Browser, site: Site, room: Stage, device: Device, lang: Lang, scheme: Scheme
) -> None:
    async with site.open(), visiting(browser, site.address, device, lang, scheme) as mia:
        await mia.sign_in(await site.link("moderator", "Mia"))
        await chatter(mia, room)
        await to_analysis(mia)
        await analysed(mia)
        tiles = mia.page.locator(".made .tiles dd")
        await expect(tiles).to_have_text([str(len(SAID)), str(VIEWERS), SINCE])
        found = await findings(mia)
        assert len(found) == 5
        assert await serious(mia.page) == []
        assert await mia.page.evaluate(WIDE) == 0
        assert await mia.page.evaluate(SMALL) == []
        figures = json.loads(await kept(mia, "json"))
        assert [each["words"][lang] for each in figures["findings"]] == found
        rows = list(csv.DictReader(io.StringIO((await kept(mia, "csv")).removeprefix("\ufeff"))))
        assert len(rows) == len(SAID)
        intents = Counter(row["intent"] for row in rows)
        title = {"en": "What lines are about", "zh": "弹幕类别"}[lang]
        assert await bars(mia, title) == sorted(intents.values(), reverse=True)
        assert not any(cell.startswith("=") for row in rows for cell in row.values())
        report = await kept(mia, "html")
    await read(browser, site.folder, report, found)


async def read(browser: Browser, folder: Path, report: str, found: list[str]) -> None:
    """Open a report that was kept: it holds what the page has shown, and asks for nothing."""
    await asyncio.to_thread((folder / "report.html").write_text, report, "utf-8")
    async with visiting(browser, folder.as_uri(), "phone") as reader:
        await reader.go("/report.html")
        listed = reader.page.locator(".finds:visible li")
        assert [plain(each) for each in await listed.all_inner_texts()] == found
        assert await serious(reader.page) == []
        assert await reader.page.evaluate(WIDE) == 0
        assert await reader.page.evaluate("performance.getEntriesByType('resource').length") == 0
        assert await reader.page.locator("script, b:text('粗体')").count() == 0


@DEVICES
async def test_a_recording_that_danmate_made_is_listed_and_analysed(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    site.more = '[record]\ndir = "recordings"\n'
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        await expect(ann.page.locator("#record")).to_contain_text(SINCE)
        await chatter(ann, room)
    [made] = await asyncio.to_thread(lambda: list((site.folder / "recordings").glob("*.jsonl*")))
    async with site.open(), visiting(browser, site.address, device) as mia:
        await mia.sign_in(await site.link("moderator", "Mia"))
        room.say("and now something else", "Zoe")
        await to_analysis(mia)
        listed = mia.page.locator("[name=recording]")
        await listed.select_option(made.name)
        await expect(listed.locator("option:checked")).to_contain_text("Recording of")
        await analysed(mia)
        await expect(mia.page.locator(".made .tiles dd").first).to_have_text(str(len(SAID)))
        table = await kept(mia, "csv")
        assert "something else" not in table
        assert "承重多少斤" in table
        await mia.page.reload()
        await expect(mia.page.locator(".findings li").first).to_be_visible()
        await expect(listed).to_have_value(made.name)


@DEVICES
async def test_an_analysis_is_stopped_and_the_next_work_begins_at_once(
    browser: Browser, site: Site, store: Store, room: Stage, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as mia:
        await mia.sign_in(await site.link("moderator", "Mia"))
        await pour(store, room, [spoken(room, number) for number in range(MANY)])
        await to_analysis(mia)
        await mia.press("make")
        made = mia.page.locator(".made")
        await expect(made.locator(".going")).to_contain_text(f"of {MANY:,}", timeout=LOADING)
        await mia.press("stop-work")
        await expect(made).to_have_text("Stopped.")
        await mia.press("kind-description")
        await mia.press("make")
        await expect(made.locator(".bullets li").first).to_be_visible()
        await mia.press("kind-analysis")
        await expect(made).to_have_text("Stopped.")


def spoken(room: Stage, number: int) -> Outcome:
    """Return what became of a line that is like no other."""
    author, text = f"viewer{number % VIEWERS}", f"{TEXTS[number % len(TEXTS)]} {number:b}"
    now = WallClock().now()
    line = ChatMessage(f"m{number}", "stage", room.room, author, author, "viewer", text, now, "en")
    return Outcome(line, "ignored", "not_a_question", "chitchat", 0.9)
