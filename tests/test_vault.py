"""Proofs about kept log-ins: whole, private, one at a time, and never the one before."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import vault
from bot.errors import BadConfig
from bot.ports import Vault
from bot.vault import FileVault, RingVault
from bot.vault.ring import SERVICE, Backend, Ring, system

LIMIT = 60.0
LARGE = "x" * 1_500
ROOT = Path(__file__).parents[1]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
RECORD = {"access": "canary-of-the-access", "refresh": "canary-of-the-refresh", "login": "ann"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "danmate" / "secrets"


def texts(folder: Path) -> str:
    """Return all that stands in the files."""
    return "".join(file.read_text("utf-8") for file in sorted(folder.iterdir()))


@asynccontextmanager
async def python(code: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *words, stdin=pipe, stdout=pipe, cwd=ROOT
    )
    try:
        async with asyncio.timeout(LIMIT):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await process.stdout.readline()).decode().strip()


# Files --------------------------------------------------------------------------------------------


@given(st.dictionaries(TEXTS, TEXTS))
@settings(max_examples=40)
async def test_what_is_kept_comes_back(record: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        kept = FileVault(Path(name) / "deep" / "secrets")
        assert await kept.get("ann") == {}
        await kept.put("ann", record)
        assert await kept.get("ann") == record
        assert await kept.names() == (["ann"] if record else [])
        await kept.put("ann", {})
        assert await kept.get("ann") == {}


async def test_only_the_owner_may_read_files_and_folder_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        kept = FileVault(folder)
        await kept.put("ann", RECORD)
        async with kept.locked("ann"):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"ann.json": 0o600, "ann.lock": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
async def test_a_file_that_others_may_use_is_refused_in_one_line(folder: Path, mode: int) -> None:
    kept = FileVault(folder)
    await kept.put("ann", RECORD)
    (folder / "ann.json").chmod(mode)
    with pytest.raises(BadConfig, match=r"ann\.json: others may use it.*chmod 600") as caught:
        await kept.get("ann")
    assert len(caught.value.faults) == 1
    assert "canary" not in str(caught.value)


async def test_a_folder_that_others_may_use_is_refused_before_a_secret_is_in_it(
    folder: Path,
) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    kept = FileVault(folder)
    with pytest.raises(BadConfig, match=r"secrets: others may use it.*chmod 700"):
        await kept.put("ann", RECORD)
    with pytest.raises(BadConfig, match="chmod 700"):
        async with kept.locked("ann"):
            pass
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
async def test_what_belongs_to_somebody_else_is_refused(folder: Path) -> None:
    kept = FileVault(folder)
    await kept.put("ann", RECORD)
    os.chown(folder / "ann.json", 12_345, -1)
    with pytest.raises(BadConfig, match=r"ann\.json: expected it to belong to the user"):
        await kept.get("ann")
    os.chown(folder, 12_345, -1)
    with pytest.raises(BadConfig, match=r"secrets: expected it to belong to the user"):
        await kept.put("ann", RECORD)


async def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    kept = FileVault(folder)
    await kept.put("ann", RECORD)
    other = tmp_path / "other.json"
    (folder / "ann.json").rename(other)
    (folder / "ann.json").symlink_to(other)
    with pytest.raises(BadConfig, match=r"ann\.json: expected a file, no link"):
        await kept.get("ann")
    before = other.read_bytes()
    await kept.put("ann", {"new": "one"})
    assert (await kept.get("ann"), other.read_bytes()) == ({"new": "one"}, before)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(BadConfig, match=r"link: expected a folder for log-ins, no link"):
        await FileVault(tmp_path / "link").get("ann")


@pytest.mark.parametrize("content", ["", "{", "[1]", '"text"', "\udcff", "[" * 100_000])
async def test_what_was_never_kept_is_refused_and_can_be_replaced(
    folder: Path, content: str
) -> None:
    kept = FileVault(folder)
    await kept.put("ann", RECORD)
    (folder / "ann.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadConfig, match="log in anew"):
        await kept.get("ann")
    await kept.put("ann", RECORD)
    assert await kept.get("ann") == RECORD


async def test_a_pipe_in_place_of_a_file_makes_nobody_wait(folder: Path) -> None:
    kept = FileVault(folder)
    await kept.put("ann", RECORD)
    (folder / "ann.json").unlink()
    os.mkfifo(folder / "ann.json", 0o600)
    with pytest.raises(BadConfig, match="expected a file"):
        await kept.get("ann")


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "/x", "a\0", "x" * 65, ".ann"])
async def test_a_name_that_is_a_path_is_refused(folder: Path, name: str) -> None:
    kept = FileVault(folder)
    for ask in (kept.get(name), kept.put(name, RECORD)):
        with pytest.raises(BadConfig, match="expected a name"):
            await ask


WRITER = """
import asyncio, pathlib, sys
from bot.vault import FileVault

