"""The analysis of comments: what is counted, what is shown, what is missing, who answered."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import msgspec
import pytest

from bot.model import ChatMessage, Reading
from bot.studio.analysis import as_json, replied, report_html
from tests.fakes import ScriptedJudge
from tests.studio.evenings import BEGIN, CATALOGUE, EVENING, Words, analysed, line, use


def test_staff_and_bots_make_no_comments() -> None:
    found = analysed(EVENING)
    assert found.messages == len(EVENING)
    assert found.comments == len(EVENING) - 2
    assert sum(one.count for one in found.intents.values()) == found.comments
    assert sum(one.count for one in found.sentiments.values()) == found.comments
    assert sum(one.comments for one in found.timeline.bins) == found.comments
    assert sum(one.count for one in found.topics) + found.apart.count == found.comments


def test_a_message_that_comes_twice_counts_once() -> None:
    assert analysed([line("多少钱"), line("多少钱")]).comments == 1


def test_what_the_catalogue_does_not_tell_is_missing() -> None:
    (gap,) = analysed(EVENING).missing
    assert (gap.product, gap.name, gap.attribute, gap.count) == ("A1", "卫衣", "waterproof", 3)
    assert gap.reason == "no_fact"
    assert {each.text for each in gap.quotes} <= {"卫衣防水吗", "防水吗", "防水不防水啊"}


def test_what_the_catalogue_tells_is_known() -> None:
    asked = {(one.product, one.attribute): one for one in analysed(EVENING).asked}
    assert asked["A1", "price"].known == asked["A1", "price"].count == 2
    assert asked["A1", "waterproof"].known == 0


def test_what_the_judge_finds_in_the_catalogue_is_not_missing() -> None:
    noted = replace(CATALOGUE.products[0], notes="面料防泼水，小雨不怕。")
    told = replace(CATALOGUE, products=(noted, *CATALOGUE.products[1:]))
    judge = ScriptedJudge({"防水": "防泼水"})
    assert analysed(EVENING, use(told)).missing
    assert not analysed(EVENING, use(told, judge=judge)).missing


def test_a_question_is_about_the_product_that_the_host_has_put_on_screen() -> None:
    lines = [line("!bot now 2", 1, "主播", "host"), line("多少钱", 2)]
    assert [one.product for one in analysed(lines).asked] == ["B2"]


def test_without_a_catalogue_nothing_is_missing() -> None:
    found = analysed(EVENING, use(None))
    assert (found.catalogue, found.missing) == (None, ())
    assert {one.product for one in found.asked} == {None}
    assert "--catalog" in report_html(found, "zh")


def test_answers_are_those_of_host_and_bot_with_their_waits() -> None:
    found = analysed(EVENING).answers
    assert (found.questions, found.by_host, found.by_bot, found.unanswered) == (5, 1, 1, 3)
    assert found.half is None  # of two answers there is no half worth telling
    assert found.open[0].text in ("卫衣防水吗", "防水吗", "防水不防水啊")


def test_the_waits_of_three_answers_are_told() -> None:
    lines = []
    for n, wait in enumerate((2.0, 4.0, 30.0)):
        at, who = 100.0 * n, f"v{n}"
        lines += [line("多少钱", at, who), line(f"@{who} 129", at + wait, "主播", "host")]
    found = analysed(lines).answers
    assert (found.half, found.most, found.share) == (4.0, 30.0, 1.0)


def test_replies_in_danmates_own_recordings_are_answers(tmp_path: Path) -> None:
    asked = [line("多少钱", at, key=f"m{at}") for at in range(4)]
    rows = [
        {
            "message": msgspec.to_builtins(one),
            "outcome": "answered",
            "reply": {"id": "re", "at": one.sent_at + 2, "delivery": "sent", "text": "129"},
        }
        for one in asked[:3]
    ]
    rows.append({"message": msgspec.to_builtins(asked[3]), "outcome": "ignored", "reply": None})
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"reply": 1}\nx "reply"\n')
    told = replied(path)
    assert told == {f"m{at}": BEGIN + at + 2 for at in range(3)}
    found = analysed(asked, use(replied=told)).answers
    assert (found.by_bot, found.unanswered, found.half) == (3, 1, 2.0)


def test_objections_are_counted_with_what_was_said() -> None:
    first = analysed(EVENING).objections[0]
    assert (first.kind, first.count) == ("price", 2)
    assert {one.text for one in first.quotes} == {"太贵了", "这也太贵了吧"}


def test_a_peak_of_praise_is_a_moment() -> None:
    (moment,) = analysed(EVENING).moments
    assert (moment.mood, moment.count) == ("praise", 10)
    assert moment.quotes[0].text == "好看"
    assert moment.quotes[0].count == 9


def test_viewers_are_numbers_and_come_again_after_a_long_pause() -> None:
    later = 5 * 3_600.0
    lines = [line("a", 0, "一"), line("b", 9, "二"), line("c", later, "一"), line("d", later, "三")]
    found = analysed(lines).viewers
    assert (found.count, found.once, found.several, found.returning) == (3, 2, 1, 1)
    assert [(one.viewers, one.new, one.returning) for one in found.visits] == [
        (2, 2, 0),
        (2, 1, 1),
    ]
    assert found.regulars[0].name == "#1"


def test_nobody_is_named_and_no_insult_or_advertisement_is_shown() -> None:
    people = ("小李子", "Bob_the_viewer")
    table = StringIO()
    lines = [
        *EVENING,
        line(f"@{people[1]} 你看看多少钱", 91, people[0], key="x1"),
        line(f"@{people[0]}多少钱 13812345678", 92, people[1], key="x2"),
    ]
    found = analysed(lines, table=table)
    told = json.dumps(as_json(found), ensure_ascii=False) + report_html(found, "zh")
    for secret in (*people, "13812345678"):
        assert secret not in told + table.getvalue()
    assert "@…" in told
    for unkind in ("傻子", "薇信"):
        assert unkind not in told
    assert (found.abuse.count, found.spam.count) == (1, 1)


def test_a_topic_that_comes_late_is_new() -> None:
    early = [line(f"哈哈{n}", 10 * n) for n in range(60)]
    late = [line("太贵了", 600 + n, f"v{n}") for n in range(20)]
    topics = {one.label: one for one in analysed([*early, *late]).topics}
    assert topics["太贵了"].trend == "new"
    assert topics["太贵了"].since == BEGIN + 600
    assert topics["太贵了"].intent == "complaint"


def test_equal_lines_are_read_once_a_batch() -> None:
    class Counting(Words):
        count = 0

        async def read_all(self, texts: Sequence[str]) -> list[Reading]:
            self.count += len(texts)
            return await super().read_all(texts)

    reader = Counting()
    analysed([line("多少钱", n) for n in range(500)], replace(use(None), reader=reader))
    assert reader.count == 1


def test_progress_is_told_and_the_table_has_a_row_for_each_comment() -> None:
    table = StringIO()
    found = analysed(EVENING, table=table)
    rows = list(csv.DictReader(StringIO(table.getvalue().removeprefix("\ufeff"))))
    assert len(rows) == found.comments
    first = next(row for row in rows if row["text"] == "多少钱")
    assert (first["intent"], first["product"], first["attribute"]) == ("price", "A1", "price")
    assert (first["answered_by"], first["waited"], first["viewer"]) == ("host", "4.0", "1")
    assert first["time"] == "2026-01-01 00:00:05"
    assert next(row for row in rows if row["text"] == "太贵了")["objections"] == "price"
    assert next(row for row in rows if row["text"] == "好看")["mood"] == "praise"
    assert len({row["topic"] for row in rows if "好看" in row["text"]}) == 1


@pytest.mark.parametrize("lines", [(), (line("x", 0, "主播", "host"),)])
def test_a_log_without_comments_has_an_analysis_too(lines: tuple[ChatMessage, ...]) -> None:
    found = analysed(lines)
    assert (found.comments, found.topics, found.findings, found.first) == (0, (), (), None)
    assert "没有观众评论" in report_html(found, "zh")


def test_the_same_lines_and_seed_give_the_same_analysis() -> None:
    assert analysed(EVENING) == analysed(list(EVENING))


def test_the_language_is_that_of_most_comments_unless_one_is_asked_for() -> None:
    assert analysed(EVENING).lang == "zh"
    assert analysed([line("love it")]).lang == "en"
    assert analysed(EVENING, lang="en").lang == "en"
