"""The report of an analysis, its table and its summary: whole, readable, harmless."""

import csv
import re
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.summary import WIDTH, columns, summary
from bot.model import Lang
from bot.studio.analysis import report_html
from bot.studio.comments.table import FORMULA, safe
from tests.studio.evenings import EVENING, analysed, line, use

HOSTILE = (
    "<script>alert(1)</script>多少钱",
    '"><img src=x onerror=alert(1)>好看',
    "=1+1好看\u202e\u0007",
    "https://example.org 太贵 & 'x'",
)


def html(*texts: str, lang: Lang = "zh") -> str:
    lines = [line(text, at, f"v{at}") for at, text in enumerate(texts)]
    return report_html(analysed([*EVENING, *lines]), lang)


def parsed(page: str) -> ET.Element:
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>"))


def test_the_report_is_well_formed_and_says_all_in_both_languages() -> None:
    root = parsed(html())
    mains = {main.get("id"): "".join(main.itertext()) for main in root.iter("main")}
    for heading in ("五个发现", "话题", "目录里缺什么", "顾虑", "好评与抱怨的高峰", "观众"):
        assert heading in mains["report-zh"]
    for heading in ("Five findings", "Topics", "What the catalogue lacks", "Objections"):
        assert heading in mains["report-en"]
    assert "{" not in mains["report-zh"] + mains["report-en"]


def test_the_report_asks_for_nothing_and_runs_nothing() -> None:
    page = html(*HOSTILE)
    root = parsed(page)
    assert not [each for each in root.iter() if each.tag in ("script", "img", "link", "iframe")]
    for each in root.iter():
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            assert name not in ("href", "src", "style")
            assert "url(" not in value
    policies = [each.get("content") or "" for each in root.iter("meta")]
    assert any(each.startswith("default-src 'none'") for each in policies)
    assert "\u202e" not in page


def test_the_language_asked_for_is_shown_first() -> None:
    assert parsed(html(lang="en")).get("lang") == "en"
    assert parsed(html(lang="zh")).get("lang") == "zh-Hans"


def test_every_class_of_the_report_has_its_looks() -> None:
    page = html()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    used = {name for names in re.findall(r' class="([^"]+)"', page) for name in names.split()}
    plain = {"rising", "fading", "new", "grid", "wide", "report"}
    assert {name for name in used if f".{name}" not in style[1]} <= plain


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    cell = safe(text)
    assert not cell.startswith(FORMULA)
    assert not cell.lstrip(" ").startswith(FORMULA)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(A1)", "\t=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    assert safe(text).startswith("'")
    assert safe("多少钱") == "多少钱"


def test_a_hostile_comment_stays_one_cell() -> None:
    table = StringIO()
    analysed([line(text, at, "v") for at, text in enumerate(HOSTILE)], use(None), table=table)
    rows = list(csv.DictReader(StringIO(table.getvalue().removeprefix("\ufeff"))))
    assert [row["text"][:1] for row in rows] == ["<", '"', "'", "h"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_summary_fits_a_terminal(lang: Lang) -> None:
    long = [line(f"这个到底多少钱啊{n}" * 9, n, f"v{n}") for n in range(9)]
    text = summary(analysed([*EVENING, *long]), lang)
    assert text.endswith("\n")
    assert max(map(columns, text.splitlines())) <= WIDTH
    assert "1. " in text
