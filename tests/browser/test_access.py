"""What axe-core and a small window find in each view: nothing that keeps anybody out."""

import pytest

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.visitor import Browser, Scheme, Visitor, expect, serious, visiting

TABS = ("live", "drafts", "questions", "goods", "health")
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


async def busy(visitor: Visitor, room: Stage) -> None:
    """Fill every part of the page: answers, a draft, a question, a change."""
    await visitor.press("mode-approve")
    await expect(visitor.page.locator("[data-action=mode-approve]")).to_have_attribute(
        "aria-pressed", "true"
    )
    for text, who in (("1号多少钱", "Bob"), ("8号承重多少", "Cai"), ("你好", "Dan")):
        last = room.say(text, who)
    await expect(visitor.line(last)).to_have_count(1)
    await expect(visitor.draft("1")).to_have_count(1)
    await expect(visitor.page.locator("[data-question]")).to_have_count(1)
    await expect(visitor.part("charts").locator("canvas").first).to_be_attached()


@pytest.mark.usefixtures("needs_axe")
async def test_what_bars_somebody_is_found(browser: Browser) -> None:
    async with visiting(browser, "") as ann:
        await ann.page.set_content("<html><button></button><p style='color: #bbb'>pale</p></html>")
        found = {each.split(":")[0] for each in await serious(ann.page)}
        assert found == {"critical button-name", "serious color-contrast", "serious document-title",
                         "serious html-has-lang"}  # fmt: skip


@SCHEMES
@pytest.mark.usefixtures("needs_axe")
async def test_the_page_bars_nobody(
    browser: Browser, site: Site, room: Stage, scheme: Scheme
) -> None:
    async with site.open(), visiting(browser, site.address, scheme=scheme) as ann:
        await ann.sign_in(await site.link())
        await busy(ann, room)
        assert await serious(ann.page) == []
        await ann.press("edit", ann.draft("1"))
        await ann.press("price", ann.page.locator("[data-sku=A1]"))
        assert await serious(ann.page) == []
        await ann.page.keyboard.press("Escape")
        await ann.press("menu", ann.line("shop-2"))
        assert await serious(ann.page) == []
        for item in ("Why", "Answer it myself", "This was wrong"):
            if not await ann.page.get_by_role("menu").is_visible():
                await ann.press("menu", ann.line("shop-2"))
            await ann.page.get_by_role("menuitem", name=item).click()
            await expect(ann.page.get_by_role("dialog")).to_be_visible()
            assert await serious(ann.page) == []
            await ann.page.keyboard.press("Escape")


@SCHEMES
@pytest.mark.usefixtures("needs_axe")
async def test_the_page_on_a_phone_bars_nobody(
    browser: Browser, site: Site, room: Stage, scheme: Scheme
) -> None:
    async with site.open(), visiting(browser, site.address, "phone", "zh-CN", scheme) as ann:
        await ann.sign_in(await site.link())
        await busy(ann, room)
        for tab in TABS:
            await ann.to(tab)
            assert await serious(ann.page) == []
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await ann.page.evaluate(wide) == 0
            small = await ann.page.evaluate(
                "() => [...document.querySelectorAll('button, select, summary, nav a')]"
                ".filter(each => each.checkVisibility() && !each.disabled)"
                ".map(each => [each.dataset.action ?? each.id, each.getBoundingClientRect()])"
                ".filter(([, box]) => box.width && (box.height < 24 || box.width < 24))"
                ".map(([name, box]) => `${name} ${box.width}x${box.height}`)"
            )
            assert small == []  # WCAG 2.2, 2.5.8


@SCHEMES
@pytest.mark.usefixtures("needs_axe")
async def test_the_screens_and_the_log_in_bar_nobody(
    browser: Browser, site: Site, room: Stage, scheme: Scheme
) -> None:
    async with site.open(), visiting(browser, site.address, scheme=scheme) as ann:
        await ann.sign_in(await site.link())
        room.say("8号承重多少", "Cai")
        room.say("1号多少钱", "Bob")
        await ann.go(f"/prompter/?room={room.room}")
        await expect(ann.page.locator("body")).to_contain_text("8号承重多少")
        assert await serious(ann.page) == []
        await ann.go("/login/")
        await expect(ann.page.get_by_role("status")).to_contain_text("link")
        assert await serious(ann.page) == []
