"""Rooms of the same kind that anybody may read: ``danmate run --shadow openlines:HOST:PORT``."""

from collections.abc import Mapping, Sequence

import httpx

from bot.errors import BadConfig
from bot.model import Check

from . import Lines


class OpenLines(Lines):
    platform, room = "openlines", "openlines/main"

    @classmethod
    def watch(cls, name: str) -> Mapping[str, object]:
        host, _, port = name.partition(":")
        if not (host and port.isdecimal()):
            raise BadConfig(f"{name}: expected HOST:PORT")
        return {"url": f"http://{host}:{port}"}

    async def examine(self) -> Sequence[Check]:
        try:
            async with httpx.AsyncClient(timeout=30) as http:
                answer = await http.head(self.settings.url)
        except httpx.HTTPError as error:
            text, mend = f"{self.settings.url}: {error}", "start the room, or mend url"
            return [Check("network", ok=False, text=text, mend=mend)]
        return [Check("network", ok=True, text=f"{self.settings.url}: {answer.status_code}")]
