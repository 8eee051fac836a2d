"""Makes pairs of a prompt and the wording that answers it, as many as wanted, by seed.

The facts of a pair come from an invented catalogue through the same planner as in use, the prompt
from the same function, and every wording has passed the same checks: training cannot teach what
use would refuse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

from bot.inference.writing.asking import ask, order
from bot.inference.writing.draws import likely
from bot.inference.writing.goods import OTHER, Goods, invent
from bot.inference.writing.phrasing import REFUSAL, phrase
from bot.inference.writing.source import source
from bot.model import (
    Abilities,
    Answer,
    Body,
    Evidence,
    Intent,
    Lang,
    Passage,
    Question,
    Reading,
    Rules,
)
from bot.rules import guard, prompts
from bot.rules.binding import binds
from bot.rules.plan import plan
from bot.rules.wording import FEW
from bot.shop.lexicon import DEFAULT, load

Part = Literal["train", "held"]
MOST = 4
"""Facts of a reply."""
UNANSWERABLE = 1 / 3
ORDERED = 0.1
FOREIGN = 0.15
"""Share of pairs whose catalogue is not of the viewer's language."""
PLACELESS = 0.3
"""Share of the questions about the shop alone that name no product."""
INTENTS: dict[str, Intent] = {
    "price": "price", "discount": "discount", "stock": "stock", "colors": "stock", "sizes": "size",
    "size_guide": "size", "shipping": "shipping", "returns": "after_sale", "payment": "order",
    "link": "order",
}  # fmt: skip
NEAR = (
    {"price", "discount"},
    {"payment", "link", "stock"},
    {"sizes", "size_guide", "specs.dimensions", "specs.length", "specs.fit", "specs.height",
     "notes.sizing", "notes.stretch", "specs.laptop"},
    {"material", "specs.gsm", "specs.lining", "specs.sole", "specs.thread", "specs.fill",
     "notes.skin", "notes.allergy", "specs.taste", "specs.stove", "notes.stretch"},
    {"specs.shelf", "notes.storage", "notes.open", "notes.ripe"},
    {"notes.care", "notes.wash", "notes.dryclean", "notes.dishwasher", "notes.iron", "notes.water"},
    {"specs.weight", "specs.netweight", "specs.load", "specs.capacity", "specs.count",
     "specs.storage_size", "specs.dimensions", "specs.pages"},
    {"notes.included", "specs.count", "notes.gift", "specs.battery", "discount"},
    {"specs.bluetooth", "specs.port", "notes.devices", "specs.power", "specs.voltage"},
    {"specs.waterproof", "notes.wash", "notes.care"},
    {"specs.keepwarm", "notes.season", "specs.gsm", "specs.fill", "specs.lining"},
    {"notes.usage", "notes.brew", "notes.cook", "notes.firstuse", "notes.microwave",
     "notes.assembly", "notes.open"},
    {"specs.scent", "notes.smell", "specs.taste"},
    {"specs.skin", "notes.skin", "notes.allergy", "specs.age"},
    {"specs.power", "specs.battery", "specs.burn", "specs.noise"},
    {"colors", "specs.lightcolor", "specs.finish", "stock"},
    {"sizes", "stock"},
    {"returns", "shipping"},
)  # fmt: skip
"""Topics of which one may half answer another: neither is taken as unanswerable by the other."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What the model is shown and what it shall write."""

    prompt: str
    wording: str
    plan: Answer
    kinds: tuple[str, ...]
    asked: tuple[str, ...]
    trade: str

    @property
    def answerable(self) -> bool:
        """Return whether the facts answer the question."""
        return self.wording != REFUSAL

    @property
    def lang(self) -> Lang:
        """Return the viewer's language."""
        return self.plan.lang


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules that wordings are checked by: all packs that are used by default."""
    return Rules(lexicon=load(DEFAULT))


def pairs(seed: int, count: int, lang: Lang, part: Part = "train") -> Iterator[Pair]:
    """Yield ``count`` pairs, the same for the same seed. No trade and question is in both parts."""
    draw = Random(f"{seed} {lang} {part}")  # noqa: S311 - an invention, not a secret
    made = 0
    while made < count:
        pair = _pair(draw, lang, held=part == "held")
        if pair is not None:
            made += 1
            yield pair


def sound(wording: str, prompt: str, plan: Answer) -> bool:
    """Tell whether a wording, filled in, says what the plan says and nothing else."""
    if not binds(wording, prompt, plan.lang):
        return False
    return guard.check(prompts.fill(wording, prompt), plan, Abilities(), rules()).ok


def _pair(draw: Random, lang: Lang, *, held: bool) -> Pair | None:
    """Return a pair, or None where what was drawn does not go together."""
    of = OTHER[lang] if likely(draw, FOREIGN) else lang
    goods = invent(draw, of, held=held)
    number = draw.choices((1, 2, 3, 4), (15, 50, 25, 10))[0]
    topics = draw.sample(goods.topics, min(number, len(goods.topics)))
    planned = _plan(draw, lang, goods, topics)
    if planned is None:
        return None
    answerable = not likely(draw, UNANSWERABLE)
    asked = _asked(draw, goods, topics) if answerable else _beside(draw, goods, topics)
    line = ask(draw, lang, asked, goods, held=held)
    if likely(draw, ORDERED):
        line = order(draw, lang, line, held=held)
    if len(line) > prompts.QUESTION_LENGTH:
        return None
    prompt = prompts.prompt(planned, line)
    texts, kinds = prompts.slots(prompt), _kinds(prompt, planned)
    wording = phrase(draw, lang, kinds, texts) if answerable else REFUSAL
    if answerable and not sound(wording, prompt, planned):
        return None
    return Pair(prompt, wording, planned, tuple(kinds.values()), tuple(asked), goods.trade.name)


def _plan(draw: Random, lang: Lang, goods: Goods, topics: Sequence[str]) -> Answer | None:
    """Return what the planner makes of a question for ``topics``."""
    keys = {of: key for key, of in goods.specs.items()}
    plain = [t for t in topics if "." not in t]
    plain += [f"specs.{keys[t[6:]]}" for t in topics if t.startswith("specs.")]
    quoted = [goods.notes[t[6:]] for t in topics if t.startswith("notes.")]
    wide = all(t in ("shipping", "returns", "payment") for t in topics)
    sku = None if wide and likely(draw, PLACELESS) else goods.product.sku
    body = Body(kilos=draw.randint(40, 90)) if likely(draw, 0.2) else None
    question = Question(lang, tuple(plain), sku, body=body, parts=tuple(topics))
    intent = INTENTS.get(topics[0], "product")
    reading = Reading(intent, 0.99, {intent: 0.99}, "neutral", lang)
    evidence = [Evidence(Passage("notes", text, text, sku), 0.99) for text in quoted]
    made = plan(question, reading, goods.shop, rules(), evidence)
    if isinstance(made, Answer) and len(topics) <= len(made.facts) <= MOST:
        return made
    return None


def _asked(draw: Random, goods: Goods, topics: Sequence[str]) -> list[str]:
    """Return what a viewer asks whom these topics answer: all, some, or some and one more."""
    asked = list(topics)
    if len(asked) > 2 or likely(draw, 0.2):  # noqa: PLR2004 - a line is short
        asked = draw.sample(asked, draw.randint(1, min(3, len(asked))))
    if len(asked) == 1 and likely(draw, 0.08):
        asked.append(draw.choice(_all(goods)))
    return list(dict.fromkeys(asked))


def _beside(draw: Random, goods: Goods, topics: Sequence[str]) -> list[str]:
    """Return what a viewer asks whom these topics do not answer; nothing: chatter."""
    told = set(topics)
    near = told.union(*(group for group in NEAR if group & told))
    far = [topic for topic in _all(goods) if topic not in near]
    if likely(draw, 0.15):
        return []
    return draw.sample(far, draw.choice((1, 1, 1, 2)))


def _all(goods: Goods) -> list[str]:
    """Return every topic that somebody might ask this product for."""
    trade = goods.trade
    return [
        *source().questions.zh,
        *(f"specs.{key}" for key in trade.specs),
        *(f"notes.{key}" for key in trade.notes),
    ]


def _kinds(prompt: str, planned: Answer) -> dict[str, str]:
    """Return the kind of each mark; a stock that is nearly gone is said in words of its own."""
    kinds = prompts.kinds(prompt)
    for mark, fact in zip(prompts.MARKS, planned.facts, strict=False):
        if kinds[mark] == "stock" and int(fact.text) <= FEW:
            kinds[mark] = "few"
    return {mark: kind for mark, kind in kinds.items() if mark != prompts.NAME}
