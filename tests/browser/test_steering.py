"""Whoever steers does it from the page: at a desk, with one thumb, without a mouse."""

import re

import pytest

from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.visitor import Browser, Device, Visitor, expect, visiting

DEVICES = pytest.mark.parametrize("device", ["desktop", "phone"])
ASKED = "8号承重多少"
"""What the demo's catalogue does not know."""
REJECTED = re.compile(r"^rejected\b")


async def pressed(visitor: Visitor, mode: str) -> None:
    """Wait until the page shows a mode as the room's."""
    await expect(visitor.page.locator(f"[data-action=mode-{mode}]:visible")).to_have_attribute(
        "aria-pressed", "true"
    )


@DEVICES
async def test_drafts_are_approved_edited_and_rejected(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address, device) as ann:
        await ann.sign_in(await site.link())
        first, second, third = (
            room.say(f"{n}号多少钱", who) for n, who in ((1, "Bob"), (2, "Cai"), (4, "Dan"))
        )
        await ann.to("drafts")
        for number in "123":
            await expect(ann.draft(number)).to_be_visible()
        await expect(ann.draft("1")).to_contain_text("129")
        await ann.press("approve", ann.draft("1"))
        await expect(ann.draft("1")).to_have_count(0)
        await ann.press("edit", ann.draft("2"))
        words = ann.draft("2").get_by_role("textbox")
        await expect(words).to_be_focused()
        await words.fill("运动鞋169元，原价259元哦")
        await ann.press("send", ann.draft("2"))
        await expect(ann.draft("2")).to_have_count(0)
        await ann.press("reject", ann.draft("3"))
        await expect(ann.draft("3")).to_have_count(0)
        await ann.to("live")
        for id_ in (first, second):
            await expect(ann.line(id_).locator("[data-delivery=sent]")).to_be_visible()
        await expect(ann.line(third).locator("[data-delivery]")).to_have_text(REJECTED)
        said = {each.answers[0]: each.text for each in room.posted}
        assert set(said) == {first, second}
        assert "129" in said[first]
        assert said[second].endswith("运动鞋169元，原价259元哦")


