"""The studio on the page: what is wished for is made, read, copied and kept, by who may."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.test_access import SCHEMES
from tests.browser.test_steering import DEVICES
from tests.browser.visitor import Browser, Device, Scheme, Visitor, expect, serious, visiting

KINDS = ("script", "description", "analysis")
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll('.studio :is(button, select, summary, a, input)')]
  .filter(each => each.checkVisibility() && !each.disabled && each.type !== 'checkbox')
  .map(each => [each.dataset.action ?? each.name ?? each.tagName, each.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 24 || box.width < 24))
  .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
"""What is too small for a finger: WCAG 2.2, 2.5.8."""


async def enter(visitor: Visitor, site: Site) -> None:
    """Log in and go to the studio."""
    await visitor.sign_in(await site.link())
    await to_studio(visitor)


async def to_studio(visitor: Visitor) -> None:
    if visitor.device == "phone":
        await visitor.to("studio")
    else:
        await visitor.press("studio")
    await expect(visitor.part("studio")).to_be_visible()


async def kept(visitor: Visitor, name: str) -> str:
    """Download a file of the work, and return what stands in it."""
    async with visitor.page.expect_download() as waiting:
        await visitor.press(f"file-{name}")
    download = await waiting.value
    assert download.suggested_filename.startswith("danmate-")
    assert download.suggested_filename.endswith(f".{name}")
    path = Path(await download.path())
    return await asyncio.to_thread(path.read_text, "utf-8")


@DEVICES
async def test_a_script_is_written_read_copied_and_kept(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as ann:
        await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        room.say("8号承重多少", "Bob")
        await enter(ann, site)
        made = ann.page.locator(".made")
        await ann.page.locator("[name=minutes]").fill("10")
        await ann.press("lang-zh")
        await ann.press("make")
        await expect(made.locator("h2")).to_have_text("小满杂货铺")
        await expect(made.locator(".made-head")).to_contain_text(re.compile(r"(09:[3-5]|10:)\d"))
        rows = made.locator(".sheet tbody tr")
        await expect(rows.first).to_contain_text("开场")
        parts = made.locator(".passage")
        assert await parts.count() == await rows.count()
        await expect(made).to_contain_text("129元")
        await rows.nth(1).get_by_role("button").click()
        await expect(parts.nth(1)).to_be_focused()
        await expect(made.locator(".made-part", has_text="Prepare")).to_contain_text("承重")
        await made.get_by_label("Show what it rests on").check()
        await expect(made.locator(".cite").first).to_be_visible()
        text = await kept(ann, "md")
        assert text.startswith("# 小满杂货铺")
        assert json.loads(await kept(ann, "json"))["lang"] == "zh"
        await ann.press("copy")
        await expect(ann.page.locator("#toasts")).to_contain_text("Copied")
        assert await ann.page.evaluate("navigator.clipboard.readText()") == text


@DEVICES
async def test_a_description_follows_the_catalogue(
    browser: Browser, site: Site, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as ann:
        await enter(ann, site)
        await ann.press("kind-description")
        await ann.page.locator("[name=sku]").select_option("A1")
        await ann.press("lang-zh")
        await ann.press("length-long")
        await ann.press("make")
        made = ann.page.locator(".made")
        await expect(made.locator(".bullets li").first).to_be_visible()
        await expect(made.locator(".sheet")).to_contain_text("129元")
        assert json.loads(await kept(ann, "jsonl"))["sku"] == "A1"
        before = await made.locator(".spoken").inner_text()
        await ann.press("anew")
        # as it was read: what two paragraphs hold has no blank between them in textContent
        await expect(made.locator(".spoken")).not_to_have_text(before, use_inner_text=True)
        await ann.page.evaluate(
            "fetch('/api/rooms/stage/shop/command', {method: 'POST', body: '{\"line\": \"price 1 88\"}',"
            " headers: {'Content-Type': 'application/json'}})"
        )
        await expect(made.locator(".stale")).to_be_visible()
        await ann.press("again")
        await expect(made.locator(".sheet")).to_contain_text("88元")
        await expect(made.locator(".stale")).to_have_count(0)


async def test_products_are_chosen_and_arranged_and_kept_so(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await enter(ann, site)
        await ann.page.locator("[name=minutes]").fill("5")
        await ann.page.locator(".goods-of summary").click()
        await ann.press("no-goods")
        await ann.press("make")
        await expect(ann.page.locator("#toasts .bad")).to_contain_text("no product")
        for sku in ("A1", "S2"):
            await ann.page.locator(f'.chosen [data-sku="{sku}"] input').check()
        await ann.press("up-S2")
        await expect(ann.page.locator("[name=order]")).to_have_value("own")
        await ann.press("make")
        rows = ann.page.locator(".made .sheet tbody tr")
        await expect(rows.nth(1)).to_contain_text("运动鞋")
        await expect(rows.nth(2)).to_contain_text("卫衣")
        await ann.page.reload()
        await expect(ann.part("studio")).to_be_visible()  # the address tells of it
        await expect(rows.nth(1)).to_contain_text("运动鞋")  # and the work is found again
        await expect(ann.page.locator("[name=minutes]")).to_have_value("5")
        assert await ann.page.locator(".chosen li").first.get_attribute("data-sku") == "S2"


@DEVICES
async def test_a_script_runs_in_the_prompter_and_outlives_danmate(
    browser: Browser, site: Site, device: Device
) -> None:
    async with visiting(browser, "", device) as ann:
        ann.expected.append(r"ERR_|Failed to load resource")
        async with site.open():
            ann.address = site.address
            await enter(ann, site)
            await ann.page.locator("[name=minutes]").fill("5")
            await ann.press("make")
            link = ann.page.locator("[data-action=prompter]")
            await ann.go(await link.get_attribute("href") or "")
            now = ann.page.locator("#script .current")
            await expect(now).to_have_count(1)
            first = await now.inner_text()
            await ann.page.keyboard.press("ArrowDown")
            await expect(now).not_to_have_text(first, use_inner_text=True)
            await ann.page.keyboard.press("ArrowUp")
            await expect(now).to_have_text(first, use_inner_text=True)
            await ann.press("go")
            await expect(ann.page.locator("#now")).not_to_have_text("00:00")
            await ann.press("go")
            await ann.page.locator("#parts").select_option(index=1)
            await expect(ann.page.locator("#now")).not_to_have_text("00:00")
            await expect(ann.page.locator("#changed")).to_be_hidden()
        async with site.open():
            await ann.page.reload()  # danmate knows of no work any more
            await expect(now).to_have_text(first, use_inner_text=True)


async def test_who_may_only_look_sees_how_to_get_in(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as bob:
        await bob.go("/page/?view=studio")
        await expect(bob.part("studio")).to_contain_text("danmate page")
        await expect(bob.page.locator(".wish-form")).to_have_count(0)
        bob.expected.append("status of 401")
        await bob.go("/prompter/script.html?work=x")
        await expect(bob.page.locator("#script")).to_contain_text("Log in")


@SCHEMES
@DEVICES
@pytest.mark.usefixtures("needs_axe")
async def test_the_studio_bars_nobody(
    browser: Browser, site: Site, device: Device, scheme: Scheme
) -> None:
    async with site.open(), visiting(browser, site.address, device, "zh-CN", scheme) as ann:
        await enter(ann, site)
        for kind in KINDS:
            await ann.press(f"kind-{kind}")
            if kind != "analysis":
                await ann.press("make")
                await expect(ann.page.locator(".made-tools")).to_be_visible()
            assert await serious(ann.page) == []
            assert await ann.page.evaluate(WIDE) == 0
            assert await ann.page.evaluate(SMALL) == []
        await ann.press("kind-script")
        link = ann.page.locator("[data-action=prompter]")
        await ann.go(await link.get_attribute("href") or "")
        await expect(ann.page.locator(".current")).to_have_count(1)
        assert await serious(ann.page) == []
        assert await ann.page.evaluate(WIDE) == 0


async def test_the_studio_needs_no_mouse_and_leads_back(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        await ann.page.keyboard.press("6")
        await expect(ann.part("studio")).to_be_visible()
        await expect(ann.part("feed")).to_be_hidden()
        assert "view=studio" in ann.page.url
        await ann.press("to-live")
        await expect(ann.part("feed")).to_be_visible()
        await expect(ann.part("studio")).to_be_hidden()
        assert "view" not in ann.page.url
