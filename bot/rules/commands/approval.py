"""Commands about drafts: ok sends one, with other words where they are given; no drops it."""

from dataclasses import replace

from bot.model import Draft, RoomState, Slot
from bot.rules import drafts, guard
from bot.rules.commands.asked import Asked, Result, short
from bot.rules.commands.goods import EQUALS
from bot.rules.commands.modes import silent
from bot.rules.commands.spoken import plain


def ok(state: RoomState, asked: Asked) -> Result:
    """Send a draft, if its mode, its facts and the guard still let it be said."""
    reference, words = _parted(asked.rest)
    if (found := _find(state, reference)) is None:
        return state, _missing(state, asked, reference)
    slot, draft = found
    if not slot.waits:
        return state, asked.say(f"{draft.id} 已通过", f"{draft.id} is already approved")
    if not draft.text or asked.now > slot.expires:
        return state, _missing(state, asked, reference)
    if mode := silent(state, asked):
        return state, asked.say(f"{mode} 时不发送", f"nothing is posted in {mode}")
    if stale := _stale(state, slot, draft, asked):
        return stale
    if words is not None:
        plan = replace(draft.plan, faq=None)  # other words than the row's may say what it says
        others = asked.shop.index.others(words, plan.product)
        verdict = guard.check(words, plan, asked.abilities, asked.rules, others)
        if not verdict.ok:
            why = ": ".join(filter(None, (verdict.reason, verdict.detail)))
            return state, asked.say(
                f"{draft.id} 不能这样说（{why}）", f"{draft.id} refused ({why})"
            )
        draft = replace(draft, text=words)
    within = asked.rules.max_age
    state = drafts.approved(state, slot, draft, by=asked.id, now=asked.now, within=within)
    said = short(draft.text)
    return state, asked.say(f"已通过 {draft.id}：{said}", f"approved {draft.id}: {said}")


def no(state: RoomState, asked: Asked) -> Result:
    """Drop a draft, or one that was approved and is not posted yet; ask no more for a while."""
    reference, _ = _parted(asked.rest)
    if (found := _find(state, reference)) is None:
        return state, _missing(state, asked, reference)
    slot, draft = found
    closed = dict(list({**state.closed, slot.reply_id: "rejected"}.items())[-drafts.CLOSED :])
    state = replace(
        drafts.without(state, slot),
        closed=closed,
        answered={**state.answered, slot.key: asked.now},
    )
    return state, asked.say(f"不发 {draft.id}", f"dropped {draft.id}")


def waiting(state: RoomState, asked: Asked) -> Result:
    """List what waits for approval."""
    rows = [
        f"{draft.id} {slot.names[0] if slot.names else ''}“{short(draft.asked, 20)}” → "
        f"{short(draft.text, 40)} ({slot.expires - asked.now:.0f} s)"
        for slot, draft in drafts.standing(state, asked.now, asked.shop)
    ]
    return state, " · ".join(rows) or asked.say("没有草稿", "no drafts")


def _parted(rest: str) -> tuple[str, str | None]:
    """Return the id and the other words, if any are given."""
    reference, equals, words = EQUALS.sub("=", rest, count=1).partition("=")
    return plain(reference).strip().lstrip("#").strip(), words.strip() if equals else None


def _find(state: RoomState, reference: str) -> tuple[Slot, Draft] | None:
    for slot in state.slots:
        if reference and slot.draft and slot.draft.id == reference:
            return slot, slot.draft
    return None


def _missing(state: RoomState, asked: Asked, reference: str) -> str:
    waits = " ".join(draft.id for _, draft in drafts.standing(state, asked.now, asked.shop)) or "-"
    return asked.say(
        f"没有草稿“{short(reference, 20)}”；待审：{waits}",
        f'no draft "{short(reference, 20)}"; waiting: {waits}',
    )


def _stale(state: RoomState, slot: Slot, draft: Draft, asked: Asked) -> Result | None:
    """Return the room without a draft that may not be said any more, or None."""
    rest = drafts.without(state, slot)
    if any(other.key == slot.key and not other.waits for other in rest.slots):
        return rest, asked.say(
            f"{draft.id} 已有同样的回答", f"{draft.id} is being answered already"
        )
    if drafts.stands(draft, asked.shop):
        return None
    answered = {key: at for key, at in state.answered.items() if key != slot.key}
    return replace(rest, answered=answered), asked.say(
        f"{draft.id} 已过时，没有发送：价格、库存或问答已改", f"{draft.id} is out of date: dropped"
    )
