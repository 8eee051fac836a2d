"""What the page says to whom: recordings to all, words in the reader's language, links to views."""

import re

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.visitor import Browser, expect, visiting

SINCE = re.compile(r"\d\d:\d\d")


async def test_everybody_sees_that_it_is_recorded_and_the_owner_ends_it(
    browser: Browser, site: Site
) -> None:
    site.more = '[record]\ndir = "recordings"\n'
    async with (
        site.open(),
        visiting(browser, site.address) as ann,
        visiting(browser, site.address, "phone", "zh-CN") as bob,
        visiting(browser, site.address) as cai,
    ):
        await ann.sign_in(await site.link())
        await bob.sign_in(await site.link("moderator", "Bob"))
        await cai.go("/page/")
        for visitor in (ann, bob, cai):
            await expect(visitor.page.locator("#record")).to_contain_text(SINCE)
        for visitor in (bob, cai):
            await expect(visitor.page.locator("#record button")).to_have_count(0)
        await expect(bob.page.locator("#record")).to_contain_text("录制中")
        await ann.press("record")
        await expect(ann.page.locator("#toasts")).to_contain_text("ended")
        await expect(ann.page.locator("#record")).not_to_contain_text(SINCE)
        await cai.page.reload()
        await expect(cai.page.locator("#state")).to_have_attribute("data-online", "yes")
        await expect(cai.page.locator("#record")).to_be_empty()
        await ann.press("settings")
        await ann.press("record-row")
        await expect(ann.page.locator("#toasts")).to_contain_text("is written down")
        await expect(ann.page.locator("#record")).to_contain_text(SINCE)


async def test_notices_come_in_the_language_of_who_reads_them(browser: Browser, site: Site) -> None:
    async with (
        site.open(),
        visiting(browser, site.address, locale="en-US") as ann,
        visiting(browser, site.address, locale="zh-CN") as bob,
    ):
        for visitor, words in ((ann, "now showing"), (bob, "正在讲解")):
            await visitor.sign_in(await site.link())
            await visitor.press("show", visitor.page.locator("[data-sku=S2], [data-sku=A1]").nth(1))
            await expect(visitor.page.locator("#toasts")).to_contain_text(words)
            await visitor.press("undo", visitor.part("log"))
            await expect(visitor.page.locator("#toasts .toast")).to_have_count(2)


async def test_a_link_opens_the_view_that_it_names_and_nothing_else(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address, "video") as obs:
        link = await site.link("viewer", "OBS", "overlay")
        for _ in range(2):  # a browser source opens it again whenever it starts
            await obs.page.goto(link)
            await obs.page.wait_for_url(f"**/overlay/?room={room.room.replace('/', '%2F')}")
            await obs.page.goto("about:blank")
            obs.expected.append("status of 401")  # the second time it is used up
        for view in (
            "https://elsewhere.example/",
            "//elsewhere.example",
            "/api/logout",
            "prompter",
        ):
            fresh = (await site.link()).partition("#")[2]
            await obs.page.goto(f"{site.address}/login/?next={view}#{fresh}")
            await obs.page.wait_for_url(f"{site.address}/page/**")
        await obs.page.goto(await site.link("moderator", "Ann", "studio"))
        await expect(obs.part("studio")).to_be_visible()


async def test_a_draft_that_states_a_stock_vanishes_with_it(
    browser: Browser, site: Site, room: Stage
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        room.say("1号有货吗", "Bob")
        await expect(ann.draft("1")).to_contain_text("50")
        hoodie = ann.page.locator("[data-sku=A1]")
        await ann.press("stock", hoodie)
        await hoodie.get_by_role("textbox").fill("0")
        await ann.press("save", hoodie)
        await expect(ann.draft("1")).to_have_count(0)
        room.say("1号有货吗", "Cai")
        await expect(ann.draft("2")).not_to_contain_text("50")
        assert room.posted == []


async def test_a_nonsense_price_is_refused_in_one_line(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        hoodie = ann.page.locator("[data-sku=A1]")
        await ann.press("price", hoodie)
        for nonsense in ("九十九", "-5", "1e9", "12.345", "99999999", ""):
            await hoodie.get_by_role("textbox").fill(nonsense)
            await expect(hoodie.get_by_role("status")).to_have_text("A price, such as 99 or 99.50")
            await expect(hoodie.locator("[data-action=save]")).to_be_disabled()
            await hoodie.get_by_role("textbox").press("Enter")
        await expect(ann.page.locator("#toasts .toast")).to_have_count(0)
        await ann.page.keyboard.press("Escape")
        await expect(hoodie.locator("[data-action=price]")).to_contain_text("129")
