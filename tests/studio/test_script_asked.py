"""What viewers really asked: folded, answered from the catalogue, or left to the host."""

from dataclasses import replace

import pytest

from bot.model import ChatMessage, Fact, Outcome, Reply
from bot.studio import patterns
from bot.studio.prompter import markdown
from bot.studio.rundown import Wanted
from bot.studio.wanted import Folded, tidied
from tests.studio.scripts import demo, write

ASKED = (
    Wanted("130斤穿什么码？", 7, "A1", (Fact("A1.size_guide", "L", "L 120-140斤"),)),
    Wanted("卫衣多少钱？", 3, "A1", (Fact("A1.price", "129 CNY", "129元"),)),
    Wanted("包邮吗？", 4, None, (Fact("shop.shipping", "x", "x"),)),
    Wanted("会起球吗？", 2, "A1", (), "no_fact"),
)


def test_what_viewers_asked_is_answered_from_the_catalogue() -> None:
    script = write(demo(), "zh", 30, wanted=ASKED)
    part = next(each for each in script.segments if each.product and each.product.sku == "A1")
    text = "".join(line.text for line in part.lines)
    assert "“130斤穿什么码？”" in text
    assert "L 120-140斤" in text.split("130斤穿什么码")[1]
    assert "“卫衣多少钱？”" in text
    assert "129元" in text.split("卫衣多少钱")[1]
    whole = "".join(line.text for line in script.lines)
    assert "中国大陆包邮" in whole.split("“包邮吗？”")[1]


def test_what_cannot_be_answered_is_listed_for_the_host() -> None:
    script = write(demo(), "zh", 30, wanted=ASKED)
    assert [one.text for one in script.prepare] == ["会起球吗？"]
    assert "会起球吗" not in "".join(line.text for line in script.lines)
    assert "A1: 会起球吗？ (问过 2 次)" in markdown(script)


def test_only_a_question_of_many_is_called_one() -> None:
    often = {
        row.text.format(question="130斤穿什么码？")
        for row in patterns.load("zh", "script").kinds["asked_often"]
    }
    few = replace(ASKED[0], count=1)
    for wanted, many in ((ASKED[0], True), (few, False)):
        said = {line.text for line in write(demo(), "zh", 30, wanted=[wanted]).lines}
        assert bool(said & often) is many


def outcome(text: str, product: str | None, facts: tuple[Fact, ...], reason: str = "") -> Outcome:
    message = ChatMessage("1", "p", "r", "a", "1", "viewer", text, 0.0)
    if not facts:
        return Outcome(message, "handed_off", reason, product=product)
    reply = Reply("re", "r", "x", "template", facts, ("1",))
    return Outcome(message, "answered", product=product, reply=reply)


def test_the_same_question_from_many_is_one_in_its_most_frequent_wording() -> None:
    price = (Fact("A1.price", "129 CNY", "129元"),)
    folded = Folded("zh")
    folded.add(outcome("多少钱", "A1", price), 3)
    folded.add(outcome("@主播 这件多少钱啊！！😀", "A1", price))
    folded.add(outcome("how much is it", "A1", price), 9)
    folded.add(outcome("会掉色吗", "A1", (), "no_fact"))
    folded.add(outcome("给我看看吗", "A1", (), "host_only"))
    known, unknown = folded.most(5, 5)
    assert (known.text, known.count, known.sku) == ("多少钱？", 13, "A1")
    assert (unknown.text, unknown.reason) == ("会掉色吗？", "no_fact")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("190斤能穿吗", Fact("A1.specs.克重", "500g", "500g")),
        ("鞋子偏码吗", Fact("S2.sizes", "35、36", "35、36")),
    ],
)
def test_who_asks_what_fits_gets_the_size_guide_or_the_host(text: str, fact: Fact) -> None:
    folded = Folded("zh")
    folded.add(outcome(text, "A1", (fact,)))
    (one,) = folded.most(5, 5)
    assert (one.facts, one.reason) == ((), "no_fact")


@pytest.mark.parametrize("line", ["已拍", "谢谢主播", "a" * 80 + "?", "😀😀", "nice color"])
def test_what_is_no_question_is_not_read_out(line: str) -> None:
    assert tidied(line, "zh") == ""
