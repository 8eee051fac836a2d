"""Whether to answer, when, and together with whom: before the models, after them, at the post."""

from collections.abc import Mapping
from dataclasses import replace

from bot.model import (
    STAFF,
    Answer,
    ChatMessage,
    Decision,
    Draft,
    Go,
    Join,
    Lang,
    Reply,
    RoomState,
    Rules,
    Skip,
    Slot,
)
from bot.rules import drafts, retraction
from bot.rules.facts import current
from bot.rules.injection import orders
from bot.shop.lookup import Shop
from bot.shop.text import bare, tidy, words

ADDRESSED = (
    "主播", "店家", "客服", "老板", "掌柜", "小二", "店主", "卖家", "助理", "host", "streamer",
    "bot", "seller", "shop", "admin", "mods",
)  # fmt: skip
"""Names by which viewers call the ones who may answer."""
SHORTEST = 2
"""Characters of the shortest name by which a shop is called."""
TOLD = 200
"""How many answered messages a room remembers."""
LATE = ("too_late", "changed")


def dismiss(
    message: ChatMessage, room: RoomState, shop: str, now: float, rules: Rules
) -> str | None:
    """Return why a message in the room of the shop of this name needs no reading, or None."""
    author = message.author.strip().lower()
    if author == rules.name.lower() or message.role == "bot":
        return "own_message" if author == rules.name.lower() else "known_bot"
    if author in rules.known_bots:
        return "known_bot"
    if message.role in STAFF:
        return "staff"
    if (room.mode or rules.mode) == "off":
        return "off"
    if now < room.paused_until:
        return "paused"
    if author in room.muted:
        return "muted"
    if now - message.sent_at > rules.max_age:
        return "too_late"
    return "deleted" if retraction.gone(message, room) else _unfit(message, shop, rules)


def _unfit(message: ChatMessage, shop: str, rules: Rules) -> str | None:
    """Return why a text is none that could be answered, or None."""
    if not words(message.text):
        return "no_words"
    if _to_another(message.text, shop, rules):
        return "to_another"
    return "injection" if orders(message.text) else None


def _to_another(text: str, shop: str, rules: Rules) -> bool:
    line = tidy(text)
    return line.startswith("@") and not ours(line[1:].split(" ", 1)[0], shop, rules)


def ours(name: str, shop: str, rules: Rules) -> bool:
    """Say whether viewers call the shop of this name, or its people, by a ``name`` (tidy)."""
    if len(bare(name)) >= SHORTEST and bare(name) in bare(shop):
        return True  # @ridgeback is Ridgeback Outfitters
    return name.startswith((rules.name.lower(), *ADDRESSED))


def ruled(room: RoomState, rules: Rules) -> Rules:
    """Return the rules with what commands have set in a room."""
    return replace(rules, autonomy={**rules.autonomy, **room.autonomy})


def admit(
    state: RoomState,
    *,
    message: ChatMessage,
    plan: Answer,
    now: float,
    rules: Rules,
    draft: bool = False,
) -> tuple[RoomState, Decision]:
    """Give a planned answer its slot, let it join one, or skip it.

    The same message always gets the same slot, however often it is delivered. A ``draft`` waits
    in its slot for approval; an answer that needs none does not join one that waits.
    """
    if (state.mode or rules.mode) == "off":
        return state, Skip("off")
    if told := state.told.get(message.id):
        return state, Join(told)
    for slot in state.slots:
        if message.id in slot.answers:
            return state, _again(slot, message)
    if retraction.gone(message, state):  # while it was read
        return state, Skip("deleted")
    slots = tuple(slot for slot in state.slots if slot.expires >= now)
    for slot in slots:
        if slot.key == plan.key and (draft or not slot.waits):
            return _join(state, slots, slot, message)
    if soon := _soon(state, message, plan, now, rules):
        return state, Skip(soon)
    if draft and sum(slot.waits for slot in slots) >= drafts.MOST:
        return state, Skip("too_many_drafts")
    state, made = drafts.begun(state, message, plan) if draft else (state, None)
    slot = _slot(message, plan, made, now, rules)
    state = replace(
        state,
        slots=(*slots, slot),
        answered={**_recent(state.answered, now - rules.cooldown), plan.key: now},
        served={**_recent(state.served, now - rules.user_cooldown), message.author_id: now},
    )
    return state, Go(slot.reply_id, slot.due, slot.expires)


