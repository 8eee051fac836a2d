"""``[web]``: where the pages are served, and by which address browsers come to them."""

import re
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo

from bot.config.rooms import Name, Table, beside
from bot.config.served import KeyName
from bot.errors import CannotStart
from bot.web.site import Site, loopback

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?P<port>:[1-9]\d{0,4})?/?"
)
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
_PORTS = {"https": ":443", "http": ":80"}


def _address(value: str) -> str:
    """Return an address as browsers send it in Origin."""
    if not value:
        return value
    found = _URL.fullmatch(value.strip().lower())
    if not found:
        raise ValueError("https://host or https://host:port and nothing more")
    scheme, host, port = found["scheme"], found["host"], found["port"] or ""
    if scheme == "http" and not loopback(host):
        raise ValueError("https://…: without it anybody on the way reads along")
    return f"{scheme}://{host}{port if port != _PORTS[scheme] else ''}"


File: TypeAlias = Annotated[
    Path | None, BeforeValidator(lambda value, info: beside(value, info) or None)
]


def _folder(value: Any, info: ValidationInfo) -> Any:
    return Path("cases") if value == "" else beside(value, info)


class WebTable(Table):
    """``[web]``."""

    host: Name = "127.0.0.1"
    port: Annotated[int, Strict(), Field(ge=0, le=65_535)] = 8765
    url: Annotated[str, AfterValidator(_address)] = ""
    certificate: File = None
    key: File = None
    token: KeyName = ""
    session: Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)] = 604_800.0
    cases: Annotated[Path, BeforeValidator(_folder)] = Path("cases")

    def site(self) -> Site:
        """Return who may call us by what.

        Raises CannotStart: other machines could listen in, or could ask without our knowing how
        they come.
        """
        own = self.tls() is not None
        if not (loopback(self.host) or self.url or own):
            raise CannotStart(
                f"web.host: {self.host} lets other machines in: expected web.url, the https://"
                " address of the proxy before it, or web.certificate and web.key (docs/page.md)"
            )
        found = _URL.fullmatch(self.url)
        told = found["host"] if found else self.host
        near = loopback(self.host) and loopback(told)
        return Site(
            hosts=frozenset({self.host.strip("[]").lower(), told.strip("[]")}),
            url=self.url,
            open=near,
            proxied=bool(self.url) and not loopback(told) and not own,
            secure=own or self.url.startswith("https:"),
        )

    def tls(self) -> tuple[Path, Path] | None:
        """Return the files of our own TLS, None: plain HTTP. Raises CannotStart."""
        if self.certificate is None and self.key is None:
            return None
        for name, file in (("certificate", self.certificate), ("key", self.key)):
            if file is None or not file.is_file():
                raise CannotStart(f"web.{name}: expected a PEM file ({file or 'none is named'})")
        assert self.certificate is not None  # noqa: S101 - the loop has looked
        assert self.key is not None  # noqa: S101 - the same
        return self.certificate, self.key

    def address(self, port: int) -> str:
        """Return the address of the pages on this machine, which are served at ``port``."""
        scheme = "http" if self.tls() is None else "https"
        bare = _HERE.get(self.host, self.host).strip("[]")
        host = f"[{bare}]" if ":" in bare else bare
        return f"{scheme}://{host}:{port}"