async def main():
    kept, number = FileVault(pathlib.Path(sys.argv[1])), 0
    while True:
        number += 1
        await kept.put("ann", {"a": str(number), "b": str(number) * 2_000})
        print(number, flush=True)

asyncio.run(main())
"""


async def test_a_writer_that_is_killed_leaves_a_whole_record(folder: Path) -> None:
    kept = FileVault(folder)
    for _ in range(4):
        async with python(WRITER, str(folder)) as writer:
            for _ in range(20):
                told = int(await line(writer))
            writer.kill()
            await writer.wait()
        record = await kept.get("ann")
        assert record["b"] == record["a"] * 2_000
        assert int(record["a"]) >= told
    (folder / ".ann.json.1.0.new").write_text("left by a dead writer")
    await kept.put("ann", RECORD)
    assert [file.name for file in folder.iterdir()] == ["ann.json"]


COUNTER = """
import asyncio, pathlib, sys
from bot.vault import FileVault

async def count(kept):
    for _ in range(int(sys.argv[2])):
        async with kept.locked("ann"):
            record = await kept.get("ann")
            await kept.put("ann", {"n": str(int(record.get("n", "0")) + 1)})

async def main():
    await asyncio.gather(*(count(FileVault(pathlib.Path(sys.argv[1]))) for _ in range(2)))

asyncio.run(main())
"""
HOLDER = """
import asyncio, pathlib, sys
from bot.vault import FileVault

