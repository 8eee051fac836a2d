"""What holds in the rooms while they are recorded: catalogues, modes, what is on screen."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from bot.flow.services import Shops
from bot.model import ChatMessage, Outcome, RoomState, Rules
from bot.ports import Rooms
from bot.replay.recording.book import Key
from bot.replay.recording.masks import Masks
from bot.replay.recording.states import Past, Waits, bared, nobody, platform_of, told_of
from bot.shop.importing.writing import dumps
from bot.shop.lookup import Shop

Note: TypeAlias = Mapping[str, object]
"""What a line tells that is about no message."""


@dataclass
class Scene:
    """Tells how the rooms are, and what changes there without anybody's saying it in the chat."""

    names: Sequence[str]
    rooms: Rooms
    shops: Shops
    rules: Rules
    masks: Masks | None
    versions: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """By room, the version of its catalogue and what is on screen, as they were told last."""
    _pasts: defaultdict[str, Past] = field(default_factory=lambda: defaultdict(Past))

    async def look(self, rooms: Iterable[str]) -> None:
        """Remember how rooms stand now. Raises LOST."""
        for room in rooms:
            self._pasts[room].note(await self.rooms.get(room))

    async def picture(self, place: Path, waits: Waits = nobody) -> dict[str, Note]:
        """Return by room what held before the messages that are still to be written.

        Writes each catalogue into ``place``.

        Raises LOST, or OSError.
        """
        found: dict[str, Note] = {}
        await self.look(self.names)
        for room in self.names:
            new, state = RoomState(), self._pasts[room].before(room, waits)
            base = _keep(place, await self.shops.at(room, new), new)
            shop = await self.shops.at(room, state)
            found[room] = {
                "catalogue": shop.catalogue.version,
                "file": _keep(place, shop, state),
                "base": base,
                "showing": _showing(shop, state),
                "mode": state.mode or self.rules.mode,
                "autonomy": dict(state.autonomy),
                "paused_until": state.paused_until or None,
                "muted": sorted(self._masked(room, name) for name in state.muted),
                "state": told_of(bared(state, room, self.masks)),
            }
            self.versions[room] = shop.catalogue.version, _showing(shop, state)
        return found

    async def changes(
        self, since: float, now: float, known: Callable[[Key], bool]
    ) -> tuple[list[Outcome], list[Note]]:
        """Return what happened and no message said, as commands; and catalogues that are new.

        A platform that puts a product on screen does what a command does, but nobody's message
        says so: it becomes one of the host's. Raises LOST.
        """
        shown: list[Outcome] = []
        notes: list[Note] = []
        for room in self.names:
            state, shop = await self._at(room)
            self._pasts[room].note(state)
            shown += [each for each in self._shown(room, state, since) if not known(_key(each))]
            told = shop.catalogue.version, _showing(shop, state)
            if self.versions.get(room) != told:
                self.versions[room] = told
                version, showing = told
                said = {"room": room, "catalogue": version, "showing": showing, "at": now}
                notes.append(said)
        return shown, notes

    async def learn(self) -> None:
        """Recognise the names that rooms remember, so that no notice tells them."""
        for room in self.names if self.masks else ():
            state = await self.rooms.get(room)
            names = [*state.muted, *(deed.author for deed in state.log)]
            names += [name for slot in state.slots for name in slot.names]
            assert self.masks  # noqa: S101 - else there are no names
            self.masks.know(room, *names)

    async def _at(self, room: str) -> tuple[RoomState, Shop]:
        state = await self.rooms.get(room)
        return state, await self.shops.at(room, state)

    def _masked(self, room: str, name: str) -> str:
        return self.masks.name(room, name) if self.masks else name

    def _shown(self, room: str, state: RoomState, since: float) -> list[Outcome]:
        deeds = (deed for deed in state.log if deed.at >= since)
        return [
            Outcome(
                ChatMessage(
                    id=deed.id,
                    platform=platform_of(room),
                    room=room,
                    author="",
                    author_id="",
                    role="host",
                    text=f"{self.rules.prefix} {deed.line}",
                    sent_at=deed.at,
                ),
                "commanded",
                notice=deed.notice,
            )
            for deed in deeds
            if not (deed.author or deed.author_id)
        ]


def _showing(shop: Shop, state: RoomState) -> str | None:
    return state.showing or shop.catalogue.now_showing


def _keep(place: Path, shop: Shop, state: RoomState) -> str:
    """Write a catalogue as it holds now where it is not there yet; return the file's name."""
    text = dumps(replace(shop.catalogue, now_showing=_showing(shop, state)))
    path = place / f"catalog-{sha256(text.encode()).hexdigest()[:12]}.toml"
    if path.exists():
        path.touch()  # it is named again: it is kept as long as what names it
    else:
        new = path.with_suffix(".new")
        new.write_text(text, "utf-8")
        new.replace(path)
    return path.name


def _key(outcome: Outcome) -> Key:
    return outcome.message.platform, outcome.message.id
