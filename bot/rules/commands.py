"""Moderator commands: a chat line becomes a Command, a Command changes a room and says so."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

from bot.model import STAFF, Changes, ChatMessage, Faq, Lang, Mode, RoomState, Rules
from bot.rules.facts import digits
from bot.shop.lookup import Shop

KEPT = 50
"""How many commands a room remembers, so that one that is delivered twice is applied once."""

PADDING = "\t\n\r \u00a0\u3000\u200b\u2060\u034f\ufeff\U000e0000"

CHINESE = {
    "开": "on", "关": "off", "模式": "mode", "暂停": "pause", "状态": "status", "讲解": "now",
    "价格": "price", "库存": "stock", "问答": "faq", "静音": "mute", "取消静音": "unmute",
    "撤销": "undo", "帮助": "help",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """What a moderator asked for: the command's name and the rest of the line."""

    name: str
    rest: str
    id: str
    """The message that asked for it."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody without the role tried a command."""


def parse(message: ChatMessage, rules: Rules) -> Command | Denied | None:
    """Return the command that a message is, or None if it is none."""
    head, rest = _first(message.text)
    if _plain(head) != _plain(rules.prefix):
        return None
    if message.role not in STAFF:
        return Denied()
    name, rest = _first(rest)
    name = CHINESE.get(name, name.lower()) or "help"
    if name in get_args(Mode) and name != "off":
        name, rest = "mode", name
    return Command(name, rest, message.id)


def _plain(word: str) -> str:
    """Return a word without case and full width: ``！BOT`` is ``!bot``."""
    return unicodedata.normalize("NFKC", word).lower()


def _first(text: str) -> tuple[str, str]:
    """Part the first word of a text from the rest, at blanks of any kind.

    Some clients end a line that is sent twice with an invisible character.
    """
    head, *rest = text.strip(PADDING).split(maxsplit=1) or [""]
    return head, "".join(rest)


def apply(
    state: RoomState, *, command: Command, shop: Shop, now: float, rules: Rules
) -> tuple[RoomState, str]:
    """Return the changed room and the notice; what cannot be done changes nothing and says why."""
    if command.id in state.commands:
        return state, state.commands[command.id]
    act = ACTS.get(command.name)
    changed, notice = (
        act(state, Asked(command.rest, shop, now, rules))
        if act
        else _unknown(state, rules.language, command.name)
    )
    if changed is not state and command.name != "undo":
        changed = replace(changed, before=replace(state, before=None, slots=(), commands={}))
    kept = dict(list(state.commands.items())[1 - KEPT :])
    return replace(changed, commands={**kept, command.id: notice}), notice


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act works with."""

    rest: str
    shop: Shop
    now: float
    rules: Rules

    def say(self, zh: str, en: str) -> str:
        """Return the notice in the operator's language."""
        return zh if self.rules.language == "zh" else en


Result = tuple[RoomState, str]


def _unknown(state: RoomState, lang: Lang, name: str) -> Result:
    known = " · ".join(ACTS)
    return state, (
        f"没有命令 {name}；可用：{known}" if lang == "zh" else f"no command {name}; {known}"
    )


def _on(state: RoomState, asked: Asked) -> Result:
    return replace(state, mode="auto", paused_until=0.0), asked.say("已开启", "on")


def _off(state: RoomState, asked: Asked) -> Result:
    return replace(state, mode="off", slots=(), answered={}), asked.say("已关闭", "off")


def _mode(state: RoomState, asked: Asked) -> Result:
    mode = asked.rest.lower()
    if mode not in get_args(Mode):
        modes = "|".join(get_args(Mode))
        return state, asked.say(f"模式应为 {modes}", f"expected mode {modes}")
    if mode == "off":
        return _off(state, asked)
    return replace(state, mode=cast(Mode, mode), slots=()), asked.say(
        f"模式：{mode}", f"mode: {mode}"
    )


