"""docs/adapters.md is a working plug-in: its code is tests/plugin, which is installed and run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.config import load

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "tests" / "plugin"
PAGE = (ROOT / "docs" / "adapters.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
TOML = [text for kind, text in BLOCKS if kind == "toml"]
LIMIT = 240.0


def lines(*texts: str) -> list[str]:
    return [line for text in texts for line in text.splitlines() if line.strip()]


def module(name: str) -> list[str]:
    return lines((PLUGIN / "danmate_lines" / name).read_text("utf-8"))


def test_the_code_on_the_page_is_the_plugin() -> None:
    *parts, more, suite = PYTHON
    assert lines(*parts) == module("__init__.py")
    assert lines(more) == module("open.py")
    assert lines(TOML[0]) == lines((PLUGIN / "pyproject.toml").read_text("utf-8"))
    checks = (PLUGIN / "check_lines.py").read_text("utf-8")
    assert lines(suite)[0] in lines(checks)


def test_an_adapter_takes_sixty_lines() -> None:
    assert len(module("__init__.py")) <= 60


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"`(tests/[\w/.]+)`", PAGE):
        assert (ROOT / name).exists(), name


def test_every_value_and_error_that_the_page_names_is_there() -> None:
    from bot import errors, model, ports

    named = set(re.findall(r"`([A-Z]\w+)(?:\([^`]*\))?`", PAGE)) - {"Settings", "Path", "SecretStr"}
    for name in named - {"GET", "POST"}:
        assert any(hasattr(each, name) for each in (errors, model, ports)), name
    assert {"Refused", "Held", "Throttled", "AuthFailed", "Disconnected"} <= named


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a process that has the plug-in, installed by pip."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(PLUGIN, folder / "source")  # pip builds beside what it reads
    words = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    target = ("--target", folder / "site", source)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *words, *target],
        capture_output=True, text=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    path = os.pathsep.join([str(folder / "site"), str(ROOT)])
    state = str(folder / "state")
    return {**os.environ, "PYTHONPATH": path, "XDG_STATE_HOME": state, "PYTHONUTF8": "1"}


def test_an_installed_plugin_is_found_by_its_entry_point(installed: dict[str, str]) -> None:
    code = (
        "from bot.plugins import adapters; found = adapters(); "
        "print(found['lines'].__module__, found['openlines'].platform)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=installed, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["danmate_lines", "openlines"]


def test_the_plugin_keeps_the_contract(installed: dict[str, str]) -> None:
    words = ("-q", "-p", "no:cacheprovider", PLUGIN / "check_lines.py")
    alone = {**installed, "PYTEST_ADDOPTS": ""}  # however the tests around it are spread
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        env=alone, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= 25
    assert "skipped" not in done.stdout


@contextmanager
def room(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    script = ROOT / "tests" / "platforms" / "lines.py"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip(), process
        process.terminate()


def say(process: "subprocess.Popen[str]", *texts: str) -> None:
    assert process.stdin
    process.stdin.writelines(f"{text}\n" for text in texts)
    process.stdin.flush()


@contextmanager
def running(folder: Path, env: dict[str, str], *words: str) -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "bot.cli", "run", "--set", "web.port=0", *words]
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True
    ) as danmate:
        try:
            yield danmate
        finally:
            danmate.terminate()
            danmate.communicate(timeout=60)


def until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stderr
    told = []
    for line in process.stderr:
        told.append(line)
        if words in line:
            return
    raise AssertionError("".join(told))


def test_the_room_on_the_page_is_a_configuration(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TOML[1], "utf-8")
    (tmp_path / "catalog.toml").write_text((ROOT / "bot/demo/catalog.toml").read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "config", "check", "config.toml"],
        env=installed, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "lines" in tomllib.loads(TOML[1])["rooms"][0]["platform"]


@pytest.mark.models
def test_a_question_in_the_plugins_room_is_answered_there(
    installed: dict[str, str], tmp_path: Path
) -> None:
    with room(tmp_path) as (url, process):
        config = f'[models]\nwriter = "none"\n[[rooms]]\nplatform = "lines"\ncatalog = "demo"\nurl = "{url}"\n'
        (tmp_path / "config.toml").write_text(config, "utf-8")
        assert load(ROOT / "config.toml")
        with running(tmp_path, installed) as danmate:
            until(danmate, "danmate is ready")
            say(process, "1号多少钱")
            assert process.stdout
            assert "129" in json.loads(process.stdout.readline())


@pytest.mark.models
def test_a_shadow_reads_the_plugins_room_and_says_nothing(
    installed: dict[str, str], tmp_path: Path
) -> None:
    with room(tmp_path) as (url, process):
        words = ("--shadow", url.replace("http://", "openlines:"), "--report", "r.json")
        with running(tmp_path, installed, *words, "--set", "models.writer=none") as danmate:
            until(danmate, "watching")
            say(process, "1号多少钱", "哈哈哈")
            assert danmate.stdout
            told = [json.loads(danmate.stdout.readline()) for _ in range(2)]
            assert sorted(each["outcome"] for each in told) == ["drafted", "ignored"]
            danmate.send_signal(signal.SIGINT)
            until(danmate, "written: r.json")
            assert danmate.wait(60) == 0
        say(process, "end")
        report = json.loads((tmp_path / "r.json").read_text("utf-8"))
        assert (report["messages"], report["answers"]["bot_only"]) == (2, 1)
        process.terminate()
        assert process.stdout
        assert not process.stdout.read()
