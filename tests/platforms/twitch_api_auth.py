"""Scripted Twitch: who is who, and the authorization server with tokens that are used once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.platforms.twitch_api_http import Request, Response

SCOPES = ("user:read:chat", "user:write:chat", "chat:read", "chat:edit")
CLIENT = "appof7danmate"


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    id: str
    login: str
    name: str


@dataclass
class Grant:
    """A pair of tokens; each is valid until it is spent or taken back."""

    user: User
    access: str
    refresh: str
    scopes: Sequence[str]


@dataclass
class Device:
    """A code that somebody may have typed."""

    code: str
    agreed: User | None = None
    asked: int = 0


@dataclass
class Auth:
    """The authorization server: what it has given, and how often it was asked."""

    grants: list[Grant] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    devices: dict[str, Device] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    validations: int = 0
    refreshes: int = 0
    refused: int = 0
    """Refreshes with a token that was not valid (any more)."""
    unwell: bool = False
    turned_away: int = 0
    """Requests while it was unwell."""
    slow_down: int = 0
    """How many of the next polls are told to ask less often."""
    expires_in: float = 1800.0
    on_refresh: Callable[[], None] = lambda: None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def grant(self, user: User, scopes: Sequence[str] = SCOPES) -> Grant:
        """Give a pair."""
        number = next(self._numbers)
        made = Grant(user, f"acc{number}ess5ecret", f"ref{number}resh5ecret", tuple(scopes))
        self.grants.append(made)
        self.issued += [made.access, made.refresh]
        return made

    def expire(self, access: str) -> None:
        """Let an access token be valid no longer."""
        self.dead.add(access)

    def whose(self, access: str) -> Grant | None:
        """Return what a valid access token was given for."""
        if access in self.dead:
            return None
        return next((grant for grant in self.grants if grant.access == access), None)

    def agree(self, user: User) -> None:
        """Let a user type the code that was shown last."""
        [*_, device] = self.devices.values()
        device.agreed = user

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        if self.unwell:
            self.turned_away += 1
            return Response(503, {"status": 503, "message": "try later"})
        match request.method, request.path:
            case "GET", "/oauth2/validate":
                return self._validate(request)
            case "POST", "/oauth2/device":
                return self._device(request.form)
            case "POST", "/oauth2/token":
                return self._token(request.form)
            case "POST", "/oauth2/revoke":
                self.expire(request.form["token"])
                return Response(200)
            case _:
                return Response(404, {"status": 404, "message": "404 page not found"})

    def _validate(self, request: Request) -> Response:
        self.validations += 1
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.whose(token)
        if grant is None or scheme not in ("OAuth", "Bearer"):
            return Response(401, {"status": 401, "message": "invalid access token"})
        found = {
            "client_id": CLIENT,
            "login": grant.user.login,
            "scopes": list(grant.scopes),
            "user_id": grant.user.id,
            "expires_in": 14_000,
        }
        return Response(200, found)

    def _device(self, form: dict[str, str]) -> Response:
        if form.get("client_id") != CLIENT:
            return Response(400, {"status": 400, "message": "invalid client"})
        device = Device(f"dev{next(self._numbers)}ice5ecret")
        self.devices[device.code] = device
        self.issued.append(device.code)
        shown = {
            "device_code": device.code,
            "expires_in": self.expires_in,
            "interval": 0,
            "user_code": "ABCDEFGH",
            "verification_uri": "https://www.twitch.tv/activate?public=true&device-code=ABCDEFGH",
        }
        return Response(200, shown)

    def _token(self, form: dict[str, str]) -> Response:
        if form["grant_type"] == "refresh_token":
            return self._refresh(form)
        device = self.devices.get(form["device_code"])
        if device is None:
            return Response(400, {"status": 400, "message": "invalid device code"})
        device.asked += 1
        if self.slow_down:
            self.slow_down -= 1
            return Response(400, {"status": 400, "message": "slow_down"})
        if device.agreed is None:
            return Response(400, {"status": 400, "message": "authorization_pending"})
        del self.devices[device.code]
        return self._given(self.grant(device.agreed))

    def _refresh(self, form: dict[str, str]) -> Response:
        spent = form["refresh_token"]
        old = next((grant for grant in self.grants if grant.refresh == spent), None)
        if old is None or form["client_id"] != CLIENT:
            self.refused += 1
            return Response(400, {"status": 400, "message": "Invalid refresh token"})
        self.refreshes += 1
        self.grants.remove(old)
        self.dead.add(old.access)
        self.on_refresh()
        return self._given(self.grant(old.user, old.scopes))

    def _given(self, grant: Grant) -> Response:
        found = {
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "expires_in": 14_400,
            "scope": list(grant.scopes),
            "token_type": "bearer",
        }
        return Response(200, found)
