"""The race of writers: every contender writes, and as much as the others."""

from pathlib import Path

import pytest

from bot.commands.bench import _prompts
from bot.inference.race import race
from bot.inference.race_writers import field
from bot.rules.prompts import slots


def test_every_prompt_of_the_race_asks_for_two_facts_or_more_in_its_language() -> None:
    made = _prompts()
    assert set(made.values()) == {"zh", "en"}
    for prompt, lang in made.items():
        assert len(slots(prompt)) > 2  # the name is one of them
        assert prompt.endswith({"zh": "回复：", "en": "Reply:"}[lang])


@pytest.mark.models
def test_every_contender_writes(tmp_path: Path) -> None:
    prompts = dict(list(_prompts().items())[:2])
    said: list[str] = []
    with field(prompts, 1, tmp_path, said.append) as made:
        results = race(made.entries, list(prompts), 1)
    names = [result.name for result in results]
    assert names[:3] == ["danmate, one by one", "danmate, 8 at once", "transformers, one by one"]
    assert len(names) == 5 or (len(names) == 3 and "pip install xllamacpp" in said[-1])
    assert made.tokens > 2 * len(prompts)
    assert all(result.rate > 0 for result in results)
