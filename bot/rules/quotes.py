"""Facts that quote what is proven to answer a question: a sentence, a spec, a row of the FAQ."""

from collections.abc import Sequence

from bot.model import Evidence, Fact, Faq, Product, Question
from bot.rules.evidence import PROVEN
from bot.rules.facts import facts
from bot.shop.lookup import Shop


def of_row(row: Faq) -> Fact:
    """Return the answer of a row of the FAQ."""
    return Fact(f"faq.{row.questions[0]}", row.answer, row.answer)


def quoted(
    proof: Evidence, product: Product | None, shop: Shop, question: Question
) -> tuple[Fact, ...]:
    """Return the facts of a passage: of the notes its sentence, all else as the topic has it."""
    topic, said = proof.passage.topic, proof.passage.said
    if proof.passage.faq:
        return (of_row(proof.passage.faq),)
    if topic == "notes" and product:
        return (Fact(f"{product.sku}.notes", said, said),)
    return tuple(facts(topic, product, shop, question.lang, question.body))


def besides(
    question: Question, product: Product | None, shop: Shop, evidence: Sequence[Evidence]
) -> list[Fact]:
    """Return what is proven to answer another clause of the line: one thing for each."""
    ranked = sorted(evidence, key=lambda found: -found.score)[: len(question.parts)]
    proven = [found for found in ranked if found.score >= PROVEN]
    return [
        fact
        for found in proven
        if found.passage.topic not in question.topics
        for fact in quoted(found, product, shop, question)
    ]
