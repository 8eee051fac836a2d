"""A regression case out of a message that was not handled as somebody wants it: a scenario's text.

It holds the message, what made it so (what the staff had set, and the few messages near it that
mattered), and what is wanted; nobody is named in it. ``danmate replay --scenarios`` plays it. Pure.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, Literal, TypeAlias

from bot.model import STAFF, ChatMessage, Outcome, RoomState
from bot.rules.facts import digits
from bot.shop.lookup import Shop

Wish: TypeAlias = Literal["answer", "silence", "hand_off"]
PREFIX: Final = "!bot"
"""How commands begin in a case, whatever the shop's own prefix is."""
WITHIN: Final = 30.0
"""Seconds before a message in which others may have made it what it became."""
MOST: Final = 4
"""How many of those a case holds."""
BESIDE: Final = frozenset({"repeated", "cooldown"})
"""Reasons that lie in what was said before."""
AFTER: Final = "host_answered"
"""The reason that lies in what the staff said just after."""
NAMED: Final = frozenset({"own_message", "known_bot"})
"""Reasons that lie in the name of the author, who is no person then."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should have become of a message; ``text`` must stand in the answer."""

    wish: Wish
    text: str = ""
    note: str = ""


def written(
    outcome: Outcome,
    past: Sequence[Outcome],
    state: RoomState,
    shop: Shop,
    wanted: Wanted,
    catalog: str | None = None,
) -> str:
    """Return the case of an outcome in TOML.

    ``past`` are the room's outcomes, the oldest first, ``state`` and ``shop`` the room as it is
    now; what the staff has changed since the message is left out, as far as the room's log tells.
    ``catalog`` is the catalogue's file as seen from the case; None: the one it will be tried with.
    """
    around = sorted(_around(outcome, past), key=lambda each: each.sent_at)
    lines = list(_setting(state, shop, outcome))
    tables = [*_commands(lines, {each.id for each in around}), *_said(around, outcome)]
    top = [
        ("name", wanted.note),
        ("catalog", catalog),
        ("set", [f"bot.prefix={PREFIX}"] if lines else None),
        ("mode", "auto"),
    ]
    parts = ["\n".join(_pairs(dict(top)))]
    parts += ["\n".join(["[[message]]", *_pairs(table)]) for table in tables]
    parts.append("\n".join(["[[expect]]", *_pairs(_expected(outcome, wanted))]))
    return "\n\n".join(parts) + "\n"


def _pairs(table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if value not in (None, ""):
            yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    """Return a text, number, truth or list of these in TOML: JSON's form, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _expected(outcome: Outcome, wanted: Wanted) -> dict[str, object]:
    table: dict[str, object] = {"message": outcome.message.id}
    if wanted.wish == "silence":
        return {**table, "outcome": "ignored"}
    if wanted.wish == "hand_off":
        return {**table, "outcome": "handed_off"}
    table["answered"] = True
    if wanted.text:
        return {**table, "answered_with": [wanted.text]}
    facts = outcome.reply.facts if outcome.reply else ()
    if wrong := list(dict.fromkeys(fact.said for fact in facts if fact.said)):
        table["without"] = wrong  # it was answered: then by something else
    return table


def _around(outcome: Outcome, past: Sequence[Outcome]) -> list[ChatMessage]:
    """Return the message with those that made it what it became."""
    message, at = outcome.message, outcome.message.sent_at
    found = []
    for each in past:
        said = each.message
        if said.id == message.id or not said.text or each.outcome == "commanded":
            continue
        alike = (each.intent, each.product) == (outcome.intent, outcome.product)
        near = alike or said.author_id == message.author_id
        before = outcome.reason in BESIDE and near and at - WITHIN <= said.sent_at <= at
        staff = said.role in STAFF and 0 <= said.sent_at - at <= WITHIN
        if before or (staff and outcome.reason == AFTER):
            found.append(said)
    kept = found[:MOST] if outcome.reason == AFTER else found[-MOST:]
    return [*kept, message]


def _said(around: Sequence[ChatMessage], outcome: Outcome) -> Iterator[dict[str, object]]:
    """Yield the messages as a case holds them, without who their authors are."""
    ids = {each.id for each in around}
    people = dict.fromkeys(each.author_id or each.author for each in around)
    names = dict(zip(people, map("viewer {}".format, count(1)), strict=False))
    for each in around:
        named = each is outcome.message and outcome.reason in NAMED
        name = each.author if named else names[each.author_id or each.author]
        yield {
            "at": round(1.0 + each.sent_at - around[0].sent_at, 3),
            "id": each.id,
            "author": name,
            "role": each.role,
            "text": each.text or " ",
            "reply_to": each.reply_to if each.reply_to in ids else None,
        }


def _commands(lines: Sequence[str], taken: set[str]) -> Iterator[dict[str, object]]:
    """Yield what the host has set before, at once."""
    ids = (id_ for number in count(1) if (id_ := f"set{number}") not in taken)
    for line, id_ in zip(lines, ids, strict=False):
        yield {
            "at": 0.0, "id": id_, "author": "host", "role": "host", "text": f"{PREFIX} {line}",
        }  # fmt: skip


def _setting(state: RoomState, shop: Shop, outcome: Outcome) -> Iterator[str]:
    """Yield the commands that set a fresh room as it was when the message came.

    The mode is left out: a case is played where answers are posted. What an intent needs approval
    for is left out as well.
    """
    state = _as_it_was(state, shop, outcome.message.sent_at)
    for sku, amount in state.changes.prices.items():
        if name := _reference(sku, shop):
            yield f"price {name} {digits(amount)}"
    for sku, left in state.changes.stocks.items():
        if name := _reference(sku, shop):
            yield f"stock {name} {left}"
    for row in reversed(state.changes.faq):  # the newest stands first
        yield f"faq add {row.questions[0]} = {row.answer}"
    for intent, autonomy in state.autonomy.items():
        if autonomy != "approve":
            yield f"mode {intent} {autonomy}"
    on_screen = outcome.because is not None and outcome.because.named_by == "on screen"
    showing = outcome.product if on_screen else state.showing
    if showing and outcome.reason != "no_product":
        yield f"now {showing}"
    if outcome.message.author.strip().lower() in state.muted:
        yield "mute @viewer 1"


def _as_it_was(state: RoomState, shop: Shop, at: float) -> RoomState:
    """Return the room without what its log says was changed after ``at``."""
    prices, stocks = dict(state.changes.prices), dict(state.changes.stocks)
    faq, showing = list(state.changes.faq), state.showing
    for deed in state.log:
        if deed.at <= at or deed.undone or not deed.change:
            continue
        verb, _, rest = deed.line.partition(" ")
        product = shop.find(rest.split()[0]) if rest.split() else None
        if product and verb in ("price", "stock"):
            (prices if verb == "price" else stocks).pop(product.sku, None)
        elif verb == "now":
            showing = None
        elif verb == "faq":
            faq = [row for row in faq if row.questions[0] not in rest]
    changes = replace(state.changes, prices=prices, stocks=stocks, faq=tuple(faq))
    return replace(state, changes=changes, showing=showing)


def _reference(sku: str, shop: Shop) -> str:
    """Return how a command names a product: its sku, or its link where that holds a blank."""
    product = shop.by_sku.get(sku)
    if product is None:
        return ""
    return sku if sku.split() == [sku] else str(product.link or "")
