"""``danmate login twitch``: the device code flow of OAuth 2 (RFC 8628)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from adapters.twitch.oauth import SCOPES, Device, OAuth, Pair, client
from adapters.twitch.settings import TwitchSettings
from bot.errors import AuthFailed, Disconnected
from bot.model import Prompt
from bot.ports import Vault

LEAST = 1.0
"""Seconds between two questions, whatever the server says."""
SLOWER = 5.0
"""Seconds that each slow_down adds to them (RFC 8628, 3.5)."""


async def log_in(
    settings: TwitchSettings,
    vault: Vault,
    tell: Callable[[Prompt], None],
    least: float = LEAST,
    slower: float = SLOWER,
) -> str:
    """Log in by a code that the user types at Twitch; keep the pair; return the log-in name.

    Raises AuthFailed (refused, or not done in time) or Disconnected.
    """
    if not settings.client_id:
        raise AuthFailed(
            "client_id: expected the id of an application of the type Public, which you register "
            "at dev.twitch.tv/console"
        )
    async with client() as http:
        oauth = OAuth(http, settings.auth)
        device = await oauth.device(settings.client_id)
        text = f"Open {device.verification_uri} as the bot's account and enter {device.user_code}"
        tell(Prompt(text, device.verification_uri, device.user_code))
        try:
            async with asyncio.timeout(device.expires_in):
                pair = await _agreed(oauth, settings.client_id, device, least, slower)
        except TimeoutError:
            raise AuthFailed("login_timeout: the code has expired: try again") from None
        return await _keep(oauth, vault, settings.account, pair)


async def _agreed(
    oauth: OAuth, client_id: str, device: Device, least: float, slower: float
) -> Pair:
    pause = max(least, device.interval)
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await asyncio.Event().wait()
        try:
            answer = await oauth.poll(client_id, device.device_code)
        except Disconnected:
            continue  # the code lives on: the user may be typing it
        match answer:
            case Pair():
                return answer
            case "authorization_pending":
                continue
            case "slow_down":
                pause += slower
            case reason:
                raise AuthFailed(f"login_refused: {reason}")


async def _keep(oauth: OAuth, vault: Vault, account: str, pair: Pair) -> str:
    valid = await oauth.validate(pair.access_token)
    if valid is None:
        raise AuthFailed("login_refused: the token that came is not valid")
    record = {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "login": valid.login,
        "user_id": valid.user_id,
        "scopes": " ".join(valid.scopes or SCOPES),
        "client_id": valid.client_id,
    }
    try:
        async with vault.locked(account):
            await vault.put(account, record)
    except OSError as error:
        raise AuthFailed(f"login_not_kept: {type(error).__name__}") from error
    return valid.login
