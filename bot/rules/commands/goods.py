"""Commands about what is sold: what is on screen, prices, stocks, answers to questions."""

import re
from dataclasses import replace

from bot.model import Changes, Faq, RoomState
from bot.rules.commands.asked import Asked, Result
from bot.rules.commands.spoken import first
from bot.rules.facts import digits


def now(state: RoomState, asked: Asked) -> Result:
    """Put a product on screen."""
    if not (product := asked.shop.find(asked.rest)):
        return state, _no_product(asked, asked.rest)
    notice = asked.say(f"正在讲解 {product.name}", f"now showing {product.name}")
    return replace(state, showing=product.sku), notice


def _no_product(asked: Asked, reference: str) -> str:
    known = ", ".join(
        f"{p.link}={p.sku}" if p.link is not None else p.sku
        for p in asked.shop.catalogue.products[:20]
    )
    return asked.say(
        f"没有商品“{reference}”；有：{known}", f'no product "{reference}"; have: {known}'
    )


def price(state: RoomState, asked: Asked) -> Result:
    """Change a price; no reply that states the old one is posted from now on."""
    reference, amount = first(asked.rest)
    if not (product := asked.shop.find(reference)):
        return state, _no_product(asked, reference)
    if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", amount.strip()):
        return state, asked.say("应为金额，例如 price 1 99", "expected an amount: price 1 99")
    prices = {**state.changes.prices, product.sku: float(amount)}
    notice = f"{product.name}: {digits(product.price)} → {digits(float(amount))}"
    return _changed(state, replace(state.changes, prices=prices)), notice


def stock(state: RoomState, asked: Asked) -> Result:
    """Change how many are left."""
    reference, count = first(asked.rest)
    if not (product := asked.shop.find(reference)):
        return state, _no_product(asked, reference)
    if not re.fullmatch(r"\d{1,7}", count.strip()):
        return state, asked.say("应为件数，例如 stock 1 20", "expected a number: stock 1 20")
    stocks = {**state.changes.stocks, product.sku: int(count)}
    before = "?" if product.stock is None else product.stock
    return _changed(state, replace(state.changes, stocks=stocks)), (
        f"{product.name}: {before} → {int(count)}"
    )


EQUALS = re.compile("[=＝]")


def faq(state: RoomState, asked: Asked) -> Result:
    """Add a question with its answer."""
    verb, rest = first(asked.rest)
    question, equals, answer = EQUALS.sub("=", rest, count=1).partition("=")
    question, answer = question.strip(), answer.strip()
    if verb.lower() != "add" or not (question and equals and answer):
        return state, asked.say("应为 faq add 问题 = 回答", "expected faq add QUESTION = ANSWER")
    rows = (Faq((question,), answer), *state.changes.faq)
    notice = asked.say(f"已添加问答：{question}", f"faq added: {question}")
    return _changed(state, replace(state.changes, faq=rows)), notice


def _changed(state: RoomState, changes: Changes) -> RoomState:
    return replace(state, changes=changes)
