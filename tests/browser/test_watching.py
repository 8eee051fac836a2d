"""The page shows what happens as it happens, to whoever may look."""

import asyncio
from itertools import islice

from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.commands.demo import ROOM as RECORDING
from bot.plugins import formats
from bot.replay.formats import open_log
from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.visitor import Browser, expect, visiting

LINES = 40


async def test_a_link_logs_in_once(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        link = await site.link("owner", "Ann")
        await ann.sign_in(link)
        assert "#" not in ann.page.url
        await expect(ann.page.locator("body")).to_have_attribute("data-role", "owner")
        async with visiting(browser, site.address) as bob:
            bob.expected.append(r"status of 401")
            await bob.page.goto(link)
            await expect(bob.page.get_by_role("status")).to_contain_text("used up")
            assert await bob.page.context.cookies() == []


async def test_a_replayed_room_is_watched_live(browser: Browser, site: Site, room: Stage) -> None:
    with open_log(RECORDING, plugins=formats(), strict=True) as log:
        lines = list(islice((each for each in log if each.role != "bot"), LINES))
    async with site.open(), visiting(browser, site.address, locale="zh-CN") as ann:
        await ann.go(f"/page/?room={room.room}")
        ids = [room.say(each.text, each.author, each.role) for each in lines]
        await expect(ann.page.locator("#log [data-message]")).to_have_count(LINES)
        shown = await ann.page.locator("#log [data-message]").evaluate_all(
            "all => all.map(each => each.dataset.message)"
        )
        assert sorted(shown) == sorted(ids)
        for id_, each in zip(ids, lines, strict=True):
            await expect(ann.line(id_)).to_contain_text(each.author)
            await expect(ann.line(id_)).to_contain_text(each.text)
        posted = {each.answers[0]: each.text for each in room.posted}
        assert posted
        for id_, text in posted.items():
            await expect(ann.line(id_).locator("[data-delivery=sent]")).to_be_visible()
            await expect(ann.line(id_).locator(".words")).to_have_text(text)


async def test_who_has_not_logged_in_sees_everything_and_changes_nothing(
    browser: Browser, site: Site, room: Stage, store: Store
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address) as bob:
        await bob.go("/page/")
        room.say("1号多少钱")
        await expect(bob.draft("1")).to_be_visible()
        await expect(bob.page.locator("#hint")).to_contain_text("danmate page")
        needing = bob.page.locator("[data-needs]")
        assert await needing.count() > 10
        assert await needing.evaluate_all("all => all.filter(each => !each.disabled).length") == 0
        bob.expected.append("status of 401")
        for path in ("command", "wrong"):
            status = await bob.page.evaluate(
                "path => fetch(path, {method: 'POST', body: '{\"line\": \"off\"}',"
                " headers: {'Content-Type': 'application/json'}}).then(got => got.status)",
                f"/api/rooms/{room.room}/{path}",
            )
            assert status == 401
        assert (await RedisRooms(store).get(room.room)).log == ()


async def test_a_viewer_who_has_logged_in_may_only_look(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as bob:
        await bob.sign_in(await site.link("viewer", "Bob"))
        needing = bob.page.locator("[data-needs]")
        await expect(needing.first).to_be_disabled()
        bob.expected.append("status of 403")
        status = await bob.page.evaluate(
            "path => fetch(path, {method: 'POST', body: '{\"line\": \"off\"}',"
            " headers: {'Content-Type': 'application/json'}}).then(got => got.status)",
            f"/api/rooms/{room.room}/command",
        )
        assert status == 403


async def test_two_browsers_see_the_same(browser: Browser, site: Site, room: Stage) -> None:
    async with (
        site.open(),
        visiting(browser, site.address) as ann,
        visiting(browser, site.address, "phone", "zh-CN") as bob,
    ):
        await ann.sign_in(await site.link("owner", "Ann"))
        await bob.sign_in(await site.link("moderator", "Bob"))
        await bob.press("mode-approve")
        await expect(ann.page.locator("[data-action=mode-approve]")).to_have_attribute(
            "aria-pressed", "true"
        )
        room.say("1号多少钱")
        await bob.to("drafts")
        await expect(bob.draft("1")).to_be_visible()
        await ann.press("approve", ann.draft("1"))
        await expect(bob.draft("1")).to_have_count(0)
        await expect(ann.draft("1")).to_have_count(0)
        await bob.to("health")
        await expect(bob.part("log")).to_contain_text("Ann")


async def test_a_page_comes_back_after_the_server_does(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with visiting(browser, "") as ann:
        ann.expected.append(r"ERR_|Failed to load resource")
        async with site.open():
            ann.address = site.address
            await ann.sign_in(await site.link())
            first = room.say("1号多少钱")
            await expect(ann.line(first)).to_be_visible()
            await expect(ann.page.locator("#state")).to_have_attribute("data-online", "yes")
        await expect(ann.page.locator("#state")).to_have_attribute("data-online", "no")
        async with site.open():
            second = room.say("2号多少钱", "Bob")
            await expect(ann.page.locator("#state")).to_have_attribute("data-online", "yes")
            await expect(ann.line(second)).to_contain_text("169")
            await expect(ann.line(first)).to_have_count(1)
            await ann.press("mode-shadow")
            await expect(ann.page.locator("[data-action=mode-shadow]")).to_have_attribute(
                "aria-pressed", "true"
            )


async def test_a_deleted_line_leaves_the_page(browser: Browser, site: Site, room: Stage) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.go("/page/")
        id_ = room.say("1号多少钱 加我微信", "Spammer")
        await expect(ann.line(id_)).to_contain_text("Spammer")
        room.delete(id_)
        await expect(ann.line(id_)).not_to_contain_text("Spammer")
        await expect(ann.page.locator("body")).not_to_contain_text("加我微信")
        await ann.page.reload()
        await expect(ann.line(id_)).to_have_count(1)
        await expect(ann.page.locator("body")).not_to_contain_text("加我微信")


HOSTILE = (
    "<img src=https://elsewhere.example/x.png onerror=alert(1)> 1号多少钱",
    "<script>alert(document.domain)</script> 2号多少钱",
    "</p></li><h1>1号多少钱</h1><style>*{display:none}</style>",
    "javascript:alert(1) [click](javascript:alert(2)) 1号多少钱",
    "\u202e钱少多号1 gpj.exe\u2066\u2067\u202d 1号多少钱",
    "Z" + "\u0335\u0321\u0322\u0327\u0328\u0339" * 40 + "algo 1号多少钱",
    "W" * 450,
    "\u200b\ufeff\u2028 1号多少钱 \u0000\u001b[31m",
)


async def test_hostile_text_stands_as_text_and_breaks_no_neighbour(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.go("/page/")
        before = room.say("你好", "Above")
        await expect(ann.line(before)).to_be_visible()
        plain = await ann.line(before).bounding_box()
        ids = [room.say(text, f"<b>{n}</b>\u202e") for n, text in enumerate(HOSTILE)]
        after = room.say("你好", "Below")
        await expect(ann.line(after)).to_be_visible()
        for id_, text in zip(ids[:4], HOSTILE, strict=False):
            await expect(ann.line(id_).locator(".said .text")).to_have_text(text)
        assert (
            await ann.page.locator("#log").evaluate(
                "log => log.querySelectorAll('img, script, h1, style, a, iframe').length"
            )
            == 0
        )
        last = await ann.line(after).bounding_box()
        assert plain
        assert last
        assert abs(last["height"] - plain["height"]) <= 1  # fractions of a pixel add up
        assert last["x"] == plain["x"]
        log = ann.page.locator("#log")
        assert await log.evaluate("log => log.scrollWidth <= log.clientWidth")
        spilled = await log.evaluate(
            "log => [...log.querySelectorAll('.said')].filter(each =>"
            " each.scrollHeight > each.clientHeight + 1"
            " && getComputedStyle(each).overflowY === 'visible').length"
        )
        assert spilled == 0


async def test_a_reader_further_up_is_not_moved(browser: Browser, site: Site, room: Stage) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.go("/page/")
        ids = [room.say(f"你好 {n}", f"v{n}") for n in range(60)]
        await expect(ann.line(ids[-1])).to_be_visible()
        log = ann.page.locator("#log")
        await log.evaluate("log => log.scrollTo(0, 0)")
        await expect(ann.line(ids[0])).to_have_count(1)  # what a crowd left out is put above
        await log.evaluate("log => log.scrollTo(0, 0)")
        await expect(ann.line(ids[0])).to_be_in_viewport()
        more = [room.say(f"你好 {n}", f"w{n}") for n in range(5)]
        latest = ann.page.locator("#latest")
        await expect(latest).to_contain_text("5")
        await expect(ann.line(ids[0])).to_be_in_viewport()
        await latest.click()
        await expect(ann.line(more[-1])).to_be_in_viewport()
        await asyncio.gather(*(expect(ann.line(each)).to_have_count(1) for each in more))
