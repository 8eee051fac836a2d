"""A room's state changes atomically, whoever changes it."""

import asyncio
from dataclasses import replace

import pytest

from bot.bus.codec import key
from bot.bus.rooms import TRIES, RedisRooms
from bot.bus.server import Store
from bot.errors import DanmateError
from bot.model import RoomState


def count_up(state: RoomState) -> tuple[RoomState, float]:
    number = state.answered.get("n", 0.0) + 1
    return replace(state, answered={"n": number}), number


async def test_a_room_that_nobody_changed_has_the_default_state(store: Store) -> None:
    assert await RedisRooms(store).get("room/new") == RoomState()


async def test_concurrent_changes_are_all_applied_once(store: Store) -> None:
    async def ten() -> list[float]:
        rooms = RedisRooms(store)
        return [await rooms.update("room/a", count_up) for _ in range(10)]

    seen = await asyncio.gather(*(ten() for _ in range(20)))
    assert sorted(number for each in seen for number in each) == [float(n) for n in range(1, 201)]
    assert (await RedisRooms(store).get("room/a")).answered == {"n": 200.0}


async def test_rooms_do_not_share_their_state(store: Store) -> None:
    rooms = RedisRooms(store)
    await rooms.update("room/a", count_up)
    assert await rooms.get("room/b") == RoomState()


async def test_a_change_that_changes_nothing_writes_nothing(store: Store) -> None:
    rooms = RedisRooms(store)
    assert await rooms.update("room/a", lambda state: (state, state.muted)) == frozenset()
    assert await store.client.exists(key("room", "room/a")) == 0


async def test_an_update_that_always_loses_gives_up(store: Store) -> None:
    rooms = RedisRooms(store)
    tries = 0

    class Endless(RedisRooms):
        """Rooms whose every swap finds that somebody else was quicker."""

        def __init__(self, store: Store) -> None:
            super().__init__(store)
            self._swap = store.script("return redis.call('GET', KEYS[1])")

    def change(state: RoomState) -> tuple[RoomState, None]:
        nonlocal tries
        tries += 1
        return count_up(state)[0], None

    await rooms.update("room/a", count_up)
    with pytest.raises(DanmateError, match="room/a"):
        await Endless(store).update("room/a", change)
    assert tries == TRIES
