"""The overlay and the prompter as files: what is written of them, and what they must not do."""

import re
from pathlib import Path

import pytest

import bot.web

STATIC = Path(bot.web.__file__).parent / "static"
SCRIPTS = sorted(each for part in ("overlay", "prompter") for each in (STATIC / part).glob("*.js"))
GUIDE = (Path(bot.web.__file__).parents[2] / "docs" / "overlay.md").read_text("utf-8")


def test_the_guide_lists_the_options_that_the_overlay_has() -> None:
    script = (STATIC / "overlay" / "options.js").read_text("utf-8")
    known = set(re.findall(r"\bof\(\"(\w+)\"\)", script))
    table = GUIDE.partition("| option |")[2].partition("\n\n")[0]
    first = [row.split("|")[1] for row in table.splitlines()[2:]]
    listed = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    assert listed == known - {"seconds"}  # which is another name of one
    assert "`seconds`" in table


def test_the_guide_gives_each_options_default() -> None:
    script = (STATIC / "overlay" / "options.js").read_text("utf-8")
    for name, usual in re.findall(r"of\(\"(\w+)\"\), \[.*?\], \"(\w+)\"\)", script):
        assert re.search(rf"\| `{name}` \|.*\| `{usual}` \|", GUIDE), name
    for name, usual in re.findall(r"of\(\"(max|scale)\"\), [\d.]+, [\d.]+, ([\d.]+)", script):
        assert re.search(rf"\| `{name}` \|.*\| {usual} \|", GUIDE), name


def test_the_prompter_says_all_in_chinese_and_in_english() -> None:
    script = (STATIC / "prompter" / "words.js").read_text("utf-8")
    zh, en = (
        set(re.findall(r"(\w+): (?:\"|\()", part)) for part in re.split(r"\n  en: \{", script)[:2]
    )
    assert zh - {"zh"} == en
    page = (STATIC / "prompter" / "index.html").read_text("utf-8")
    assert set(re.findall(r"data-(?:word|label)=\"(\w+)\"", page)) <= en


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_chat_text_reaches_no_parser_and_no_script_asks_outside(script: Path) -> None:
    text = script.read_text("utf-8")
    found = re.findall(
        r"(?:inner|outer)HTML|insertAdjacent|\beval\b|document\.write|https?://", text
    )
    assert not found
    assert len(text.splitlines()) <= 250


@pytest.mark.parametrize("name", ["overlay.css", "themes.css", "overlay.js", "stage.js"])
def test_the_overlay_asks_for_nothing_that_a_browser_of_2022_lacks(name: str) -> None:
    text = (STATIC / "overlay" / name).read_text("utf-8")
    newer = r":has\(|color-mix|@container|@layer\b|\bdvh\b|\bsvh\b|&:|startViewTransition|toSorted"
    assert not re.findall(newer, text)
