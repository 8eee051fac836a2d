"""What the embedded server has answered to outlives it, however slow its disk is."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from shutil import which

import pytest

from bot.bus.inbox import Inbox
from bot.bus.server import connect
from tests.bus.test_inbox import message_of
from tests.bus.test_server import OWNER, put_all, server_pid

SLOW_DISK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int fdatasync(int file) {
  char link[64], path[4096] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  if (readlink(link, path, sizeof path - 1) > 0 && strstr(path, ".incr.aof")) {
    close(open(getenv("FLUSHING"), O_CREAT | O_WRONLY, 0600));
    sleep(30);
  }
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not which("cc"), reason="no C compiler to make the disk slow with"
)
async def test_nothing_accepted_is_lost_when_the_server_is_killed_while_its_disk_is_busy(
    tmp_path: Path,
) -> None:
    library, flushing = tmp_path / "slow.so", tmp_path / "flushing"
    (tmp_path / "slow.c").write_text(SLOW_DISK)
    compiler = await asyncio.create_subprocess_exec(
        "cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "slow.c"), "-ldl"
    )
    assert await compiler.wait() == 0
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(tmp_path), stdin=PIPE, stdout=PIPE,
        env={**os.environ, "LD_PRELOAD": str(library), "FLUSHING": str(flushing)},
    )  # fmt: skip
    assert owner.stdout
    assert await owner.stdout.readline() == b"ready\n"
    async with await connect("", tmp_path) as store:
        before = 0
        while not flushing.exists():
            before += await Inbox(store).put(message_of(before))
        await put_all(store, range(before, before + 100))
        os.kill(await server_pid(store), signal.SIGKILL)
        owner.kill()
        await owner.wait()
        await store.ensure()
        assert await Inbox(store).pending() == before + 100
