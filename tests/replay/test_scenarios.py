"""Scenarios say what is expected, and fail with what came instead; pytest plays them too."""

import os
import subprocess
import sys
from contextlib import AsyncExitStack
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.commands.outputs import Source
from bot.commands.scenarios import Stage, play
from bot.errors import BadLog
from bot.inference.cache import Forgetful
from bot.model import Mode, Rules
from bot.replay import scenarios
from bot.replay.pinned import Recorder
from bot.replay.scenarios import load, load_all
from tests.replay.kept import Cast, player

ASKED = """
[[message]]
text = "1号多少钱"
author = "Ann"

[[message]]
text = "你好"

[[message]]
text = "1号多少钱啊"
author = "Bob"
at = 1.2

[[message]]
at = 30.0
text = "!bot off"
role = "moderator"

[[message]]
text = "1号多少钱"
author = "Eve"
"""


def written(folder: Path, expect: str, asked: str = ASKED, name: str = "a.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(asked + "\n" + expect, "utf-8")
    return file


async def failures(file: Path, mode: Mode = "auto") -> list[str]:
    scenario = load(file)
    async with AsyncExitStack() as stack:
        use = player(Cast().models(stack, Forgetful()), Rules(mode=mode))
        return scenario.failures([each async for each in use.play(scenario.messages)])


@pytest.mark.parametrize(
    "expect",
    [
        'message = "m1"\nanswered_with = ["129", "@Ann"]\nwithout = "免费"\nnot_after = 1.5',
        'message = "m1"\nanswered = true\nnot_before = 1.5\nsource = "template"',
        'message = "m1"\noutcome = "answered"\nintent = "price"\nproduct = "A1"',
        'message = "m2"\nnot_answered = true\nreason = "not_a_question"',
        'message = "m3"\nanswered_with = "@Bob"',
        'message = "m5"\noutcome = "ignored"\nreason = "off"',
        "at_most = 1\nat_least = 1\nnot_after = 30.0",
        'answered_with = "129"\nwithout = ["69", "免费"]',
    ],
)
async def test_what_holds_is_silent(tmp_path: Path, expect: str) -> None:
    assert await failures(written(tmp_path, f"[[expect]]\n{expect}")) == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ('message = "m1"\nanswered_with = ["129", "999"]', "answered_with = ['129', '999'], got answered: 1.5 s '@Ann @Bob"),
        ('message = "m1"\nwithout = "129"', "of m1: without = '129'"),
        ('message = "m1"\nnot_answered = true', "not_answered = True, got answered"),
        ('message = "m2"\nanswered = true', "of m2: answered = True, got ignored (not_a_question): no reply"),
        ('message = "m2"\nanswered_with = ""', "got ignored"),
        ('message = "m1"\nnot_after = 1', "not_after = 1, got answered: 1.5 s"),
        ('message = "m1"\nnot_before = 2.0', "not_before = 2.0"),
        ('message = "m5"\nreason = "muted"', "reason = 'muted', got ignored (off)"),
        ("at_most = 0", "expect[0]: at_most = 0, got 1.5 s"),
        ("at_least = 2", "at_least = 2"),
        ("not_after = 1.0", "not_after = 1.0"),
    ],
)  # fmt: skip
async def test_what_does_not_hold_says_what_came(tmp_path: Path, expect: str, told: str) -> None:
    (line,) = await failures(written(tmp_path, f"[[expect]]\n{expect}"))
    assert told in line


async def test_a_draft_is_no_reply_of_the_room(tmp_path: Path) -> None:
    file = written(
        tmp_path, '[[expect]]\nat_most = 0\n[[expect]]\nmessage = "m1"\nanswered = false'
    )
    assert await failures(file, "approve") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "expected a scenario in TOML"),
        ("", "expected [[message]] and [[expect]] tables"),
        ("[[message]]\n[[expect]]\nat_most = 1", "message[0]: text: expected a text"),
        ('[[message]]\ntext = "a"\nat = "x"\n[[expect]]\nat_most = 1', "message[0]: at: expected"),
        ('[[message]]\ntext = "a"\nat = 5\n[[message]]\ntext = "a"\nat = 1\n[[expect]]\nat_most = 1', "message[1]: at"),
        ('[[message]]\ntext = "a"\nrole = "king"\n[[expect]]\nat_most = 1', "role: expected one of viewer"),
        ('[[message]]\ntext = "a"\nwho = "a"\n[[expect]]\nat_most = 1', "message[0]: who: expected one of at"),
        ('[[message]]\ntext = "a"\nid = "m2"\n[[message]]\ntext = "b"\n[[expect]]\nat_most = 1', "got 'm2' twice"),
        ('[[message]]\ntext = "a"\n[[expect]]\n', "expect[0]: expected one of"),
        ('[[message]]\ntext = "a"\n[[expect]]\nmessage = "m7"\nanswered = true', "expect[0].message: expected one of m1"),
        ('[[message]]\ntext = "a"\n[[expect]]\nanswered = true', "expect[0].answered: expected one of"),
        ('[[message]]\ntext = "a"\n[[expect]]\nat_most = -1', "at_most: expected a count, got -1"),
        ('[[message]]\ntext = "a"\n[[expect]]\nmessage = "m1"\noutcome = "fine"', "outcome: expected an outcome"),
        ('mode = "x"\n[[message]]\ntext = "a"\n[[expect]]\nat_most = 1', "mode: expected one of auto"),
        ('set = "a"\n[[message]]\ntext = "a"\n[[expect]]\nat_most = 1', "set: expected a list"),
        ('colour = 1\n[[message]]\ntext = "a"\n[[expect]]\nat_most = 1', "colour: expected one of"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named_with_the_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BadLog) as caught:
        load(written(tmp_path, "", asked=text))
    assert any(told in line and "a.toml" in line for line in caught.value.faults), caught.value


