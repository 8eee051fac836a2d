"""A script as Markdown that a host reads from, and as JSON for a prompter."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.model import Lang
from bot.studio.rundown import Cue, Item, Script, Segment, Wanted, clock
from bot.studio.sheets import reported

_WORDS: Final[dict[Lang, Mapping[str, str]]] = {
    "zh": {
        "title": "{shop} 直播脚本",
        "head": "{minutes} 分钟 · {count} 件商品 · 语速每分钟 {rate} 字",
        "shares": "其中照读 {said}，镜头动作 {shown}，与观众互动 {free}。",
        "rundown": "流程表", "start": "开始", "part": "环节", "link": "链接", "talk": "讲什么",
        "minutes": "时长", "opening": "开场", "interlude": "小结与互动", "closing": "收尾",
        "turn": "（第{turn}轮）", "absent": "时间不够，没有排进去的商品", "name": "商品",
        "prepare": "请主播提前准备答案（资料里没有）", "count": "问过 {count} 次",
        "left": "没有念的资料", "cue": "【{text} · {seconds}秒】",
    },
    "en": {
        "title": "{shop}: live script",
        "head": "{minutes} min · products: {count} · {rate} words a minute",
        "shares": "Read aloud {said}, on camera {shown}, with the viewers {free}.",
        "rundown": "Run-down", "start": "Start", "part": "Part", "link": "Link",
        "talk": "Talking points", "minutes": "Length", "opening": "Opening",
        "interlude": "Recap and chat", "closing": "Closing",
        "turn": " (round {turn})", "absent": "No time for these products", "name": "Product",
        "prepare": "Prepare an answer (the catalogue has none)", "count": "asked {count} times",
        "left": "Not said", "cue": "[{text} · {seconds} s]",
    },
}  # fmt: skip
_REASONS: Final[dict[Lang, Mapping[str, str]]] = {
    "zh": {
        "banned_word": "广告法用词", "foreign": "另一种语言写的", "ungrounded": "说法没有依据",
        "no_name": "名称里有不能说的词，没有排进去",
    },
    "en": {
        "banned_word": "forbidden word", "foreign": "in another language",
        "ungrounded": "no ground", "no_name": "its name may not be said, so it was left out",
    },
}  # fmt: skip


def markdown(script: Script, *, cite: bool = False) -> str:
    """Return a script as a document; ``cite`` puts behind each sentence what it rests on."""
    word = _WORDS[script.lang]
    skus = {part.product.sku for part in script.segments if part.product}
    head = {
        "shop": script.shop, "minutes": f"{script.minutes:g}", "count": len(skus),
        "rate": f"{script.rate:g}",
    }  # fmt: skip
    said, shown, free = (clock(seconds) for seconds in script.shares())
    lines = [
        f"# {word['title'].format(**head)}", "", word["head"].format(**head), "",
        word["shares"].format(said=said, shown=shown, free=free), "",
        f"## {word['rundown']}", "",
    ]  # fmt: skip
    columns = (word[key] for key in ("start", "part", "link", "talk", "minutes"))
    lines += [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in _rows(script)]
    for part in script.segments:
        lines += ([""] if lines[-1] else []) + [
            f"## {clock(part.start)} {title(part, script.lang)}",
            "",
        ]
        lines += _read(part, script.lang, cite=cite)
    return "\n".join([*lines, *_notes(script)]) + "\n"


def title(part: Segment, lang: Lang) -> str:
    """Return what a part is called: the product with its link, or the part's own name."""
    word = _WORDS[lang]
    if part.product is None:
        return word[part.part]
    turn = word["turn"].format(turn=part.turn) if part.turn > 1 else ""
    link = f"#{part.product.link} " if part.product.link is not None else ""
    return f"{link}{part.name}{turn}"


def _rows(script: Script) -> Iterator[list[str]]:
    gap = "、" if script.lang == "zh" else ", "
    for part in script.segments:
        link = part.product.link if part.product else None
        name = part.name or _WORDS[script.lang][part.part]
        turn = _WORDS[script.lang]["turn"].format(turn=part.turn) if part.turn > 1 else ""
        yield [
            clock(part.start), _cell(name + (turn if part.product else "")),
            "" if link is None else str(link),
            _cell(gap.join(part.labels)), clock(part.seconds),
        ]  # fmt: skip