_SPAN = re.compile(r"(?P<n>\d{1,4})\s*(?P<u>s|m|h|秒|分钟?|小时)?", re.IGNORECASE)
_SECONDS = {"s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "小": 3600}


def _pause(state: RoomState, asked: Asked) -> Result:
    match = _SPAN.fullmatch(asked.rest or "5m")
    if not match:
        return state, asked.say("应为时长，例如 pause 5m", "expected a time, such as pause 5m")
    seconds = int(match["n"]) * _SECONDS[(match["u"] or "m")[0].lower()]
    state = replace(state, paused_until=asked.now + seconds, slots=(), answered={})
    return state, asked.say(f"暂停 {seconds} 秒", f"paused for {seconds} s")


def _status(state: RoomState, asked: Asked) -> Result:
    mode = "pause" if asked.now < state.paused_until else state.mode or asked.rules.mode
    sku = state.showing or asked.shop.catalogue.now_showing
    product = asked.shop.by_sku.get(sku or "")
    shown = f"{product.sku} {product.name}" if product else "-"
    changes = len(state.changes.prices) + len(state.changes.stocks) + len(state.changes.faq)
    zh = f"模式 {mode}；讲解 {shown}；临时改动 {changes}；静音 {len(state.muted)}"
    return state, asked.say(
        zh, f"mode {mode}; showing {shown}; live changes {changes}; muted {len(state.muted)}"
    )


def _now(state: RoomState, asked: Asked) -> Result:
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


def _price(state: RoomState, asked: Asked) -> Result:
    reference, amount = _first(asked.rest)
    if not (product := asked.shop.find(reference)):
        return state, _no_product(asked, reference)
    if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", amount.strip()):
        return state, asked.say("应为金额，例如 price 1 99", "expected an amount: price 1 99")
    prices = {**state.changes.prices, product.sku: float(amount)}
    notice = f"{product.name}: {digits(product.price)} → {digits(float(amount))}"
    return _changed(state, replace(state.changes, prices=prices)), notice


def _stock(state: RoomState, asked: Asked) -> Result:
    reference, count = _first(asked.rest)
    if not (product := asked.shop.find(reference)):
        return state, _no_product(asked, reference)
    if not re.fullmatch(r"\d{1,7}", count.strip()):
        return state, asked.say("应为件数，例如 stock 1 20", "expected a number: stock 1 20")
    stocks = {**state.changes.stocks, product.sku: int(count)}
    before = "?" if product.stock is None else product.stock
    return _changed(state, replace(state.changes, stocks=stocks)), (
        f"{product.name}: {before} → {int(count)}"
    )


_EQUALS = re.compile("[=＝]")


def _faq(state: RoomState, asked: Asked) -> Result:
    verb, rest = _first(asked.rest)
    question, equals, answer = _EQUALS.sub("=", rest, count=1).partition("=")
    question, answer = question.strip(), answer.strip()
    if verb.lower() != "add" or not (question and equals and answer):
        return state, asked.say("应为 faq add 问题 = 回答", "expected faq add QUESTION = ANSWER")
    rows = (Faq((question,), answer), *state.changes.faq)
    notice = asked.say(f"已添加问答：{question}", f"faq added: {question}")
    return _changed(state, replace(state.changes, faq=rows)), notice


def _changed(state: RoomState, changes: Changes) -> RoomState:
    return replace(state, changes=changes)


def _mute(state: RoomState, asked: Asked) -> Result:
    if not (name := asked.rest.lstrip("@").strip().lower()):
        return state, asked.say("应为 mute @用户", "expected mute @user")
    return replace(state, muted=state.muted | {name}), asked.say(f"已静音 {name}", f"muted {name}")


def _unmute(state: RoomState, asked: Asked) -> Result:
    name = asked.rest.lstrip("@").strip().lower()
    if name not in state.muted:
        return state, asked.say(f"{name} 没有被静音", f"{name} is not muted")
    return replace(state, muted=state.muted - {name}), asked.say(
        f"已恢复 {name}", f"unmuted {name}"
    )


def _undo(state: RoomState, asked: Asked) -> Result:
    if state.before is None:
        return state, asked.say("没有可撤销的命令", "nothing to undo")
    earlier = replace(state.before, slots=(), answered={}, served=state.served)
    earlier = replace(earlier, told=state.told, commands=state.commands)
    return earlier, asked.say("已撤销上一条命令", "the last command is undone")


def _help(state: RoomState, asked: Asked) -> Result:
    return state, asked.say("命令：", "commands: ") + " · ".join(ACTS)


ACTS: Mapping[str, Callable[[RoomState, Asked], Result]] = {
    "on": _on, "off": _off, "mode": _mode, "pause": _pause, "status": _status, "now": _now,
    "price": _price, "stock": _stock, "faq": _faq, "mute": _mute, "unmute": _unmute,
    "undo": _undo, "help": _help,
}  # fmt: skip