def _soon(
    state: RoomState, message: ChatMessage, plan: Answer, now: float, rules: Rules
) -> str | None:
    """Return why it is too soon after another answer, or None."""
    if now - state.answered.get(plan.key, -1e12) < rules.cooldown:
        return "repeated"
    served = state.served.get(message.author_id, -1e12) if message.author_id else -1e12
    return "cooldown" if now - served < rules.user_cooldown else None


def _slot(
    message: ChatMessage, plan: Answer, draft: Draft | None, now: float, rules: Rules
) -> Slot:
    late = max(message.sent_at + rules.max_age, now + rules.window)
    return Slot(
        reply_id=f"re:{message.id}",
        key=plan.key,
        due=now + rules.window,
        expires=now + rules.draft_expires if draft else late,
        answers=(message.id,),
        names=(message.author,),
        authors=(message.author_id,),
        said=tuple(fact.said for fact in plan.facts if fact.said),
        draft=draft,
    )


def _again(slot: Slot, message: ChatMessage) -> Decision:
    if slot.answers[0] == message.id:
        return Go(slot.reply_id, slot.due, slot.expires)
    return Join(slot.reply_id)


def _join(
    state: RoomState, slots: tuple[Slot, ...], slot: Slot, message: ChatMessage
) -> tuple[RoomState, Decision]:
    joined = replace(
        slot,
        answers=(*slot.answers, message.id),
        names=(*slot.names, message.author),
        authors=(*slot.authors, message.author_id),
    )
    kept = tuple(joined if one is slot else one for one in slots)
    return replace(state, slots=kept), Join(slot.reply_id)


def _recent(times: Mapping[str, float], since: float) -> dict[str, float]:
    return {key: at for key, at in times.items() if at > since}


def release(
    state: RoomState, *, reply: Reply, now: float, shop: Shop, rules: Rules
) -> tuple[RoomState, Slot | Skip]:
    """Close a reply's slot and return it with all who joined, or why nothing may be posted.

    Whoever asks the same from now on needs a new answer. A reply whose slot is gone was
    cancelled: the room was switched off, or it has been posted already, or its time was over and
    the slot has been cleared away.
    """
    slot = next((one for one in state.slots if one.reply_id == reply.id), None)
    rest = replace(state, slots=tuple(one for one in state.slots if one is not slot))
    silent = (state.mode or rules.mode) == "off" or now < state.paused_until
    if slot is None or not _speaks(state, slot, rules) or silent:
        late = slot is None and now > reply.expires and not silent
        return rest, Skip(state.closed.get(reply.id, "too_late" if late else "off"))
    if now > reply.expires:
        return _forget(rest, slot), Skip("too_late")
    lang: Lang = "zh" if slot.key.startswith("zh:") else "en"
    if reply.shop_version != shop.catalogue.version and not all(
        current(fact, shop, lang) for fact in reply.facts
    ):
        return _forget(rest, slot), Skip("changed")
    told = {**rest.told, **dict.fromkeys(slot.answers, slot.reply_id)}
    told = dict(list(told.items())[-TOLD:])
    return replace(rest, answered={**rest.answered, slot.key: now}, told=told), slot


def _speaks(state: RoomState, slot: Slot, rules: Rules) -> bool:
    """Tell whether the mode lets a slot's reply be posted: what is approved needs no other."""
    mode = state.mode or rules.mode
    return mode == "auto" or (mode == "approve" and slot.draft is not None and not slot.waits)


def reopen(state: RoomState, *, slot: Slot) -> tuple[RoomState, None]:
    """Give a slot back that was closed for a post which the platform did not take yet."""
    if any(one.reply_id == slot.reply_id for one in state.slots):
        return state, None
    return replace(state, slots=(*state.slots, slot)), None


def _forget(state: RoomState, slot: Slot) -> RoomState:
    """Let the question be asked again: it has not been answered."""
    return replace(state, answered={k: at for k, at in state.answered.items() if k != slot.key})


def withdraw(state: RoomState, *, reply_id: str) -> tuple[RoomState, None]:
    """Close the slot of a reply that will never be posted, so that nobody joins it."""
    slot = next((one for one in state.slots if one.reply_id == reply_id), None)
    if slot is None:
        return state, None
    rest = replace(state, slots=tuple(one for one in state.slots if one is not slot))
    return _forget(rest, slot), None
