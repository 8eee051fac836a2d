"""How well pieces of the catalogue answer a question, and what follows from that."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from bot.model import Answer, Evidence, Faq, Passage, Question, Reading
from bot.rules.contrasts import beside
from bot.shop.kinds import plain
from bot.shop.passages import ASKED_BY
from bot.shop.places import covers, places
from bot.shop.text import tidy
from bot.shop.topics import colored

CERTAIN = 0.95
"""How likely a passage must answer a text that was not surely read as a question."""
PLAIN = 0.85
"""The same where the text names a product."""
PROVEN = 0.7
"""How likely a passage must answer a question for it to be quoted."""
FITTING = 0.1
"""How likely a text must answer a question whose words ask for that very topic."""
UNWORDED = 0.4
"""The same where no word asks for the topic, but the reading's intent alone."""
BETTER = 0.2
"""How much likelier another text must be for a topic that a word names to be passed over."""
LEAN, EVEN = 2.0, 0.4
"""How much a reading's intent says for a passage of its topic, in logits, and the probability of
that intent which says nothing. Chosen on three of the shops in demo/answers: outdoor, gadgets,
snacks."""
LEAST = 1e-4
SURE = 0.7
"""How certain a reading is that rules out a row of the FAQ whose questions are read otherwise."""
SETTLED = frozenset({"price", "stock", "link", "restock"})
"""Topics that one figure of the catalogue answers."""


def needless(question: Question) -> bool:
    """Tell whether words alone say what is asked and of what: weighing sentences adds nothing.

    Where several products are named, no sentence tells whose price is asked for: of 900 questions
    of the exam 28 need no judge for that, and none is answered otherwise.
    """
    named = question.worded and (question.product or question.rivals) and not question.parts
    return bool(named and question.topics) and SETTLED.issuperset(question.topics)


def weighed(
    asked: str, passages: Sequence[Passage], scores: Sequence[float], reading: Reading
) -> tuple[Evidence, ...]:
    """Return the passages with the judge's scores, which know words, led by the reader's intent.

    The judge has seen few ways to ask for a price; the reader has seen hundreds. ``asked`` is
    the text that was judged: a passage about its neighbour is no answer.
    """
    line = tidy(asked)
    return tuple(
        Evidence(passage, LEAST if _aside(line, passage) else _led(score, passage, reading))
        for passage, score in zip(passages, scores, strict=True)
    )


def _aside(line: str, passage: Passage) -> bool:
    """Tell whether a passage speaks of something near what a line asks, and not of that."""
    text = plain(passage.text)
    if passage.topic == "shipping" and (wanted := places(plain(line))):
        return not covers(text, wanted)
    if passage.topic == "colors" and not colored(line):
        return True
    return beside(line, text)


def merged(several: Iterable[Sequence[Evidence]]) -> tuple[Evidence, ...]:
    """Return each passage with the best of its scores: a line may ask for several things."""
    best: dict[Passage, Evidence] = {}
    for found in chain.from_iterable(several):
        if found.passage not in best or found.score > best[found.passage].score:
            best[found.passage] = found
    return tuple(best.values())


def _led(score: float, passage: Passage, reading: Reading) -> float:
    if passage.asked and reading.score >= SURE and reading.intent not in passage.asked:
        return LEAST  # "how long till it ships" is no question about the end of the stream
    topic = passage.topic
    if topic not in ASKED_BY:
        return score
    asked = min(1.0, sum(reading.scores.get(intent, 0.0) for intent in ASKED_BY[topic]))
    bounded = min(max(score, LEAST), 1 - LEAST)
    logit = math.log(bounded / (1 - bounded)) + LEAN * (asked - EVEN)
    return round(1 / (1 + math.exp(-logit)), 4)


def chosen(question: Question, evidence: Sequence[Evidence]) -> Question:
    """Return the question about the one of several products whose texts answer it, if one does.

    Prices do not tell which product is meant: each has one.
    """
    asked = question.topics if question.worded else ()
    if asked and SETTLED.issuperset(asked):
        return question
    best = dict.fromkeys(question.rivals, 0.0)
    for found in evidence:
        if (not asked or found.passage.topic in asked) and found.passage.sku in best:
            best[found.passage.sku] = max(best[found.passage.sku], found.score)
    ranked = sorted(best, key=lambda sku: -best[sku])
    if len(ranked) < 2 or best[ranked[0]] < PROVEN or best[ranked[1]] >= FITTING:  # noqa: PLR2004 - one has no rival
        return question
    return replace(question, product=ranked[0], rivals=())


def fits(topic: str, question: Question, evidence: Sequence[Evidence]) -> bool:
    """Tell whether a topic's text may answer the question, as far as it was weighed."""
    own = [found for found in evidence if found.passage.topic == topic]
    if not own or (question.body and topic == "size_guide"):
        return True
    score = max(found.score for found in own)
    if topic == "shipping" and question.places:
        spoken = any(places(plain(found.passage.text)) & question.places for found in own)
        return spoken or score >= PROVEN
    proven = CERTAIN if topic in SETTLED else PROVEN
    if any(found.passage.faq and found.score >= proven for found in evidence):
        return score >= UNWORDED  # the FAQ has the answer
    others = max((found.score for found in evidence if found.passage.topic != topic), default=0.0)
    if topic not in SETTLED and not question.parts and others >= max(proven, score + BETTER):
        return False  # "how often do I fill the tank" is not what the tank holds
    if score >= (FITTING if question.worded else UNWORDED):
        return True
    return question.worded and others < proven


def surest(evidence: Sequence[Evidence]) -> Faq | None:
    """Return the row of the FAQ that surely answers a text, whatever else does, if one does."""
    rows = [found for found in evidence if found.passage.faq and found.score >= CERTAIN]
    return max(rows, key=lambda found: found.score).passage.faq if rows else None


def proves(answer: Answer, evidence: Sequence[Evidence]) -> bool:
    """Tell whether what an answer says is proven to answer the question."""
    said = {fact.said for fact in answer.facts} | {fact.text for fact in answer.facts}
    return any(found.score >= PROVEN and found.passage.said in said for found in evidence)
