"""Lays out a plan as the prompt of a language model, and puts the facts into what it wrote.

The model never types a fact: it writes a sentence with marks (★ the product's name, ① the first
fact, and so on), and ``fill`` puts the catalogue's text where the marks stand. So a price cannot
be misspelt, and a sentence half as long is written in half the time.
"""

import re
import unicodedata
from typing import Final

from bot.model import Answer, Fact, Lang

NAME: Final = "★"
MARKS: Final = "①②③④⑤⑥⑦⑧⑨"

QUESTION_LENGTH: Final = 80
"""A viewer's question is cut to this many characters."""

_HEAD: Final[dict[Lang, str]] = {
    "zh": "把资料写成一句亲切的直播间回复，①②处放资料，每条一次，不加别的。",
    "en": "Word the data as one friendly live-chat reply: put ① ② where data goes, each once, "
    "and add nothing else.",
}
_VOICED: Final[dict[Lang, str]] = {"zh": "文风：{}", "en": "Voice: {}"}
_VOICES: Final[dict[Lang, dict[str, str]]] = {
    "zh": {"plain": "平实", "warm": "亲切", "lively": "活泼", "expert": "内行"},
    "en": {"plain": "plain", "warm": "warm", "lively": "lively", "expert": "expert"},
}
_VIEWER: Final[dict[Lang, str]] = {"zh": "观众：“{}”", "en": 'Viewer: "{}"'}
_COLON: Final[dict[Lang, str]] = {"zh": "：", "en": ": "}
_REPLY: Final[dict[Lang, str]] = {"zh": "回复：", "en": "Reply:"}
_PRODUCT: Final[dict[Lang, str]] = {"zh": "商品", "en": "product"}
_OTHER: Final[dict[Lang, str]] = {"zh": "资料", "en": "info"}
_LABELS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "price": "价格", "list_price": "原价", "discount": "优惠", "stock": "库存",
        "status": "状态", "colors": "颜色", "sizes": "尺码", "size_guide": "尺码参考",
        "material": "材质", "specs": "规格", "shipping": "发货", "returns": "售后",
        "notes": "说明", "link": "链接", "payment": "付款",
    },
    "en": {
        "price": "price", "list_price": "list price", "discount": "offer", "stock": "stock",
        "status": "status", "colors": "colors", "sizes": "sizes", "size_guide": "size guide",
        "material": "material", "specs": "spec", "shipping": "shipping", "returns": "returns",
        "notes": "note", "link": "link", "payment": "payment",
    },
}  # fmt: skip

_LINE: Final = re.compile(rf"^([{NAME}{MARKS}]) ?([^：:\n]*)(?:：|: )(.*)$", re.MULTILINE)
_KINDS: Final = {label: kind for row in _LABELS.values() for kind, label in row.items()}
_MARK: Final = re.compile(rf"([{NAME}{MARKS}])(\s?[，。！～,.!;；])?")
_NUMBER: Final = re.compile(r"#(?:[.,]?#)*")
_STOPS: Final = tuple("。！？.!?；;…")
_NEUTRAL: Final = str.maketrans(
    dict.fromkeys('"“”„«»「」『』《》', "'") | {"<": "(", ">": ")", NAME: "*"}
)


def prompt(plan: Answer, question: str, voice: str | None = None) -> str:
    """Return the prompt for ``plan``: a fixed head for each language, the question, the facts.

    With a ``voice`` a chat model writes a sentence of a seller's text, and no reply.

    ``question`` is a stranger's text: it is reduced to one short quoted line without digits, so
    that it can neither open a line of its own nor lend a number to the reply.
    """
    lang = plan.lang
    colon, gap = _COLON[lang], " " if lang == "en" else ""
    lines = [_HEAD[lang], _VIEWER[lang].format(_quote(question))]
    if voice:
        lines = [_VOICED[lang].format(_VOICES[lang].get(voice, voice))]
    if plan.name:
        lines.append(f"{NAME}{gap}{_PRODUCT[lang]}{colon}{_flat(plan.name)}")
    for mark, fact in zip(MARKS, plan.facts, strict=False):
        attribute = _attribute(fact, plan.product)
        label = _LABELS[lang].get(_kind(fact, attribute), _OTHER[lang])
        lines.append(f"{mark}{gap}{label}{colon}{_text(fact, attribute)}")
    return "\n".join([*lines, _REPLY[lang]])


def voiced(prompt: str, lang: Lang) -> bool:
    """Tell whether a prompt asks for a sentence of a seller's text, not for a reply."""
    return prompt.startswith(_VOICED[lang].format(""))


def slots(prompt: str) -> dict[str, str]:
    """Return the mark of each fact of ``prompt`` with the text that it stands for."""
    return {mark: text for mark, _, text in _LINE.findall(prompt)}


def kinds(prompt: str) -> dict[str, str]:
    """Return the mark of each fact of ``prompt`` with its kind, where the kind has a name."""
    return {mark: _KINDS[label] for mark, label, _ in _LINE.findall(prompt) if label in _KINDS}


def fill(wording: str, prompt: str) -> str:
    """Return ``wording`` with every mark replaced by its text from ``prompt``.

    A text that ends a sentence swallows the stop or comma after its mark. A wording without
    marks (of a model that typed the facts itself) comes back as it is.
    """
    texts = slots(prompt)

    def put(match: re.Match[str]) -> str:
        text, stop = texts.get(match[1], match[1]), match[2] or ""
        return text if text.endswith(_STOPS) else text + stop

    return _MARK.sub(put, wording).strip()


def _attribute(fact: Fact, product: str | None) -> str:
    """Return the part of the fact's id that follows its owner: ``price``, ``specs.weight``."""
    if product is not None and fact.id.startswith(f"{product}."):
        return fact.id[len(product) + 1 :]
    return fact.id.partition(".")[2]


def _kind(fact: Fact, attribute: str) -> str:
    """Return what sort of fact it is; a stock that is no count ("sold out") is a status."""
    kind = attribute.partition(".")[0]
    counted = kind != "stock" or any(character.isdigit() for character in fact.said or fact.text)
    return kind if counted else "status"


def _text(fact: Fact, attribute: str) -> str:
    """Return what a mark stands for: the fact, and for a spec what it is a spec of."""
    text, key = _flat(fact.said or fact.text), _flat(attribute.partition(".")[2])
    if not attribute.startswith("specs.") or key.casefold() in text.casefold():
        return text
    if key[1:2].islower():
        key = key[0].lower() + key[1:]
    gap = " " if key[-1:].isascii() else ""
    return f"{key}{gap}{text}"


def _flat(text: str) -> str:
    """Return ``text`` on one line."""
    return " ".join(text.split())


def _quote(question: str) -> str:
    """Return a stranger's text as harmless data."""
    safe = "".join(_harmless(c) for c in unicodedata.normalize("NFKC", question))
    return _NUMBER.sub("#", _flat(safe.translate(_NEUTRAL)))[:QUESTION_LENGTH].strip()


def _harmless(character: str) -> str:
    """Return a blank for what is invisible, # for a digit, anything else as it is."""
    if character.isdigit():
        return "#"
    return " " if unicodedata.category(character)[0] in "CZ" else character