async def main():
    async with FileVault(pathlib.Path(sys.argv[1])).locked("ann"):
        print("held", flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""


async def test_no_two_processes_or_tasks_change_a_record_at_once(folder: Path) -> None:
    async with (
        python(COUNTER, str(folder), "6") as one,
        python(COUNTER, str(folder), "6") as two,
        python(COUNTER, str(folder), "6") as three,
    ):
        codes = [await each.wait() for each in (one, two, three)]
    assert codes == [0, 0, 0]
    assert await FileVault(folder).get("ann") == {"n": "36"}


async def test_whoever_dies_in_the_lock_lets_go_of_it(folder: Path) -> None:
    kept = FileVault(folder)
    async with python(HOLDER, str(folder)) as holder:
        assert await line(holder) == "held"
        waiting = asyncio.create_task(taken(kept))
        other = asyncio.create_task(taken(kept, "bob"))
        assert await other  # another name's lock is free
        assert not waiting.done()
        holder.send_signal(signal.SIGKILL)
        async with asyncio.timeout(LIMIT):
            assert await waiting


async def test_one_that_gives_up_waiting_holds_nothing(folder: Path) -> None:
    kept = FileVault(folder)
    async with kept.locked("ann"):
        waiting = asyncio.create_task(taken(kept))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(LIMIT):
        assert await taken(kept)


async def taken(kept: Vault, name: str = "ann") -> bool:
    async with kept.locked(name):
        return True


# The keyring --------------------------------------------------------------------------------------


class Desktop:
    """A keyring that can be locked away, and that takes no more than Windows' does."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.state = "open"
        self.asked = 0
        self.unlocked = Event()

    def get_password(self, service: str, username: str) -> str | None:
        self._ready(service)
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ready(service)
        if len(password.encode("utf-16")) > 2_560:
            raise OSError("the stub received bad data")
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ready(service)
        del self.kept[username]

    def _ready(self, service: str) -> None:
        assert service == SERVICE
        self.asked += 1
        if self.state == "locked":
            raise PermissionError("canary-of-the-access: Prompt dismissed")
        if self.state == "waiting":
            self.unlocked.wait(LIMIT)

    def found(self) -> Backend | None:
        return None if self.state == "absent" else self


def with_ring(folder: Path, desktop: Desktop, patience: float = LIMIT) -> RingVault:
    return RingVault(FileVault(folder), Ring(desktop.found, patience))


async def test_a_keyring_holds_the_secret_and_the_file_says_so(folder: Path) -> None:
    desktop = Desktop()
    kept = with_ring(folder, desktop)
    await kept.put("ann", RECORD)
    assert "canary" not in texts(folder)
    assert await with_ring(folder, desktop).get("ann") == RECORD
    assert await kept.names() == ["ann"]
    with pytest.raises(BadConfig, match="is in the system keyring, which is off or not there"):
        await FileVault(folder).get("ann")
    await kept.put("ann", {})
    assert (desktop.kept, await kept.names()) == ({}, [])


async def test_a_record_that_is_too_large_for_a_keyring_is_a_file(folder: Path) -> None:
    desktop = Desktop()
    kept = with_ring(folder, desktop)
    for record in (RECORD, RECORD | {"large": LARGE}, RECORD):
        await kept.put("ann", record)
        assert await kept.get("ann") == record
        assert ("canary" in texts(folder)) == ("large" in record) == (not desktop.kept)


STATES = ("open", "locked", "absent")


@given(st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(["small", LARGE, ""]))))
@example([("open", "small"), ("locked", "small"), ("open", "small")])
@example([("open", "small"), ("locked", "")])
@settings(max_examples=60)
async def test_what_has_been_replaced_is_never_found_again(puts: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        desktop, last = Desktop(), {}
        for number, (state, text) in enumerate(puts):
            desktop.state = state
            kept = with_ring(Path(name) / "secrets", desktop)
            last = {"text": text, "number": str(number)} if text else {}
            try:
                await kept.put("ann", last)
            except BadConfig as fault:
                assert not text
                assert "forgotten here" in str(fault)
            desktop.state = "open"
            assert await kept.get("ann") == last


async def test_a_locked_keyring_means_a_file_and_a_line_in_the_log(folder: Path) -> None:
    desktop = Desktop()
    desktop.state = "locked"
    kept = with_ring(folder, desktop)
    with structlog.testing.capture_logs() as said:
        await kept.put("ann", RECORD)
    assert [(each["event"], each["error"]) for each in said] == [
        ("keyring_silent", "failed (PermissionError)")
    ]
    assert await kept.get("ann") == RECORD


async def test_a_log_in_in_a_locked_keyring_is_one_line_that_says_how_to_go_on(
    folder: Path,
) -> None:
    desktop = Desktop()
    kept = with_ring(folder, desktop)
    await kept.put("ann", RECORD)
    desktop.state = "locked"
    with pytest.raises(BadConfig, match=r"unlock it, or set DANMATE_KEYRING=off") as caught:
        await kept.get("ann")
    assert "canary" not in str(caught.value)
    with pytest.raises(BadConfig, match=r"forgotten here, but the system keyring failed"):
        await kept.put("ann", {})
    assert await kept.get("ann") == {}


async def test_a_keyring_that_waits_for_somebody_is_asked_once(folder: Path) -> None:
    desktop = Desktop()
    desktop.state = "waiting"
    kept = with_ring(folder, desktop, patience=0.05)
    with structlog.testing.capture_logs() as said:
        await kept.put("ann", RECORD)
        await kept.put("ann", RECORD | {"number": "2"})
    assert (await kept.get("ann"))["number"] == "2"
    assert desktop.asked == 1
    assert [each["error"] for each in said] == [
        "has not answered within 0.05 s",
        "has not answered since it was asked",
    ]
    desktop.state = "open"
    desktop.unlocked.set()


HUNG = """
import asyncio, pathlib, sys, threading
from bot.vault import FileVault, RingVault
from bot.vault.ring import Ring

def hang():
    threading.Event().wait()

async def main():
    kept = RingVault(FileVault(pathlib.Path(sys.argv[1])), Ring(hang, 0.05))
    await kept.put("ann", {"a": "b"})
    print((await kept.get("ann"))["a"], flush=True)

asyncio.run(main())
"""


async def test_a_keyring_that_never_answers_does_not_keep_the_process_alive(folder: Path) -> None:
    async with python(HUNG, str(folder)) as process:
        out, _ = await process.communicate()
    assert (out.splitlines()[-1], process.returncode) == (b"b", 0)


async def test_a_keyring_that_loses_what_it_is_given_is_not_trusted(folder: Path) -> None:
    class Forgetful(Desktop):
        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[username] = password[:10]

    kept = with_ring(folder, Forgetful())
    await kept.put("ann", RECORD)
    assert await kept.get("ann") == RECORD


def test_the_environment_chooses_the_place(tmp_path: Path) -> None:
    assert isinstance(vault.of({}), RingVault)
    assert isinstance(vault.of({"DANMATE_KEYRING": "off"}), FileVault)
    assert isinstance(vault.of({"DANMATE_SECRETS": str(tmp_path)}), FileVault)
    assert vault.folder({"DANMATE_SECRETS": str(tmp_path)}) == tmp_path
    assert vault.folder({}).parts[-2:] == ("danmate", "secrets")


@pytest.mark.parametrize("name", ["fail", "null"])
def test_a_keyring_that_keeps_nothing_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"keyring.backends.{name}.Keyring")
    if find_spec("keyring") is None:
        assert system() is None
        pytest.skip("the optional package keyring is not installed")
    assert system() is None