def _read(part: Segment, lang: Lang, *, cite: bool) -> Iterator[str]:
    """Yield paragraphs: sentences that follow each other, and directions on lines of their own."""
    said: list[str] = []
    gap = "" if lang == "zh" and not cite else " "
    for item in part.items:
        if isinstance(item, Cue):
            if said:
                yield from (gap.join(said), "")
            said = []
            cue = _WORDS[lang]["cue"].format(text=item.text, seconds=round(item.seconds))
            yield from (f"*{cue}*", "")
        else:
            said.append(item.text + (_cited(item) if cite else ""))
    if said:
        yield from (gap.join(said), "")


def _cited(item: Item) -> str:
    facts = () if isinstance(item, Cue) else item.sentence.facts
    ids = dict.fromkeys(fact.id for fact in facts)
    return f" `[{', '.join(ids)}]`" if ids else ""


def _notes(script: Script) -> Iterator[str]:
    """Yield what the host should know before going live."""
    word = _WORDS[script.lang]
    if script.absent:
        yield from (f"## {word['absent']}", "")
        yield from (f"- {one.sku} {one.name}" for one in script.absent)
        yield ""
    if script.prepare:
        yield from (f"## {word['prepare']}", "")
        for one in script.prepare:
            yield f"- {_asked(one, script.lang)}"
        yield ""
    if script.left:
        yield from (f"## {word['left']}", "")
        yield from dict.fromkeys(f"- {text}" for text in _unsaid(script))


def _asked(one: Wanted, lang: Lang) -> str:
    sku = f"{one.sku}: " if one.sku else ""
    return f"{sku}{one.text} ({_WORDS[lang]['count'].format(count=one.count)})"


def _unsaid(script: Script) -> Iterator[str]:
    for left in script.left:
        ids = ", ".join(dict.fromkeys(fact.id for fact in left.point.facts))
        owner = ids or f"{left.point.product.sku if left.point.product else ''} {left.point.kind}"
        why = _REASONS[script.lang].get(left.reason, left.reason)
        yield f"{owner.strip()}: {why}" + (f" ({left.detail})" if left.detail else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def sheet(script: Script) -> dict[str, Any]:
    """Return a script as a JSON object: each sentence and direction with its second."""
    said, shown, free = script.shares()
    return {
        "shop": script.shop,
        "lang": script.lang,
        "minutes": script.minutes,
        "rate": script.rate,
        "seconds": round(script.seconds, 1),
        "shares": {"said": round(said, 1), "shown": round(shown, 1), "free": round(free, 1)},
        "rundown": [
            {
                "start": round(part.start, 1), "seconds": round(part.seconds, 1),
                "title": title(part, script.lang), "points": list(part.labels),
                "sku": part.product.sku if part.product else None,
                "link": part.product.link if part.product else None,
            }
            for part in script.segments
        ],
        "segments": [_segment(part, script.lang) for part in script.segments],
        "absent": [one.sku for one in script.absent],
        "prepare": [
            {"text": one.text, "count": one.count, "sku": one.sku, "reason": one.reason}
            for one in script.prepare
        ],
        "left": reported(script.left),
    }  # fmt: skip


def _segment(part: Segment, lang: Lang) -> dict[str, Any]:
    items, at = [], part.start
    for item in part.items:
        row: dict[str, Any] = {"at": round(at, 1), "seconds": round(item.seconds, 1)}
        if isinstance(item, Cue):
            row |= {"type": "floor" if item.floor else "cue", "text": item.text}
        else:
            facts = [fact.id for fact in item.sentence.facts]
            row |= {"type": "say", "text": item.text, "facts": facts}
            row |= {"source": item.sentence.source}
        items.append(row)
        at += item.seconds
    return {
        "part": part.part,
        "title": title(part, lang),
        "sku": part.product.sku if part.product else None,
        "round": part.turn,
        "start": round(part.start, 1),
        "items": items,
    }
