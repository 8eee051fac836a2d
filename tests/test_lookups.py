"""``danmate bench lookup`` prints every figure, of a catalogue that is the same in each run."""

import json
from pathlib import Path

from bot.commands.lookups import EACH, asking, invented
from bot.shop.catalogue import load
from bot.shop.importing.writing import dumps
from tests.test_cli import danmate

WAYS = ("link number", "name", "misspelt name", "kind", "nothing")


def test_every_figure_is_printed_as_json(tmp_path: Path) -> None:
    words = ("lookup", "--products", "50", "--rounds", "2", "--json")
    done = danmate(tmp_path, "bench", *words)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["products"], result["rounds"]) == (50, 2)
    assert result["load_s"] > 0
    assert result["index_s"] > 0
    assert tuple(result["ways"]) == (*WAYS, "all")
    for way, figures in result["ways"].items():
        assert figures["lines"] == (5 * EACH if way == "all" else EACH)
        assert figures["found"] == figures["lines"]  # what is timed is a search that succeeds
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["max_ms"]


def test_every_figure_is_printed_as_a_table(tmp_path: Path) -> None:
    done = danmate(tmp_path, "bench", "lookup", "--products", "50", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    head, names, *rows = done.stdout.splitlines()
    assert head.startswith("50 products: loaded in ")
    assert names.split("  ")[0].strip() == "named by"
    assert "p50 ms  p95 ms  slowest ms" in names
    assert [row.split("  ")[0].strip() for row in rows] == [*WAYS, "all"]
    assert {len(row.rsplit(maxsplit=5)) for row in rows} == {6}


def test_made_up_products_are_the_same_in_each_run_and_outlive_their_file(tmp_path: Path) -> None:
    made = invented(120)
    (tmp_path / "catalog.toml").write_text(dumps(made), "utf-8")
    assert load(tmp_path / "catalog.toml").products == made.products == invented(120).products
    assert asking(made) == asking(invented(120))
    assert len({product.name for product in made.products}) == 120
