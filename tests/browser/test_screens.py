"""The overlay and the prompter say what they should, and nothing that they should not."""

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.test_steering import DEVICES
from tests.browser.test_watching import HOSTILE
from tests.browser.visitor import Browser, Device, expect, visiting


async def test_the_overlay_shows_an_answer_and_lets_go_of_a_deleted_one(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address, "video", "zh-CN") as obs:
        await obs.go(f"/overlay/?room={room.room}")
        first = room.say("1号多少钱", "Bob")
        cards = obs.page.locator(".card")
        await expect(cards).to_have_count(1)
        await expect(cards).to_contain_text("129")
        await expect(cards).to_contain_text("Bob")
        await expect(cards).to_contain_text("加绒连帽卫衣")
        room.delete(first)
        await expect(cards).to_have_count(0)
        await expect(obs.page.locator("body")).to_have_text("")
        clear = "getComputedStyle(document.body).backgroundColor"
        assert await obs.page.evaluate(clear) == "rgba(0, 0, 0, 0)"


async def test_answers_of_a_room_that_nobody_can_post_to_stand_on_the_overlay(
    browser: Browser, site: Site
) -> None:
    mute = Stage("mute", send=False)
    site.rooms = (mute,)
    async with (
        site.open(),
        visiting(browser, site.address, "video") as obs,
        visiting(browser, site.address) as host,
    ):
        await obs.go(f"/overlay/?room={mute.room}")
        await host.go(f"/prompter/?room={mute.room}")
        mute.say("1号多少钱", "Bob")
        await expect(obs.page.locator(".card")).to_contain_text("129")
        await expect(host.page.locator("body")).to_contain_text("129")
        assert mute.posted == []


async def test_hostile_text_on_the_overlay_is_text_in_its_place(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with site.open(), visiting(browser, site.address, "video") as obs:
        await obs.go(f"/overlay/?room={room.room}&max=5&stay=600")
        for number in (0, 2, 4, 5):  # which are answered, however they look
            room.say(HOSTILE[number], f"<b>v{number}</b>")
            card = obs.page.locator(".card", has_text=f"<b>v{number}</b>")
            await expect(card).to_be_visible()
        stray = "document.querySelectorAll('#stage :is(img, script, h1, style, b, a)').length"
        assert await obs.page.evaluate(stray) == 0
        outside = await obs.page.locator(".card, .card *").evaluate_all(
            "all => all.map(each => each.getBoundingClientRect()).filter(box =>"
            " box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)"
        )
        assert outside == []


async def test_an_overlay_whose_server_is_away_shows_nothing_and_comes_back(
    browser: Browser, site: Site, room: Stage
) -> None:
    async with visiting(browser, "", "video") as obs:
        obs.expected.append(r"ERR_|Failed to load resource")
        async with site.open():
            obs.address = site.address
            await obs.go(f"/overlay/?room={room.room}")
            await expect(obs.page.locator("#stage")).to_be_attached()
        await expect(obs.page.locator("body")).to_have_text("")
        async with site.open():
            room.say("1号多少钱", "Bob")
            await expect(obs.page.locator(".card")).to_contain_text("129")


@DEVICES
async def test_the_prompter_shows_what_only_the_host_can_answer_until_it_is_done(
    browser: Browser, site: Site, room: Stage, device: Device
) -> None:
    async with site.open(), visiting(browser, site.address, device) as host:
        await host.sign_in(await site.link())
        await host.go(f"/prompter/?room={room.room}")
        first = room.say("8号承重多少", "Bob")
        row = host.question(first)
        await expect(row).to_contain_text("8号承重多少")
        second = room.say("8号承重多少", "Cai")
        await expect(host.question(second)).to_contain_text("2")
        await expect(host.page.locator("[data-question]")).to_have_count(1)
        await host.press("done", host.question(second))
        await expect(host.page.locator("[data-question]")).to_have_count(0)
        await host.page.reload()  # which tells danmate at once
        await expect(host.page.locator("#product")).to_contain_text("卫衣")
        await expect(host.page.locator("[data-question]")).to_have_count(0)
        await host.go("/page/")
        await expect(host.line(second)).to_be_visible()
        await expect(host.page.locator("[data-question]")).to_have_count(0)
        assert room.posted == []
