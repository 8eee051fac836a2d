"""Hypothesis strategies for the records of bot.model; each may be narrowed by keyword."""

from string import ascii_lowercase, digits
from typing import Any, get_args

from hypothesis import strategies as st

from bot.model import (
    INTENTS,
    Answer,
    Autonomy,
    Catalogue,
    Changes,
    ChatMessage,
    Deed,
    Delivered,
    Delivery,
    Draft,
    Fact,
    Faq,
    Kind,
    Lang,
    Mode,
    Outcome,
    Product,
    Reading,
    Reply,
    Role,
    RoomState,
    Sentiment,
    Slot,
    Source,
)

ids = st.text(ascii_lowercase + digits, min_size=1, max_size=8)
names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
rooms = st.sampled_from(["twitch/shop", "bilibili/7", "room/直播间", "mqtt/a:b"])
times = st.floats(0, 4e9)
scores = st.floats(0, 1)
prices = st.integers(0, 10**7).map(lambda cents: cents / 100)
texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "这件多少钱",
            "XL码有货吗？",
            "怎么下单啊主播",
            "how much is number 3",
            "😀👍🏽",
            "!bot off",
            "",
        ]
    ),
)
langs = st.sampled_from(get_args(Lang))
intents = st.sampled_from(INTENTS)


def few(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=3).map(tuple)


def maybe(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | each


def mapping(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(names, values, max_size=3)


def chat_messages(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[ChatMessage]:
    parts = {
        "id": ids,
        "platform": st.sampled_from(["twitch", "bilibili", "room", "mqtt"]),
        "room": rooms,
        "author": names,
        "author_id": ids,
        "role": st.sampled_from(get_args(Role)),
        "text": texts,
        "sent_at": times,
        "reply_to": maybe(ids),
    }
    return st.builds(ChatMessage, **(parts | given))


def readings() -> st.SearchStrategy[Reading]:
    return st.builds(
        Reading,
        intent=intents,
        score=scores,
        scores=st.dictionaries(intents, scores, max_size=3),
        sentiment=st.sampled_from(get_args(Sentiment)),
        lang=langs,
        vector=few(st.floats(-1, 1)),
    )


def facts() -> st.SearchStrategy[Fact]:
    return st.builds(Fact, id=ids, text=texts)


def faqs() -> st.SearchStrategy[Faq]:
    return st.builds(Faq, questions=few(texts), answer=texts)


def products() -> st.SearchStrategy[Product]:
    return st.builds(
        Product,
        sku=ids,
        name=names,
        price=prices,
        link=maybe(st.integers(1, 99)),
        aliases=few(names),
        list_price=maybe(prices),
        stock=maybe(st.integers(0, 10**6)),
        discount=maybe(texts),
        sizes=few(names),
        size_guide=maybe(texts),
        colors=few(names),
        material=maybe(texts),
        specs=mapping(texts),
        shipping=maybe(texts),
        returns=maybe(texts),
        notes=maybe(texts),
    )


def catalogues() -> st.SearchStrategy[Catalogue]:
    return st.builds(
        Catalogue,
        name=names,
        currency=st.sampled_from(["CNY", "USD"]),
        language=langs,
        products=st.lists(products(), max_size=3, unique_by=lambda each: each.sku).map(tuple),
        faq=few(faqs()),
        shipping=maybe(texts),
        returns=maybe(texts),
        payment=maybe(texts),
        version=ids,
    )


def replies(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[Reply]:
    parts = {
        "id": ids.map("re:{}".format),
        "room": rooms,
        "text": texts,
        "source": st.sampled_from(get_args(Source)),
        "facts": few(facts()),
        "answers": few(ids),
        "names": few(names),
        "product": maybe(ids),
        "shop_version": ids,
        "due": times,
        "expires": times,
        "at": maybe(times),
        "delivery": st.sampled_from(get_args(Delivery)),
    }
    return st.builds(Reply, **(parts | given))


def outcomes(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[Outcome]:
    parts = {
        "message": chat_messages(),
        "outcome": st.sampled_from(get_args(Kind)),
        "reason": maybe(ids),
        "intent": maybe(intents),
        "score": maybe(scores),
        "sentiment": maybe(st.sampled_from(get_args(Sentiment))),
        "lang": maybe(langs),
        "product": maybe(ids),
        "reply": maybe(replies()),
        "notice": maybe(texts),
        "draft": maybe(ids),
        "seconds": mapping(times),
    }
    return st.builds(Outcome, **(parts | given))


def deliveries(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[Delivered]:
    parts = {
        "reply_id": ids.map("re:{}".format),
        "delivery": st.sampled_from(get_args(Delivery)[1:]),
        "at": times,
        "text": texts,
        "answers": few(ids),
        "reason": maybe(ids),
    }
    return st.builds(Delivered, **(parts | given))


def answers() -> st.SearchStrategy[Answer]:
    return st.builds(
        Answer,
        intent=intents,
        lang=langs,
        facts=few(facts()),
        key=ids,
        product=maybe(ids),
        name=maybe(names),
        faq=maybe(texts),
        free=st.booleans(),
        draft=st.booleans(),
    )


def drafts() -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        id=ids,
        room=rooms,
        plan=answers(),
        asked=texts,
        text=texts,
        source=st.sampled_from(get_args(Source)),
        shop_version=ids,
        approved=st.just("") | ids,
    )


def deeds() -> st.SearchStrategy[Deed]:
    return st.builds(
        Deed,
        id=ids,
        at=times,
        author=names,
        author_id=ids,
        role=st.sampled_from(get_args(Role)),
        line=texts,
        notice=texts,
        change=st.booleans(),
        undone=st.booleans(),
    )


def slots() -> st.SearchStrategy[Slot]:
    return st.builds(
        Slot,
        reply_id=ids,
        key=ids,
        due=times,
        expires=times,
        answers=few(ids),
        names=few(names),
        draft=maybe(drafts()),
    )


def changes() -> st.SearchStrategy[Changes]:
    return st.builds(
        Changes,
        prices=st.dictionaries(ids, prices, max_size=3),
        stocks=st.dictionaries(ids, st.integers(0, 10**6), max_size=3),
        faq=few(faqs()),
    )


def room_states(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[RoomState]:
    parts = {
        "mode": maybe(st.sampled_from(get_args(Mode))),
        "paused_until": times,
        "showing": maybe(ids),
        "changes": changes(),
        "muted": st.frozensets(names, max_size=4),
        "slots": few(slots()),
        "answered": mapping(times),
        "served": mapping(times),
        "commands": mapping(texts),
        "autonomy": st.dictionaries(intents, st.sampled_from(get_args(Autonomy)), max_size=3),
        "drafts": st.integers(0, 10**6),
        "log": few(deeds()),
        "before": st.deferred(lambda: maybe(room_states(before=st.none()))),
    }
    return st.builds(RoomState, **(parts | given))