@DEVICES
async def test_modes_are_switched_and_off_is_one_tap_away(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as ann:
        await ann.sign_in(await site.link())
        await pressed(ann, "auto")
        await ann.press("mode-shadow")
        await pressed(ann, "shadow")
        quiet = room.say("1号多少钱", "Bob")
        await expect(ann.line(quiet)).to_have_attribute("data-outcome", "drafted")
        await ann.press("mode-auto")
        await pressed(ann, "auto")
        heard = room.say("2号多少钱", "Cai")
        await expect(ann.line(heard).locator("[data-delivery=sent]")).to_be_visible()
        await ann.press("silence")
        await pressed(ann, "off")
        silent = room.say("4号多少钱", "Dan")
        await expect(ann.line(silent)).to_have_attribute("data-outcome", "ignored")
        assert [each.answers for each in room.posted] == [(heard,)]


@DEVICES
async def test_a_price_is_changed_and_the_draft_that_states_the_old_one_vanishes(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address, device) as ann:
        await ann.sign_in(await site.link())
        room.say("1号多少钱", "Bob")
        await ann.to("drafts")
        await expect(ann.draft("1")).to_contain_text("129")
        await ann.to("goods")
        hoodie = ann.page.locator("[data-sku=A1]")
        await ann.press("price", hoodie)
        figure = hoodie.get_by_role("textbox")
        await figure.fill("99")
        await expect(hoodie.get_by_role("status")).to_contain_text(re.compile(r"129.* → .*99"))
        await ann.press("save", hoodie)
        await expect(hoodie.locator("[data-action=price]")).to_contain_text("99")
        await ann.to("drafts")
        await expect(ann.draft("1")).to_have_count(0)
        room.say("1号多少钱", "Cai")
        await expect(ann.draft("2")).to_contain_text("99")
        assert room.posted == []


@DEVICES
async def test_a_hand_off_is_answered_once_and_known_from_then_on(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as ann:
        await ann.sign_in(await site.link())
        first = room.say(ASKED, "Bob")
        await ann.to("questions")
        card = ann.question(first)
        await expect(card).to_contain_text(ASKED)
        await card.get_by_role("textbox").fill("能装十公斤左右")
        await expect(card.get_by_role("checkbox")).to_be_checked()
        await ann.press("answer", card)
        await expect(card).to_have_count(0)
        await ann.to("goods")
        await expect(ann.part("goods")).to_contain_text(ASKED)
        await ann.to("live")
        second = room.say(ASKED, "Cai")
        await expect(ann.line(second).locator("[data-delivery=sent]")).to_be_visible()
        texts = {each.answers[0]: each.text for each in room.posted}
        assert set(texts) == {first, second}
        assert all("能装十公斤左右" in text for text in texts.values())


async def test_a_question_is_dismissed_without_a_word(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        first = room.say(ASKED, "Bob")
        await ann.press("dismiss", ann.question(first))
        await expect(ann.question(first)).to_have_count(0)
        await ann.page.reload()
        await expect(ann.line(first)).to_be_visible()
        await expect(ann.question(first)).to_have_count(0)
        assert room.posted == []


async def test_a_wrong_answer_becomes_a_case_and_may_be_mended(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        asked = room.say("1号多少钱", "Bob")
        await expect(ann.line(asked).locator("[data-delivery=sent]")).to_be_visible()
        await ann.press("menu", ann.line(asked))
        await ann.page.get_by_role("menuitem", name="This was wrong").click()
        dialog = ann.page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="An answer").check()
        await dialog.get_by_label("Words that must stand").fill("99")
        await ann.press("keep-case", dialog)
        await expect(dialog.get_by_role("status")).to_contain_text(".toml")
        [case] = site.folder.rglob("cases/*.toml")
        text = case.read_text("utf-8")
        assert "1号多少钱" in text
        assert "Bob" not in text


async def test_the_product_on_show_and_the_stock_are_set_with_a_tap_and_undone(
    browser: Browser, site: Site, room: Stage, store: Store
) -> None:
    rooms = RedisRooms(store)
    async with site.open(), visiting(browser, site.address, "phone", "zh-CN") as ann:
        await ann.sign_in(await site.link("moderator", "阿May"))
        await ann.to("goods")
        shoes = ann.page.locator("[data-sku=S2]")
        await ann.press("show", shoes)
        await expect(ann.page.locator("#showing")).to_contain_text("运动鞋")
        await ann.press("stock", shoes)
        await shoes.get_by_role("textbox").fill("７")
        await ann.press("save", shoes)
        await expect(shoes.locator("[data-action=stock]")).to_contain_text("7")
        assert (await rooms.get(room.room)).showing == "S2"
        await ann.to("health")
        await expect(ann.part("log")).to_contain_text("阿May")
        await ann.press("undo", ann.part("log"))
        await ann.to("goods")
        await expect(shoes.locator("[data-action=stock]")).to_contain_text("34")


async def test_drafts_and_silence_need_no_mouse(browser: Browser, site: Site, room: Stage) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        keys = ann.page.keyboard
        await keys.press("?")
        await expect(ann.page.get_by_role("dialog")).to_be_visible()
        await keys.press("Escape")
        await expect(ann.page.get_by_role("dialog")).to_have_count(0)
        for number, who in ((1, "Bob"), (2, "Cai"), (4, "Dan")):
            room.say(f"{number}号多少钱", who)
        await expect(ann.draft("3")).to_be_visible()
        await keys.press("j")
        await expect(ann.draft("1")).to_be_focused()
        await keys.press("a")
        await expect(ann.draft("2")).to_be_focused()  # the next one at once
        await keys.press("e")
        await expect(ann.draft("2").get_by_role("textbox")).to_be_focused()
        await keys.press("End")
        await keys.type("哦a")
        await keys.press("Enter")
        await expect(ann.draft("3")).to_be_focused()
        await expect(ann.draft("2")).to_have_count(0)
        await keys.press("x")
        await expect(ann.draft("3")).to_have_count(0)
        await expect(ann.line("shop-2").locator("[data-delivery=sent]")).to_be_visible()
        assert [each.text[-2:] for each in room.posted] == [room.posted[0].text[-2:], "哦a"]


async def test_every_control_is_reached_with_tab_and_none_keeps_it(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        id_ = room.say(ASKED, "Bob")
        await expect(ann.question(id_)).to_be_visible()
        seen = list[str]()
        for _ in range(200):
            await ann.page.keyboard.press("Tab")
            seen.append(
                await ann.page.evaluate(
                    "() => { const at = document.activeElement; return at === document.body"
                    " ? '' : at.dataset.action || at.name || at.id || at.tagName }"
                )
            )
            if not seen[-1]:
                break
        assert seen[-1] == ""  # it leaves the page at its end
        assert {"silence", "mode-off", "price", "stock", "show", "answer", "dismiss"} <= set(seen)
