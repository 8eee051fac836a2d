"""Outputs of one kind of model, asked of it only where nobody knows them yet."""

import asyncio
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import msgspec

from bot.inference.cache import Outputs

REMEMBER: Final = 20_000
"""Outputs of each kind that stay in memory: the vector of a reading takes 12 KB."""
V = TypeVar("V")
Asks = Callable[[Sequence[str]], Awaitable[Sequence[V]]]


class Kept(Generic[V]):
    """Outputs of one kind: in memory the latest, then where they are kept, then by the model."""

    def __init__(
        self,
        outputs: Outputs,
        kind: str,
        forms: tuple[Callable[[V], bytes], Callable[[bytes], V]],
        remember: int = REMEMBER,
    ) -> None:
        """``forms`` turn a value to bytes and back."""
        self._outputs = outputs
        self._kind = kind
        self._encode, self._decode = forms
        self._remember = remember
        self._known: OrderedDict[str, V] = OrderedDict()
        self._coming: dict[str, asyncio.Future[None]] = {}

    def known(self, key: str) -> V | None:
        """Return what is in memory."""
        if (value := self._known.get(key)) is not None:
            self._known.move_to_end(key)
        return value

    async def all(self, keys: Sequence[str], ask: Asks[V]) -> Mapping[str, V]:
        """Return the values of all keys; ``ask`` is asked once for those that nobody knows.

        What somebody else is asking for at the same time is waited for.
        """
        found = {key: self._known[key] for key in keys if key in self._known}
        rest = [key for key in dict.fromkeys(keys) if key not in found]
        if rest:
            found |= self._stored(rest)
            unknown = [key for key in rest if key not in found]
            coming = {key: self._coming[key] for key in unknown if key in self._coming}
            if fresh := [key for key in unknown if key not in coming]:
                found |= await self._made(fresh, ask)
            if coming:
                await asyncio.wait(set(coming.values()))
                found |= await self.all(list(coming), ask)
        for key in found:
            self._remembered(key, found[key])
        return found

    async def _made(self, keys: Sequence[str], ask: Asks[V]) -> dict[str, V]:
        """Return what ``ask`` says, and keep it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._coming.update(dict.fromkeys(keys, done))
        try:
            made = dict(zip(keys, await ask(keys), strict=True))
            self._outputs.put(self._kind, {k: self._encode(v) for k, v in made.items()})
            for key in keys:
                self._remembered(key, made[key])
        finally:
            for key in keys:
                del self._coming[key]
            done.set_result(None)
        return made

    def _stored(self, keys: Sequence[str]) -> dict[str, V]:
        values: dict[str, V] = {}
        for key, raw in self._outputs.get(self._kind, keys).items():
            with suppress(
                msgspec.DecodeError, ValueError, struct.error
            ):  # of another version: made anew
                values[key] = self._decode(raw)
        return values

    def _remembered(self, key: str, value: V) -> None:
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._remember:
            self._known.popitem(last=False)
