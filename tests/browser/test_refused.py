"""What danmate refuses stays in its form, and what the page shows is shown whole."""

import asyncio
import re

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.test_steering import ASKED, pressed
from tests.browser.visitor import Browser, Route, Visitor, expect, visiting

REFUSED = re.compile(r"\bbad\b")
INSIDE = """all => all.every(count => {
  count.hidden = false
  count.textContent = '51'
  const [inner, outer] = [count, count.parentElement].map(each => each.getBoundingClientRect())
  return inner.left >= outer.left && inner.right <= outer.right && inner.right <= innerWidth
})"""
"""Whether each badge, with two figures in it, stands within its tab."""
BESIDE = """line => {
  const [button, verdict] = ['.handed .button', '.verdict'].map(each =>
    line.querySelector(each).getBoundingClientRect())
  return verdict.right <= button.left && button.top < verdict.bottom && verdict.top < button.bottom
}"""
"""Whether the button stands beside what was made of a line."""
HEADED = """goods => goods.querySelector('summary').getBoundingClientRect().bottom
  <= goods.getBoundingClientRect().bottom"""
"""Whether the heading of the FAQ is in sight."""


async def refused(visitor: Visitor) -> None:
    """Wait until the page says that something was not done."""
    await expect(visitor.page.locator("#toasts .toast").last).to_have_class(REFUSED)


async def test_the_words_of_an_edited_draft_stay_when_they_are_refused(
    browser: Browser, site: Site, room: Stage
) -> None:
    site.mode = "approve"
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        room.say("1号多少钱", "Bob")
        card = ann.draft("1")
        await ann.press("edit", card)
        words = card.get_by_role("textbox")
        good = await words.input_value()
        await words.fill("卫衣只要1元")
        await ann.press("send", card)
        await refused(ann)
        await expect(words).to_have_value("卫衣只要1元")
        await words.fill(f"{good}哦")
        await ann.press("send", card)
        await expect(card).to_have_count(0)
        await expect(ann.line("shop-1").locator("[data-delivery=sent]")).to_be_visible()
        assert [each.text.endswith(f"{good}哦") for each in room.posted] == [True]


async def test_an_answer_that_is_refused_stays_and_becomes_no_faq_row(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        card = ann.question(room.say(ASKED, "Bob"))
        words = card.get_by_role("textbox")
        await words.fill("能装十公斤左右")
        await ann.press("mode-shadow")
        await pressed(ann, "shadow")
        await ann.press("answer", card)
        await refused(ann)
        await expect(words).to_have_value("能装十公斤左右")
        await ann.press("mode-auto")
        await pressed(ann, "auto")
        await expect(ann.part("goods")).not_to_contain_text(ASKED)
        await ann.press("answer", card)
        await expect(card).to_have_count(0)
        await expect(ann.part("goods")).to_contain_text(ASKED)


async def test_nothing_can_be_pressed_before_it_is_known_in_which_room(
    browser: Browser, site: Site
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        known = asyncio.Event()

        async def late(route: Route) -> None:
            await known.wait()
            await route.continue_()

        await ann.page.route("**/api/rooms", late)
        await ann.sign_in(await site.link())
        await expect(ann.page.locator("#hint")).to_be_hidden()  # who Ann is is known by now
        button = ann.page.locator("[data-action=mode-approve]")
        await expect(button).to_be_disabled()
        known.set()
        await button.click()
        await pressed(ann, "approve")


async def test_who_is_about_to_write_is_not_interrupted_when_others_ask_the_same(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        card = ann.question(room.say(ASKED, "Bob"))
        words = card.get_by_role("textbox")
        await words.focus()
        room.say(ASKED, "Cai")
        await expect(ann.part("questions").locator(".asked_most")).to_contain_text("2×")
        await ann.page.keyboard.type("能装十公斤左右")
        await expect(words).to_have_value("能装十公斤左右")
        await ann.page.keyboard.press("Enter")
        await expect(ann.page.locator("[data-question]")).to_have_count(0)


async def test_a_faq_row_that_is_refused_stays_in_its_form(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        goods = ann.part("goods")
        await goods.locator("summary").click()
        question = goods.locator("[name=question]")
        await question.fill("能开发票吗")
        await goods.locator("[name=answer]").fill(" ")
        await ann.press("add-faq", goods)
        await refused(ann)
        await expect(question).to_have_value("能开发票吗")
        await goods.locator("[name=answer]").fill("能")
        await ann.press("add-faq", goods)
        await expect(question).to_have_value("")
        await expect(goods.locator(".faq")).to_contain_text("能开发票吗")


async def test_an_answer_of_the_faq_is_shown_once(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        card = ann.question(room.say(ASKED, "Bob"))
        await card.get_by_role("textbox").fill("能装十公斤左右")
        await ann.press("answer", card)
        await expect(ann.part("goods")).to_contain_text(ASKED)
        second = ann.line(room.say(ASKED, "Cai"))
        await expect(second.locator("[data-delivery=sent]")).to_be_visible()
        await expect(second.locator(".reply")).to_contain_text("FAQ")
        assert (await second.inner_text()).count("能装十公斤左右") == 1


async def test_badges_headings_and_buttons_are_shown_whole(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.sign_in(await site.link())
        line = ann.line(room.say(ASKED, "Bob"))
        await expect(line.locator(".product")).to_contain_text("8. ")
        assert await line.evaluate(BESIDE)
        assert await ann.part("goods").evaluate(HEADED)
        await ann.page.set_viewport_size({"width": 1024, "height": 768})
        counts = ann.page.locator("#tabs button:visible .count")
        await expect(ann.page.locator("#tabs")).to_be_visible()
        assert await counts.evaluate_all(INSIDE)
