"""What the page shows of a room: how it is set, what it sells, what waits, who changed what."""

from typing import Literal

from pydantic import BaseModel, Field

from bot.model import (
    INTENTS,
    Abilities,
    Autonomy,
    Catalogue,
    Changes,
    Deed,
    Draft,
    Intent,
    Lang,
    Mode,
    RoomState,
    Rules,
    Slot,
    Source,
)
from bot.rules import drafts
from bot.rules.plan import DEFAULT_AUTONOMY
from bot.shop.lookup import Shop


class RoomLine(BaseModel):
    """One room in the list of all."""

    room: str
    platform: str
    send: bool = Field(description="whether danmate can post there")
    mode: Mode
    showing: str | None
    drafts: int = Field(description="how many wait for approval")


class RoomList(BaseModel):
    """All rooms; times in seconds since the epoch, here as in all that follows."""

    rooms: list[RoomLine]
    now: float


class Able(BaseModel):
    """What the room's platform can carry."""

    read: bool
    send: bool
    reply: bool
    length: int
    unit: Literal["codepoints", "utf16", "bytes"]


class Goods(BaseModel):
    """A product with its live changes."""

    sku: str
    link: int | None
    name: str
    price: float
    list_price: float | None
    stock: int | None
    changed: list[Literal["price", "stock"]]


class Row(BaseModel):
    """A row of the FAQ; ``live``: a command has added it."""

    questions: list[str]
    answer: str
    live: bool


class Stated(BaseModel):
    """A fact that a text rests on."""

    id: str
    text: str


class Waiting(BaseModel):
    """A draft that waits for approval."""

    id: str
    reply_id: str
    asked: str
    names: list[str]
    text: str
    source: Source
    intent: Intent
    product: str | None
    facts: list[Stated]
    expires: float
    answers: list[str]


class Change(BaseModel):
    """What somebody changed by a command."""

    id: str
    at: float
    author: str
    role: str
    line: str
    notice: str
    change: bool
    undone: bool


class Picture(BaseModel):
    """All that the page shows of a room, as it is now."""

    room: str
    platform: str
    language: Lang
    prefix: str
    now: float
    abilities: Able
    mode: Mode
    paused_until: float | None
    autonomy: dict[Intent, Autonomy] = Field(description="of every intent, as it holds")
    autonomy_set: list[Intent] = Field(description="those that a command has set")
    showing: str | None
    currency: str
    products: list[Goods]
    faq: list[Row]
    drafts: list[Waiting] = Field(description="the oldest first")
    muted: list[str]
    log: list[Change] = Field(description="the newest first")
    version: str


def lined(
    room: str, state: RoomState, base: Catalogue, rules: Rules, able: Abilities, now: float
) -> RoomLine:
    """Return a room's line in the list; ``base`` is its catalogue with live changes."""
    return RoomLine(
        room=room,
        platform=room.partition("/")[0],
        send=able.send,
        mode=state.mode or rules.mode,
        showing=state.showing or base.now_showing,
        drafts=len(drafts.standing(state, now, Shop(base, {}))),
    )


def pictured(
    room: str, state: RoomState, shop: Catalogue, rules: Rules, able: Abilities, now: float
) -> Picture:
    """Return the picture of a room; ``shop`` is its catalogue with live changes."""
    holds = {**DEFAULT_AUTONOMY, **rules.autonomy, **state.autonomy}
    return Picture(
        room=room,
        platform=room.partition("/")[0],
        language=rules.language,
        prefix=rules.prefix,
        now=now,
        abilities=Able(
            read=able.read, send=able.send, reply=able.reply, length=able.length, unit=able.unit
        ),
        mode=state.mode or rules.mode,
        paused_until=state.paused_until if state.paused_until > now else None,
        autonomy={intent: holds.get(intent, "ignore") for intent in INTENTS},
        autonomy_set=list(state.autonomy),
        showing=state.showing or shop.now_showing,
        currency=shop.currency,
        products=_goods(shop, state.changes),
        faq=_rows(shop, state.changes),
        drafts=[_waiting(*each) for each in drafts.standing(state, now, Shop(shop, {}))],
        muted=sorted(state.muted),
        log=[_change(deed) for deed in reversed(state.log)],
        version=shop.version,
    )


def _goods(shop: Catalogue, changes: Changes) -> list[Goods]:
    return [
        Goods(
            sku=product.sku,
            link=product.link,
            name=product.name,
            price=product.price,
            list_price=product.list_price,
            stock=product.stock,
            changed=[
                *(("price",) if product.sku in changes.prices else ()),
                *(("stock",) if product.sku in changes.stocks else ()),
            ],
        )
        for product in shop.products
    ]


def _rows(shop: Catalogue, changes: Changes) -> list[Row]:
    return [
        Row(questions=list(row.questions), answer=row.answer, live=row in changes.faq)
        for row in shop.faq
    ]


def _waiting(slot: Slot, draft: Draft) -> Waiting:
    return Waiting(
        id=draft.id,
        reply_id=slot.reply_id,
        asked=draft.asked,
        names=list(slot.names),
        text=draft.text,
        source=draft.source,
        intent=draft.plan.intent,
        product=draft.plan.product,
        facts=[Stated(id=fact.id, text=fact.text) for fact in draft.plan.facts],
        expires=slot.expires,
        answers=list(slot.answers),
    )


def _change(deed: Deed) -> Change:
    return Change(
        id=deed.id,
        at=deed.at,
        author=deed.author,
        role=deed.role,
        line=deed.line,
        notice=deed.notice,
        change=deed.change,
        undone=deed.undone,
    )
