"""Descriptions as Markdown for people and as JSON lines for machines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.model import Lang
from bot.studio.describe import Description
from bot.studio.writing import Left, Sentence

_HEADS: Final[dict[Lang, Mapping[str, str]]] = {
    "zh": {
        "points": "卖点", "text": "正文", "facts": "资料", "left": "没有写进去的",
        "what": "项目", "said": "内容",
    },
    "en": {
        "points": "Selling points", "text": "Text", "facts": "Facts", "left": "Left out",
        "what": "Attribute", "said": "As listed",
    },
}  # fmt: skip


def markdown(one: Description, *, cite: bool = False) -> str:
    """Return a description as a section; ``cite`` puts behind each sentence what it rests on."""
    head = _HEADS[one.lang]
    lines = [f"## {one.title.text or one.product.sku}", ""]
    if cite and one.title.facts:
        lines += [_cited([fact.id for fact in one.title.facts]).strip(), ""]
    lines += [f"**{head['points']}**", ""]
    lines += [f"- {_shown(each, cite=cite)}" for each in one.points]
    lines += ["", f"**{head['text']}**", ""]
    gap = "" if one.lang == "zh" and not cite else " "
    for part in one.paragraphs:
        lines += [gap.join(_shown(each, cite=cite) for each in part), ""]
    lines += [f"**{head['facts']}**", "", f"| {head['what']} | {head['said']} |", "| --- | --- |"]
    lines += [f"| {_cell(row.label)} | {_cell(row.text)} |" for row in one.table]
    if one.left:
        lines += ["", f"**{head['left']}**", ""]
        lines += [f"- {text}" for text in reported(one.left)]
    return "\n".join(lines) + "\n"


def reported(left: Sequence[Left]) -> list[str]:
    """Return why each point is not said, each reason once."""
    said = (f"{each.point.kind}: {each.reason} ({each.detail})" for each in left)
    return list(dict.fromkeys(said))


def _shown(sentence: Sentence, *, cite: bool) -> str:
    return sentence.text + (_cited([fact.id for fact in sentence.facts]) if cite else "")


def _cited(ids: Sequence[str]) -> str:
    return f" `[{', '.join(dict.fromkeys(ids))}]`" if ids else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def row(one: Description) -> dict[str, Any]:
    """Return a description as a JSON object."""
    return {
        "sku": one.product.sku,
        "name": one.product.name,
        "lang": one.lang,
        "title": one.title.text,
        "points": [each.text for each in one.points],
        "text": one.body,
        "sentences": [_sentence(each) for each in one.sentences],
        "facts": [{"id": each.id, "label": each.label, "text": each.text} for each in one.table],
        "left": [
            {"what": each.point.kind, "reason": each.reason, "detail": each.detail}
            for each in one.left
        ],
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "source": sentence.source,
        "facts": [fact.id for fact in sentence.facts],
        "refused": [
            {"source": each.source, "text": each.text, "reason": each.reason, "detail": each.detail}
            for each in sentence.refused
        ],
    }