def test_a_folder_is_read_in_order_and_what_is_no_scenario_left_alone(tmp_path: Path) -> None:
    expect = "[[expect]]\nat_most = 9"
    written(tmp_path / "b", expect, name="2.toml")
    written(tmp_path, expect, name="1.toml")
    (tmp_path / "catalog.toml").write_text('[shop]\nname = "a"\n', "utf-8")
    assert [each.name for each in load_all(tmp_path)] == ["1", "2"]
    with pytest.raises(BadLog, match="got none"):
        load_all(tmp_path / "none")


async def pinned(folder: Path) -> Source:
    """Return outputs of scripted models for what the scenarios here ask."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "outputs.jsonl"
    async with AsyncExitStack() as stack:
        file = stack.enter_context(path.open("w", encoding="utf-8"))
        use = player(Cast().models(stack, Recorder(Forgetful(), file, {"reading": "a"})))
        messages = scenarios.load(written(folder, "[[expect]]\nat_most = 9")).messages
        assert len([each async for each in use.play(messages)]) == 5
    return Source(pin=path)


async def test_the_command_plays_all_and_fails_if_one_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = await pinned(tmp_path / "first")
    folder = tmp_path / "scenarios"
    written(folder, "[[expect]]\nat_most = 1", name="1.toml")
    written(folder, '[[expect]]\nmessage = "m2"\nanswered = true', name="2.toml")
    written(folder, "[[expect]]\nat_most = 1", 'catalog = "no.toml"\n' + ASKED, name="3.toml")
    written(folder, "[[expect]]\nat_least = 1", 'mode = "shadow"\n' + ASKED, name="4.toml")
    assert await play(folder, None, None, [], source, tmp_path / "junit.xml") == 1
    told = capsys.readouterr().out
    assert "4 scenarios: 1 hold, 3 do not" in told
    assert "of m2: answered = True, got ignored" in told
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]
    assert [(case.get("name"), [each.tag for each in case]) for case in suite] == [
        ("1", []), ("2", ["failure"]), ("3", ["error"]), ("4", ["failure"])
    ]  # fmt: skip
    written(folder, "[[expect]]\nat_most = 1", name="2.toml")
    assert await play(folder / "2.toml", None, None, [], source, None) == 0


async def test_scenarios_of_one_stage_do_not_hear_each_other(tmp_path: Path) -> None:
    source = await pinned(tmp_path)
    file = written(tmp_path, "[[expect]]\nat_most = 1\nat_least = 1")
    async with AsyncExitStack() as stack:
        stage = Stage(stack, source=source)
        for _ in range(3):
            assert await stage.failures(load(file)) == []


def pytest_of(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    found = entry_points(group="pytest11", name="danmate")
    plugin = [] if found else ["-p", "bot.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin, *options]
    env = {**os.environ, "PYTEST_ADDOPTS": ""}  # however the tests around it are spread
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


async def test_pytest_plays_a_folder_of_scenarios(tmp_path: Path) -> None:
    source = await pinned(tmp_path / "first")
    folder = tmp_path / "scenarios"
    written(folder, "[[expect]]\nat_most = 1", name="good.toml")
    written(folder, '[[expect]]\nmessage = "m2"\nanswered = true', name="bad.toml")
    written(folder, "[[expect]]\nat_mist = 1", name="worse.toml")
    (folder / "catalog.toml").write_text('[shop]\nname = "a"\n', "utf-8")
    done = pytest_of(tmp_path, "scenarios/", f"--danmate-pin={source.pin}", "--junitxml=j.xml")
    assert "1 passed, 2 failed" in done.stdout or "2 failed, 1 passed" in done.stdout, done.stdout
    assert "of m2: answered = True, got ignored" in done.stdout
    assert "at_mist: expected one of" in done.stdout
    assert "Traceback" not in done.stdout
    assert done.returncode == 1
    cases = ET.parse(tmp_path / "j.xml").getroot().iter("testcase")
    assert sorted(str(case.get("name")) for case in cases) == ["bad", "good", "worse"]


def test_pytest_leaves_other_files_alone_and_loads_nothing_for_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[[message]]\ntext = "a"\n', "utf-8")
    (tmp_path / "test_a.py").write_text(
        "import sys\n\ndef test_a():\n    assert 'bot.replay' not in sys.modules\n", "utf-8"
    )
    done = pytest_of(tmp_path)
    assert "1 passed" in done.stdout, done.stdout


@pytest.mark.models
async def test_real_models_play_a_scenario(tmp_path: Path) -> None:
    file = written(tmp_path, '[[expect]]\nmessage = "m1"\nanswered_with = "129"')
    assert await play(file, None, None, [], Source(), None) == 0
