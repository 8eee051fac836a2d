"""A log-in that lasts: validated every hour, renewed when refused, kept before it is used."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from adapters.twitch.oauth import LOGIN, PRINTABLE, OAuth, Valid, client
from adapters.twitch.settings import Login, TwitchSettings
from adapters.twitch.timing import pause
from bot.errors import AuthFailed, BadConfig, Disconnected
from bot.ports import Vault

log = structlog.get_logger()

HOUR = 3600.0
"""Seconds after which Twitch wants a token validated again (dev.twitch.tv/docs/authentication)."""
AGAIN = 60.0
"""Seconds until the next try, where the authorization server gave no answer."""


class KeptLogin:
    """The log-in of ``settings.account``, or ``settings.token``; see Login.

    Any number of processes may share an account: whoever renews holds the account's lock, and
    looks first whether somebody else has done so. A refresh token is spent by its first use, so
    the pair that it gives is in the vault before anything else happens.
    """

    def __init__(
        self, settings: TwitchSettings, vault: Vault | None, oauth: OAuth, every: float = HOUR
    ) -> None:
        """``every``: seconds between two validations."""
        self._account = settings.account
        self._client_id = settings.client_id
        self._given = settings.token
        self._vault = vault
        self._oauth = oauth
        self._every = every
        self._token = ""
        self._valid: Valid | None = None
        self._check_at = 0.0
        self._renewing: asyncio.Task[str] | None = None

    @property
    def login(self) -> str:
        """The account's log-in name."""
        return self._known.login.lower()

    @property
    def user_id(self) -> str:
        """The account's id."""
        return self._known.user_id

    @property
    def client_id(self) -> str:
        """The application that the token was given to."""
        return self._known.client_id

    @property
    def scopes(self) -> frozenset[str]:
        """What the token may do."""
        return frozenset(self._known.scopes or ())

    async def start(self) -> None:
        """Find the token and validate it; raises AuthFailed or Disconnected."""
        self._token = (
            self._told() if self._given else (await self._record()).get("access_token", "")
        )
        if not self._token:
            raise AuthFailed(f"no_login: {LOGIN}")
        valid = await self._oauth.validate(self._token)
        if valid is None:
            await self.renew(self._token)
        else:
            self._accept(self._token, valid)

    async def token(self) -> str:
        """Return a token that was valid an hour ago or later.

        Raises AuthFailed, or Disconnected where it must be renewed and nobody answers.
        """
        loop = asyncio.get_running_loop()
        if loop.time() >= self._check_at:
            self._check_at = loop.time() + min(AGAIN, self._every)
            try:
                valid = await self._oauth.validate(used := self._token)
            except Disconnected as error:  # whether it is valid, the next use will show
                log.warning("login_unchecked", account=self._account, error=str(error))
                return self._token
            if valid is None:
                return await self.renew(used)
            self._accept(used, valid)
        return self._token

    async def renew(self, refused: str) -> str:
        """Return another token than ``refused``; raises AuthFailed or Disconnected.

        Who asks may give up: the renewal goes on, or the new pair would be lost.
        """
        if refused != self._token:
            return self._token
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(refused))
            self._renewing.add_done_callback(self._renewed)
        return await asyncio.shield(self._renewing)

    async def close(self) -> None:
        """Let a renewal end."""
        if self._renewing:
            await asyncio.gather(self._renewing, return_exceptions=True)

    @property
    def _known(self) -> Valid:
        if self._valid is None:
            raise AuthFailed(f"no_login: {LOGIN}")
        return self._valid

    def _told(self) -> str:
        token = self._given.get_secret_value().strip().removeprefix("oauth:") if self._given else ""
        if not PRINTABLE.fullmatch(token):
            raise AuthFailed("token_malformed: expected letters and digits")
        return token

    def _accept(self, token: str, valid: Valid) -> None:
        self._token, self._valid = token, valid
        self._check_at = asyncio.get_running_loop().time() + self._every

    def _renewed(self, task: asyncio.Task[str]) -> None:
        self._renewing = None
        if not task.cancelled():
            task.exception()  # whoever waits has it; if nobody does, the next call meets it again

    async def _renew(self, refused: str) -> str:
        if self._given or self._vault is None:
            raise AuthFailed(f"token_refused: give another one, or {LOGIN}")
        try:
            async with self._vault.locked(self._account):
                record = await self._record()
                found = record.get("access_token", "")
                valid = await self._oauth.validate(found) if found not in ("", refused) else None
                if valid is None:
                    found = await self._spend(self._vault, record)
                    valid = await self._oauth.validate(found)
        except (BadConfig, OSError) as error:
            raise AuthFailed(f"login_not_kept: {type(error).__name__}: {LOGIN}") from error
        if valid is None:
            raise AuthFailed(f"login_refused: {LOGIN}")
        self._accept(found, valid)
        log.info("login_renewed", account=self._account)
        return found

    async def _spend(self, vault: Vault, record: Mapping[str, str]) -> str:
        """Renew with the record's refresh token; return the access token once it is kept."""
        if not (refresh_token := record.get("refresh_token")):
            raise AuthFailed(f"login_expired: {LOGIN}")
        client_id = record.get("client_id") or self._client_id
        pair = await self._oauth.refresh(client_id, refresh_token)
        kept = {
            **record,
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token or refresh_token,
        }
        await vault.put(self._account, kept)
        return pair.access_token

    async def _record(self) -> Mapping[str, str]:
        try:
            return await self._vault.get(self._account) if self._vault else {}
        except BadConfig as error:
            raise AuthFailed(f"login_unreadable: {error}") from error
        except OSError as error:
            raise AuthFailed(f"login_unreadable: {type(error).__name__}") from error


async def mind(login: Login, every: float, refused: Callable[[AuthFailed], None]) -> None:
    """Keep a log-in valid whether or not anything is posted; call ``refused`` if it cannot be.

    Looks ``every`` so many seconds whether it is time for a validation.
    """
    while True:
        await pause(every)
        try:
            await login.token()
        except Disconnected as error:
            log.warning("login_unchecked", error=str(error))
        except AuthFailed as error:
            refused(error)
            return


@asynccontextmanager
async def logged_in(
    settings: TwitchSettings, vault: Vault | None, every: float = HOUR
) -> AsyncIterator[KeptLogin]:
    """Give a log-in that has been validated; raises AuthFailed or Disconnected."""
    async with client() as http:
        login = KeptLogin(settings, vault, OAuth(http, settings.auth), every)
        try:
            await login.start()
            yield login
        finally:
            await login.close()
