"""A plan in words, by template: always true, never surprising, in Chinese and English."""

import hashlib
from collections.abc import Sequence

import regex

from bot.model import Abilities, Answer, Fact, Lang

TEMPLATES: dict[Lang, dict[str, tuple[str, ...]]] = {
    "zh": {
        "price": ("{name}现在{said}", "{name}的价格是{said}", "{name}是{said}"),
        "list_price": ("原价{said}", "吊牌价{said}"),
        "discount": ("优惠：{said}", "现在的优惠是{said}", "活动：{said}"),
        "stock": ("{name}还有{said}件", "{name}库存还有{said}件", "{name}现在还有{said}件"),
        "few": ("{name}只剩{said}件了", "{name}还剩最后{said}件", "{name}库存只剩{said}件"),
        "sold_out": ("{name}{said}", "{name}目前{said}", "不好意思，{name}{said}"),
        "colors": ("{name}有{said}", "{name}的颜色有{said}", "颜色有{said}"),
        "sizes": ("{name}的尺码有{said}", "尺码有{said}"),
        "size_guide": ("{name}尺码参考：{said}", "尺码建议：{said}", "按尺码表：{said}"),
        "material": ("{name}的材质：{said}", "材质：{said}", "用料：{said}"),
        "shipping": ("发货：{said}", "物流：{said}", "关于发货：{said}"),
        "returns": ("退换：{said}", "售后：{said}", "关于退换：{said}"),
        "payment": ("支付方式：{said}", "可以用：{said}", "付款：{said}"),
        "notes": ("{said}", "说明：{said}"),
        "faq": ("{said}",),
        "link": ("{name}是{said}号链接", "{name}在{said}号链接", "点{said}号链接就是{name}"),
        "specs": ("{name}的{key}：{said}", "{key}：{said}", "{key}是{said}"),
    },
    "en": {
        "price": ("{said} for the {name}", "the {name}: {said}", "it is {said} for the {name}"),
        "list_price": ("list price {said}", "list price: {said}"),
        "discount": ("offer: {said}", "the offer now: {said}", "discount: {said}"),
        "stock": ("{said} left of the {name}", "we have {said} of the {name}", "{said} in stock"),
        "few": ("only {said} left of the {name}", "we have just {said} left of the {name}",
                "only {said} in stock"),
        "sold_out": (
            "we are {said} of the {name}", "sorry, we are {said} of the {name}",
            "the {name}: {said}"
        ),
        "colors": ("colors of the {name}: {said}", "colors: {said}", "you can pick: {said}"),
        "sizes": ("sizes of the {name}: {said}", "sizes: {said}", "the {name}, sizes: {said}"),
        "size_guide": ("size guide: {said}", "by the size guide: {said}", "sizing: {said}"),
        "material": ("material: {said}", "material of the {name}: {said}", "made of: {said}"),
        "shipping": ("shipping: {said}", "about shipping: {said}", "on shipping: {said}"),
        "returns": ("returns: {said}", "about returns: {said}", "on returns: {said}"),
        "payment": ("you can pay by: {said}", "payment: {said}", "ways to pay: {said}"),
        "notes": ("{said}", "note: {said}"),
        "faq": ("{said}",),
        "link": (
            "link {said} is the {name}", "you find the {name} at link {said}",
            "tap link {said} for the {name}",
        ),
        "specs": ("{key}: {said}", "the {name}, {key}: {said}", "the {name}: {key} {said}"),
    },
}  # fmt: skip
LATER: dict[Lang, dict[str, str]] = {
    "zh": {
        "price": "现在{said}", "stock": "还有{said}件", "few": "只剩{said}件", "sold_out": "{said}",
        "link": "点{said}号链接",
    },
    "en": {"price": "it is {said}", "sold_out": "it is {said}", "link": "tap link {said}"},
}  # fmt: skip
"""For where the product has been named and every template would name it again."""
FEW = 5
"""Pieces in stock from which a viewer should hurry."""
JOINTS: dict[Lang, str] = {"zh": "，", "en": "; "}
STOPPED: dict[Lang, str] = {"zh": "", "en": " "}
"""Stands for the joint where a catalogue's text has brought its own full stop."""
ENDS: dict[Lang, tuple[str, ...]] = {"zh": ("哦", "～", "。", "哈"), "en": (".",)}
_CLOSED = tuple("。！？～.!?~")


def template(plan: Answer, seed: str) -> str:
    """Return the plan in words. The same seed gives the same words; another one may give others."""
    if plan.faq is not None:
        return plan.faq
    turn = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[:4], "big")
    named = False
    clauses: list[str] = []
    for fact in plan.facts:
        kind, key = _kind(fact, plan.product)
        variants = TEMPLATES[plan.lang][kind]
        if named:
            variants = tuple(v for v in variants if "{name}" not in v)
            variants = variants or (LATER[plan.lang][kind],)
        chosen = variants[turn % len(variants)]
        if plan.lang == "en" and not clauses:
            chosen = chosen[:1].upper() + chosen[1:]  # a catalogue's text stays as it is written
        named = named or "{name}" in chosen
        clauses.append(chosen.format(name=plan.name or "", said=fact.said, key=key))
    text = _joined(clauses, plan.lang)
    return text if text.endswith(_CLOSED) else text + ENDS[plan.lang][turn % len(ENDS[plan.lang])]


def _joined(clauses: Sequence[str], lang: Lang) -> str:
    text = ""
    for clause in clauses:
        if text:
            text += STOPPED[lang] if text.endswith(_CLOSED) else JOINTS[lang]
        text += clause
    return text


def _kind(fact: Fact, sku: str | None) -> tuple[str, str]:
    if fact.id.startswith("faq."):
        return "faq", ""
    own = f"{sku}."  # a sku may hold a dot
    topic = fact.id.removeprefix(own) if fact.id.startswith(own) else fact.id.partition(".")[2]
    if topic == "stock" and fact.text == "0":
        return "sold_out", ""
    if topic == "stock" and fact.text.isdigit() and int(fact.text) <= FEW:
        return "few", ""
    if topic.startswith("specs."):
        return "specs", topic.removeprefix("specs.")
    return topic, ""


def mention(names: Sequence[str], abilities: Abilities, most: int) -> str:
    """Return the opening that addresses the askers in the platform's form: ``@Bob @Ann ``."""
    return "".join(abilities.mention.format(name=name) for name in names[:most] if name)


def length(text: str, unit: str) -> int:
    """Return how long a text is in a platform's unit."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def fits(text: str, abilities: Abilities) -> bool:
    """Tell whether the platform takes a text of this length."""
    return not abilities.length or length(text, abilities.unit) <= abilities.length


def address(text: str, names: Sequence[str], abilities: Abilities, most: int) -> str:
    """Return the line to post: as many mentions before ``text`` as the platform's length allows.

    A text that does not fit by itself is cut between graphemes, with an ellipsis.
    """
    for count in range(min(most, len(names)), -1, -1):
        line = mention(names, abilities, count) + text
        if fits(line, abilities):
            return line
    parts = regex.findall(r"\X", text)
    while parts and not fits("".join(parts) + "…", abilities):
        parts.pop()
    return "".join(parts) + "…"
