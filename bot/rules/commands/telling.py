"""Commands that change nothing: what holds, what happened and why, who changed what."""

from bot.model import STAFF, Outcome, RoomState
from bot.rules import drafts
from bot.rules.commands.asked import Asked, Result, short
from bot.rules.commands.spoken import plain

LAST = 5
"""Changes that ``log`` tells."""
MINUTE = 60


def status(state: RoomState, asked: Asked) -> Result:
    """Say what holds."""
    mode = "pause" if asked.now < state.paused_until else state.mode or asked.rules.mode
    sku = state.showing or asked.shop.catalogue.now_showing
    product = asked.shop.by_sku.get(sku or "")
    shown = f"{product.sku} {product.name}" if product else "-"
    changes = len(state.changes.prices) + len(state.changes.stocks) + len(state.changes.faq)
    zh = f"模式 {mode}；讲解 {shown}；临时改动 {changes}；静音 {len(state.muted)}"
    en = f"mode {mode}; showing {shown}; live changes {changes}; muted {len(state.muted)}"
    if waits := len(drafts.standing(state, asked.now, asked.shop)):
        zh, en = f"{zh}；待审 {waits}", f"{en}; drafts waiting {waits}"
    if state.autonomy:
        set_ = ", ".join(f"{intent} {wanted}" for intent, wanted in state.autonomy.items())
        zh, en = f"{zh}；{set_}", f"{en}; {set_}"
    return state, asked.say(zh, en)


def why(state: RoomState, asked: Asked) -> Result:
    """Say why a message, by its id or its draft's, or the last one was (not) answered."""
    reference = plain(asked.rest).strip().lstrip("#").strip()
    for outcome in reversed(asked.past.outcomes):
        if reference:
            reply = outcome.reply.id if outcome.reply else ""
            known = (outcome.message.id, outcome.draft or "", reply)
            if reference in map(plain, known):
                return state, _because(outcome)
        elif outcome.message.role not in (*STAFF, "bot"):
            return state, _because(outcome)
    return state, asked.say(
        f"最近没有这条消息{f'：{short(reference, 30)}' if reference else ''}",
        f"no such message of late{f': {short(reference, 30)}' if reference else ''}",
    )


def _because(outcome: Outcome) -> str:
    """Return a message's outcome in one line: reason, intent, product, facts, guard."""
    said = outcome.message
    parts = [f"{said.author or said.id}“{short(said.text, 30)}”: {outcome.outcome}"]
    if outcome.reason:
        parts[0] += f" ({outcome.reason})"
    if outcome.intent:
        parts.append(f"{outcome.intent} {outcome.score or 0.0:.2f}")
    if outcome.product:
        by = outcome.because.named_by if outcome.because else ""
        parts.append(f"{outcome.product} ({by})" if by else outcome.product)
    if outcome.reply:
        parts += [f"{fact.id} = {short(fact.text, 40)}" for fact in outcome.reply.facts]
        parts.append(outcome.reply.delivery)
    checked = outcome.because.checked if outcome.because else ()
    parts += [f"{c.source}: {c.reason} {c.detail}".strip() for c in checked if c.reason]
    return "; ".join(parts)


def stats(state: RoomState, asked: Asked) -> Result:
    """Say how many messages had which end since the start."""
    counts = asked.past.counts
    approved = counts.get("approved", 0)
    answered, handed = counts.get("answered", 0) + approved, counts.get("handed_off", 0)
    total = sum(counts.values())
    waits = len(drafts.standing(state, asked.now, asked.shop))
    return state, asked.say(
        f"消息 {total}；已回答 {answered}；交给主播 {handed}；"
        f"草稿 {state.drafts}（通过 {approved}，待审 {waits}）",
        f"messages {total}; answered {answered}; handed off {handed}; "
        f"drafts {state.drafts} (approved {approved}, waiting {waits})",
    )


def log(state: RoomState, asked: Asked) -> Result:
    """Say who made the latest changes, the newest first, and how long ago."""
    undone = asked.say("（已撤销）", " (undone)")
    rows = [
        f"{deed.author or deed.role} {_ago(asked.now - deed.at)}: {deed.line} → "
        f"{short(deed.notice, 40)}{undone if deed.undone else ''}"
        for deed in state.log[: -LAST - 1 : -1]
    ]
    return state, " · ".join(rows) or asked.say("没有改动", "no changes")


def _ago(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds < MINUTE else f"{seconds / MINUTE:.0f}m"
