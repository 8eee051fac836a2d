"""Each room sells from its own catalogue, made ready once for each change of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.flow.shops import RoomShops
from bot.model import Changes, Faq, Reading, RoomState
from tests.flow.desk import SHOP

FRESH = RoomState()
OTHER = replace(SHOP, name="another shop", faq=(), version="other")
DEARER = RoomState(changes=Changes(prices={"F4": 88.0}))


class Counting:
    """Reads each text as something of its own, and remembers every text that it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def read(self, text: str) -> Reading:
        return (await self.read_all([text]))[0]

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        first = len(self.texts)
        self.texts += texts
        for _ in range(3):  # others get their turn, as while a model works
            await asyncio.to_thread(len, texts)
        return [
            Reading("stream", 0.9, {}, "neutral", "zh", vector=(float(first + number),))
            for number, _ in enumerate(texts)
        ]


async def test_each_room_has_its_catalogue_and_the_others_the_common_one() -> None:
    shops = RoomShops({"twitch/a": SHOP}, OTHER, None)
    assert (await shops.at("twitch/a", FRESH)).catalogue is SHOP
    assert (await shops.at("twitch/b", FRESH)).catalogue is OTHER


async def test_a_room_without_a_catalogue_is_named() -> None:
    with pytest.raises(KeyError, match="twitch/b"):
        await RoomShops({"twitch/a": SHOP}, None, None).at("twitch/b", FRESH)


async def test_a_shop_is_made_once_until_it_changes() -> None:
    shops = RoomShops({}, SHOP, None)
    first = await shops.at("a", FRESH)
    assert await shops.at("a", replace(FRESH, mode="off")) is first
    changed = await shops.at("a", DEARER)
    assert changed.by_sku["F4"].price == 88.0
    assert changed.catalogue.version != first.catalogue.version
    assert (await shops.at("a", FRESH)).by_sku["F4"].price == 59.0


async def test_a_change_in_one_room_is_none_in_another() -> None:
    shops = RoomShops({}, SHOP, None)
    await shops.at("a", DEARER)
    assert (await shops.at("b", FRESH)).by_sku["F4"].price == 59.0


async def test_faq_questions_are_read_once_for_all_rooms_and_changes() -> None:
    reader = Counting()
    shops = RoomShops({}, SHOP, reader)
    shop = await shops.at("a", FRESH)
    asked = [question for row in SHOP.faq for question in row.questions]
    assert reader.texts == asked
    assert set(shop.asked) == set(asked)
    await shops.at("b", FRESH)
    await shops.at("a", DEARER)
    assert reader.texts == asked
    more = RoomState(changes=Changes(faq=(Faq(("几点吃饭", "几点下播"), "12点"),)))
    await shops.at("a", more)
    assert reader.texts == [*asked, "几点吃饭"]


async def test_a_batch_that_comes_first_reads_once() -> None:
    reader = Counting()
    shops = RoomShops({}, SHOP, reader)
    await asyncio.gather(*(shops.at(f"room/{number % 3}", FRESH) for number in range(64)))
    assert len(reader.texts) == len(set(reader.texts))


async def test_without_a_reader_rows_have_no_reading() -> None:
    assert (await RoomShops({}, SHOP, None).at("a", FRESH)).asked == {}


async def test_names_are_indexed_once_for_all_rooms_and_changes_where_lines_are_read() -> None:
    shops = RoomShops({}, SHOP, Counting())
    first = (await shops.at("a", FRESH)).index
    assert (await shops.at("a", DEARER)).index is first
    assert (await shops.at("b", FRESH)).index is first


async def test_who_only_posts_needs_no_index() -> None:
    assert (await RoomShops({}, SHOP, None).at("a", FRESH)).names is None
