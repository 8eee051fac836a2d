"""A command changes a room: once, noted with who gave it, and told where that is wanted."""

from dataclasses import dataclass, replace

from bot.model import (
    STAFF,
    Abilities,
    Answer,
    Deed,
    Draft,
    Reply,
    RoomState,
    Rules,
    Slot,
)
from bot.rules import drafts, guard, wording
from bot.rules.commands.acts import ACTS, READING, UNCHANGING
from bot.rules.commands.asked import Asked, Past, short
from bot.rules.commands.spoken import Command
from bot.shop.lookup import Shop

KEPT = 50
"""How many commands a room remembers, so that one that is delivered twice is applied once."""
LOGGED = 20
"""How many changes a room remembers with who made them."""
LINE = 80
"""Characters of a command that are remembered."""
TELLING = 3
"""Notices that wait to be posted at once: a flood of commands is not answered line by line."""
TOLD_WITHIN = 10.0
"""Seconds after which a notice need not be posted any more."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command led to: its notice, and the reply that goes into the outbox with it."""

    notice: str
    reply: Reply | None = None
    done: bool = True
    """False: it was refused, or could not be done, and the notice says why."""


def apply(
    state: RoomState, *, command: Command, shop: Shop, now: float, rules: Rules
) -> tuple[RoomState, str]:
    """Return the changed room and the notice, as ``obey`` for what posts nothing."""
    changed, done = obey(state, command=command, shop=shop, now=now, rules=rules)
    return changed, done.notice


def obey(
    state: RoomState,
    *,
    command: Command,
    shop: Shop,
    now: float,
    rules: Rules,
    abilities: Abilities | None = None,
    past: Past | None = None,
) -> tuple[RoomState, Done]:
    """Return the changed room and what to tell and post.

    What cannot be done changes nothing and says why. The same command (by its id) leads to the
    same, however often it is given: whoever calls this puts ``reply`` into the outbox, which takes
    it once. ``abilities`` are those of the room's platform, ``past`` what has happened there.
    """
    if command.id in state.commands:
        done = command.name in READING or any(deed.id == command.id for deed in state.log)
        reply = drafts.released_by(state, command.id)
        return state, Done(state.commands[command.id], reply, done)
    if command.role not in STAFF and command.name not in READING:
        chinese = (command.lang or rules.language) == "zh"
        denied = "没有权限" if chinese else "not allowed"
        return state, Done(denied, done=False)
    able = Abilities() if abilities is None else abilities
    told, lang = past or Past(), command.lang
    asked = Asked(command.rest, shop, now, rules, command.id, command.role, able, told, lang)
    act = ACTS.get(command.name)
    changed, notice = act(state, asked) if act else (state, _unknown(asked, command.name))
    done = changed is not state or command.name in READING
    if changed is not state:
        changed = _noted(state, changed, command, notice, now)
    if rules.acknowledge and able.send and not drafts.released_by(changed, command.id):
        changed = _telling(changed, command, notice, asked)
    kept = dict(list(state.commands.items())[1 - KEPT :])
    changed = replace(changed, commands={**kept, command.id: notice})
    return changed, Done(notice, drafts.released_by(changed, command.id), done)


def _unknown(asked: Asked, name: str) -> str:
    known = " · ".join(ACTS)
    name = short(name, 30)
    return asked.say(f"没有命令 {name}；可用：{known}", f"no command {name}; {known}")


def _noted(
    state: RoomState, changed: RoomState, command: Command, notice: str, now: float
) -> RoomState:
    """Return the changed room with who did it, and with what ``undo`` goes back to."""
    change = command.name not in UNCHANGING
    if change:
        earlier = RoomState(
            mode=state.mode,
            paused_until=state.paused_until,
            showing=state.showing,
            changes=state.changes,
            muted=state.muted,
            autonomy=state.autonomy,
        )
        changed = replace(changed, before=earlier)
    deed = Deed(
        id=command.id,
        at=now,
        author=short(command.author, LINE),
        author_id=short(command.author_id, LINE),
        role=command.role,
        line=short(f"{command.name} {command.rest}".strip(), LINE),
        notice=short(notice, LINE),
        change=change,
    )
    return replace(changed, log=(*changed.log, deed)[-LOGGED:])


def _telling(state: RoomState, command: Command, notice: str, asked: Asked) -> RoomState:
    """Let a notice be posted to whoever gave the command, as a reply that needs no approval.

    Not where nothing may be said, nor what may not be said.
    """
    key = f"ack:{command.id}"
    mode = state.mode or asked.rules.mode
    slots = tuple(slot for slot in state.slots if slot.expires >= asked.now)
    full = sum(slot.reply_id.startswith("ack:") for slot in slots) >= TELLING
    if (
        not command.room
        or mode not in ("auto", "approve")
        or asked.now < state.paused_until
        or full
    ):
        return state
    line = wording.address(" ".join(notice.split()), (), asked.abilities, 0)
    plan = Answer("chitchat", asked.rules.language, (), key, faq=line)
    if not guard.check(line, plan, asked.abilities, asked.rules).ok:
        return state
    draft = Draft("", command.room, plan, text=line, approved=command.id)
    slot = Slot(
        reply_id=key,
        key=key,
        due=asked.now,
        expires=asked.now + TOLD_WITHIN,
        answers=(command.id,),
        names=(command.author,),
        authors=(command.author_id,),
        draft=draft,
    )
    return replace(state, slots=(*slots, slot))
