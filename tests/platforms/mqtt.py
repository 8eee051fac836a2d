"""A real broker, mosquitto, and a feeder on it that has a platform behind it."""

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt
import pytest
from pydantic import SecretStr

from adapters.mqtt import Mqtt, MqttSettings
from bot.model import Role
from tests.faults.waiting import CLOCK, until
from tests.platforms.bridge import Platform, line
from tests.platforms.stage import Verdict

USER, PASSWORD = "danmate", "p4ss-w0rd/of=broker"
BASE = "shop/local"


def found(name: str) -> str:
    """Return the program, or skip the test where it is not installed."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: mosquitto, mosquitto-clients)")
    return path


class Broker:
    """mosquitto on a port of its own; it keeps what it holds through a kill."""

    def __init__(self, folder: Path, *options: str, secure: tuple[str, ...] = ()) -> None:
        """``secure`` are the options of a TLS listener, where there is to be one."""
        self._program = found("mosquitto")
        self._folder = folder
        self.port, self.websocket, self.tls = _free(), _free(), _free()
        self._ports = (self.port, self.websocket, *((self.tls,) if secure else ()))
        secrets = folder / "passwords"
        secrets.touch(0o600)
        give = [found("mosquitto_passwd"), "-b", str(secrets), USER, PASSWORD]
        subprocess.run(give, check=True, capture_output=True)
        lines = (
            "user root",  # or it could not read what root may read alone
            "allow_anonymous false",
            f"password_file {secrets}",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 100000",  # as deploy/mosquitto.conf: it drops what is beyond
            *options,
            f"listener {self.port} 127.0.0.1",
            f"listener {self.websocket} 127.0.0.1",
            "protocol websockets",
            *((f"listener {self.tls} 127.0.0.1", *secure) if secure else ()),
        )
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    async def start(self) -> None:
        """Return once it answers."""
        command = [self._program, "-c", str(self._folder / "mosquitto.conf")]
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220 - at once
        await until(self._answers)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self._folder / "mosquitto.log").read_text())
        try:
            for port in self._ports:
                socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return False
        return True

    def client(self, **options: object) -> aiomqtt.Client:
        """Return somebody else's client."""
        return aiomqtt.Client("127.0.0.1", self.port, username=USER, password=PASSWORD, **options)  # type: ignore[arg-type]  # whatever it takes


class MqttStage:
    """danmate's adapter and a feeder, with the broker between them."""

    verdicts: frozenset[Verdict] = frozenset({"sent", "refused", "held", "throttled", "silent"})
    roles: frozenset[Role] = frozenset({"viewer", "subscriber", "vip", "moderator", "host", "bot"})
    breaks = True
    secrets = (PASSWORD,)

    def __init__(self, broker: Broker, **settings: object) -> None:
        self.broker = broker
        self.platform = Platform()
        self.states: list[str] = []
        """What the room's status has been."""
        self.adapter = self.reader(**settings)
        self._feeder: aiomqtt.Client | None = None
        self._serving: asyncio.Task[None] | None = None

    def reader(self, **settings: object) -> Mqtt:
        """Return an adapter for the room."""
        keys = {
            "prefix": "shop",
            "host": "127.0.0.1",
            "port": self.broker.port,
            "username": USER,
            "password": SecretStr(PASSWORD),
            **settings,
        }
        return Mqtt(MqttSettings.model_validate(keys))

    @property
    def posted(self) -> list[str]:
        return self.platform.shown

    @property
    def violations(self) -> int:
        return self.platform.violations

    async def ready(self) -> None:
        self.states.clear()
        await self._join()
        await until(lambda: self.states[-1:] == ["online"])

    async def _join(self) -> None:
        await self.close()
        feeder = await self.broker.client().__aenter__()
        await feeder.subscribe([(f"{BASE}/out", 1), (f"{BASE}/status", 1)])
        self._feeder, self._serving = feeder, asyncio.create_task(self._serve(feeder))

    async def left(self) -> None:
        await until(lambda: self.states[-1:] == ["offline"])

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        await self.publish(line(author, text, role))

    async def publish(self, frame: str, topic: str = "in", *, retain: bool = False) -> None:
        """Publish as soon as the broker takes it; it may do so twice."""
        while True:
            await until(lambda: self._feeder is not None)
            with suppress(aiomqtt.MqttError):
                if feeder := self._feeder:
                    await feeder.publish(f"{BASE}/{topic}", frame, qos=1, retain=retain, timeout=1)
                    return
            await CLOCK.sleep(0.01)

    def decide(self, verdict: Verdict) -> None:
        self.platform.verdict = verdict

    async def cut(self) -> None:
        """Kill the broker, and let another take its place with what it had kept."""
        self.broker.kill()
        await self.broker.start()
        await self._join()

    async def displace(self) -> None:
        """Break the adapter's connection off: another takes its client id, for a moment."""
        name = self.adapter.settings.identifier
        async with self.broker.client(identifier=name, clean_session=False):
            pass

    async def close(self) -> None:
        """End the feeder."""
        feeder, serving = self._feeder, self._serving
        self._feeder = self._serving = None
        if feeder and serving:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            with suppress(aiomqtt.MqttError):
                await feeder.__aexit__(None, None, None)
            feeder._disconnected.exception()  # it has been seen

    async def _serve(self, feeder: aiomqtt.Client) -> None:
        with suppress(aiomqtt.MqttError):
            async for message in feeder.messages:
                text = bytes(message.payload).decode()
                if message.topic.value.endswith("/status"):
                    self.states.append(text)
                    continue
                answer = self.platform.take(json.loads(text))
                if answer == "silent":
                    await self.displace()
                elif isinstance(answer, dict):
                    await feeder.publish(f"{BASE}/posted", json.dumps(answer), qos=1)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(folder: Path, *options: str) -> AsyncIterator[Broker]:
    """Keep a broker running while the context is open."""
    broker = Broker(folder, *options)
    await broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@asynccontextmanager
async def mqtt(folder: Path, **settings: object) -> AsyncIterator[MqttStage]:
    """Set the stage."""
    async with running(folder) as broker:
        stage = MqttStage(broker, **settings)
        try:
            yield stage
        finally:
            await stage.close()
