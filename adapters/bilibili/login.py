"""Logging in by QR code, as the web page does. It is unofficial: the prompt says what that risks.

Source: the passport calls that public clients of the web page use (bilibili-api-python, blivechat).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from adapters.bilibili.answers import Code
from adapters.bilibili.api import Api, Budget, http
from adapters.bilibili.lanes import pause
from adapters.bilibili.settings import BilibiliSettings
from bot.errors import AuthFailed, Disconnected
from bot.model import Prompt
from bot.ports import Vault

LASTS = 180.0
"""Seconds for which a QR code holds."""
POLLS = 1_000
"""Questions in a minute: ``every`` spaces them."""
NEEDED = ("SESSDATA", "bili_jct", "DedeUserID")
KEPT = (*NEEDED, "DedeUserID__ckMd5", "sid")
WARNING = (
    "Scan this with the Bilibili app and confirm there. This way in is unofficial: it breaks"
    " Bilibili's terms, and Bilibili may lock or ban the account. Use an account that you can"
    " afford to lose. What is kept here gives full access to it."
)
CONFIRM = "Scanned: now confirm on the phone."


async def login(
    settings: BilibiliSettings,
    vault: Vault,
    tell: Callable[[Prompt], None],
    *,
    every: float = 2.0,
    within: float = LASTS,
) -> str:
    """Log in by QR code, keep the cookies under ``settings.account``, return the account's name.

    The platform is asked every ``every`` seconds. Raises AuthFailed where nobody scans and
    confirms within ``within`` seconds, or Disconnected.
    """
    async with http() as client:
        api = Api(settings, {}, client, Budget(POLLS))
        code = await api.code()
        tell(Prompt(WARNING, url=code.url))
        try:
            async with asyncio.timeout(within):
                record = await _confirmed(api, code, tell, every)
        except TimeoutError:
            raise AuthFailed("login_expired: nobody confirmed in time: log in again") from None
        async with vault.locked(settings.account):
            await vault.put(settings.account, record)  # at once: the code is used up
            with suppress(Disconnected):
                me = await Api(settings, record, client).nav()
                record = {**record, "uname": me.uname}
                await vault.put(settings.account, record)
    return record.get("uname") or record["DedeUserID"]


async def _confirmed(
    api: Api, code: Code, tell: Callable[[Prompt], None], every: float
) -> Mapping[str, str]:
    """Return the cookies once the user has confirmed; raises AuthFailed."""
    scanned = False
    while True:
        poll, cookies = await api.poll(code.qrcode_key)
        match poll.code:
            case 0:
                return _record(cookies, poll.refresh_token)
            case 86038:
                raise AuthFailed("login_expired: the code is too old: log in again")
            case 86090 if not scanned:
                scanned = True
                tell(Prompt(CONFIRM))
            case 86101 | 86090:
                pass
            case other:
                raise AuthFailed(f"login_refused: code {other}")
        await pause(every)


def _record(cookies: Mapping[str, str], refresh_token: str) -> Mapping[str, str]:
    if missing := [name for name in NEEDED if not cookies.get(name)]:
        raise Disconnected(f"login: no cookie {', '.join(missing)}")
    kept = {name: cookies[name] for name in KEPT if cookies.get(name)}
    return {**kept, "refresh_token": refresh_token}
