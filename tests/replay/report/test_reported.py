"""``--report``: what the page of a run says of its configuration, and when it is written."""

from pathlib import Path

import pytest

from bot import config as configuration
from bot.commands.reports import Reported, changes
from bot.commands.watching import watcher
from bot.config import DEMO
from bot.config.files import SHIPPED
from bot.errors import BadConfig
from bot.replay.report import Change
from bot.shop.catalogue import load as load_catalogue
from tests.replay.report.rows import answered, drafted, main, parsed, words

CONFIG = configuration.load(SHIPPED)
CATALOGUE = load_catalogue(DEMO)


def text(file: Path) -> str:
    return words(main(parsed(file.read_text("utf-8"))))


def test_what_ships_changes_nothing() -> None:
    assert list(changes(CONFIG)) == []


def test_only_what_is_set_otherwise_is_listed() -> None:
    config = configuration.with_values(CONFIG, ["reply.cooldown=8.0", "web.port=1"])
    assert list(changes(config)) == [Change("reply.cooldown", "20.0", "8.0")]


def test_of_a_key_only_the_name_of_its_variable_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_KEY", "s3cret")
    [change] = changes(configuration.with_values(CONFIG, ["models.writer_key=env:WRITER_KEY"]))
    assert (change.key, change.value) == ("models.writer_key", "env:WRITER_KEY")


def test_the_page_names_the_run_and_its_products(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    report = Reported(file, CONFIG, CATALOGUE, "last-night.jsonl")
    report.add(answered("a", 0))
    report.save()
    name = next(each.name for each in CATALOGUE.products if each.sku == "A1")
    assert "last-night.jsonl" in text(file)
    assert CATALOGUE.name in text(file)
    assert name in text(file)


def test_a_page_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="expected a file to write"):
        Reported(tmp_path, CONFIG, CATALOGUE, "x")


def test_a_page_that_is_written_again_leaves_no_other_file(tmp_path: Path) -> None:
    report = Reported(tmp_path / "r.html", CONFIG, CATALOGUE, "x")
    report.save()
    report.add(answered("a", 0))
    report.save()
    assert [each.name for each in tmp_path.iterdir()] == ["r.html"]
    assert "The bot answered 1 of 1 questions" in text(tmp_path / "r.html")


def test_a_shadows_evening_is_written_as_a_page(tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    page = Reported(file, CONFIG, CATALOGUE, "twitch/ann", "shadow")
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        seen = watcher("twitch/ann", "demo", file, out, page)
        seen.heard(drafted("a", 0))
        seen.ended()
    assert "The bot would have answered 1 of 1 questions, half of them within 1.5 s." in text(file)
