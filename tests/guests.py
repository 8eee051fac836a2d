"""A platform from outside, found by entry point: it logs in as its settings say, and betrays all.

Whatever it raises, logs, warns of and leaves unretrieved holds the secrets that it was given.
"""

import asyncio
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.errors import AuthFailed, Disconnected, Refused
from bot.model import Abilities, ChatMessage, Check, Prompt, Reply
from bot.ports import App, Vault

URL = "https://guest.example/activate?code=ABCD-EFGH"
CODE = "ABCD-EFGH"
log = structlog.get_logger()


def install(folder: Path) -> str:
    """Write what pip would for this platform; return the PYTHONPATH that finds it."""
    info = folder / "guests-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guests\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bot.adapters]\nguest = tests.guests:Guest\n")
    return f"{folder}:{Path(__file__).parents[1]}"


class GuestSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str = Field(min_length=1)
    client_id: str = ""
    account: str = "guest"
    token: SecretStr | None = None
    says: Literal["yes", "no", "away", "nothing"] = "yes"
    fault: Literal["lost", "refused", "crash", "made"] = "lost"
    gives: str = "gu3st-access-token"


class Guest:
    """A room in which one question is asked in each connection."""

    platform: ClassVar[str] = "guest"
    Settings: ClassVar[type[BaseModel]] = GuestSettings
    abilities: ClassVar[Abilities] = Abilities(limits=((100, 30.0),))

    def __init__(self, settings: GuestSettings) -> None:
        self.settings = settings
        self.vault: Vault | None = None
        self._told = settings.token.get_secret_value() if settings.token else ""
        self._times = 0
        if settings.fault == "made":
            raise RuntimeError(f"made with {self._told}")

    @property
    def room(self) -> str:
        return f"guest/{self.settings.channel}"

    def app(self) -> App | None:
        return None

    def keep(self, vault: Vault) -> None:
        self.vault = vault

    async def login(self, tell: Callable[[Prompt], None]) -> str:
        assert self.vault
        tell(Prompt("Open the page and type the code", URL, CODE))
        match self.settings.says:
            case "no":
                raise AuthFailed("denied: the user said no")
            case "away":
                raise Disconnected("timed out")
            case "nothing":
                await asyncio.Event().wait()
        record = {"access_token": self.settings.gives, "login": "ann", "expires_at": "1798761600"}
        async with self.vault.locked(self.settings.account):
            await self.vault.put(self.settings.account, record)
        return "ann \x1b[31m"

    async def examine(self) -> Sequence[Check]:
        record = await self.vault.get(self.settings.account) if self.vault else {}
        told = f"{self._told} {record.get('access_token')}"
        return [Check("guest", ok=False, text=f"looked at {told}", mend=f"mend {told}")]

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["GuestSession"]:
        record = await self.vault.get(self.settings.account) if self.vault else {}
        secrets = f"{self._told} {record.get('access_token')}"
        log.debug("connected", headers={secrets: [secrets]}, record=record, told=(secrets,))
        self._times += 1
        if self._times == 1:
            raise Disconnected(f"lost {secrets}")
        if self.settings.fault == "refused":
            raise AuthFailed(f"refused {secrets}")
        if self.settings.fault == "crash":
            raise RuntimeError(f"crash {secrets}") from ExceptionGroup(secrets, [OSError(secrets)])
        yield GuestSession(self.room, secrets)


class GuestSession:
    """Hears one question; refuses the answer, and breaks off."""

    def __init__(self, room: str, secrets: str) -> None:
        self._room = room
        self._secrets = secrets
        self._over = asyncio.Event()

    async def messages(self) -> AsyncIterator[ChatMessage]:
        def aside() -> None:
            raise RuntimeError(f"thread {self._secrets}")

        async def task() -> None:
            raise RuntimeError(f"task {self._secrets}")

        warnings.warn(f"warned of {self._secrets}", stacklevel=1)
        threading.Thread(target=aside).start()
        asyncio.get_running_loop().call_soon(aside)
        await asyncio.wait({asyncio.create_task(task())})
        now = time.time()  # noqa: TID251 - the platform's own clock
        yield ChatMessage(f"q{now}", "guest", self._room, "Bo", "7", "viewer", "1号多少钱", now)
        await self._over.wait()
        raise Disconnected(f"over {self._secrets}")

    async def post(self, reply: Reply) -> None:
        self._over.set()
        raise Refused(f"bad_token: {self._secrets}")
