"""Authentication by an API key as bearer token. A request without a valid key is neither routed nor parsed."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from subscriptions.domain.entities.api_key import PREFIX, Ability, ApiKey, digest_of
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from web.problems import refusal

log = structlog.get_logger(__name__)

HINT: Final = "send Authorization: Bearer with a key that may do this"
OWN: Final = frozenset({Ability.PICKS, Ability.REPORTS})
"""Abilities of the API key from the settings. They exclude access to customers' data."""
USED_EVERY: Final = timedelta(minutes=1)
KEY_NAME: Final = "key_name"
KEY_ABILITIES: Final = "key_abilities"
"""Names of the request state's attributes for the key's name and abilities."""
_READING: Final = frozenset({"GET", "HEAD"})

ReadKeys = Callable[[], Awaitable[Sequence[ApiKey]]]
TellUse = Callable[[str, datetime], Awaitable[None]]


class KeyCache:
    """Cache of the API keys. own: API key from the settings, which has the abilities OWN; None if it is not set."""

    def __init__(self, own: str | None, keys: ReadKeys, tell_used: TellUse, clock: Clock) -> None:
        self._own = own
        self._keys = keys
        self._used = tell_used
        self._clock = clock
        self._last_use: dict[str, datetime] = {}

    async def key_of(self, token: bytes) -> tuple[str, frozenset[Ability]] | None:
        """Return the name and the abilities of an API key, or None for an unknown key. Raises RetryLater if the stored
        keys cannot be read.
        """
        if self._own and hmac.compare_digest(token, self._own.encode()):
            return "PICKS_API_KEY", OWN
        if not token.startswith(PREFIX.encode()):
            return None
        digest = digest_of(token.decode("latin-1"))
        key = next((key for key in await self._keys() if hmac.compare_digest(key.digest, digest)), None)
        if key is None:
            return None
        now = self._clock.now()
        if now - self._last_use.get(key.name, now - USED_EVERY) >= USED_EVERY:
            self._last_use[key.name] = now
            await self._used(key.name, now)
        return key.name, key.abilities


class BearerAuthentication:
    """ASGI middleware that requires an API key. Handlers find the key's name and abilities in `request.state`.

    needs: ability required to read, by path prefix. changes: ability required for a change, by path prefix; None if the
    handler checks the ability because it depends on the command.
    """

    def __init__(
        self,
        app: ASGIApp,
        needs: Mapping[str, Ability | None],
        changes: Mapping[str, Ability | None],
        key_cache: KeyCache,
    ) -> None:
        self._app = app
        self._needs = needs
        self._needs_to_change = {**needs, **changes}
        self._key_cache = key_cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        needs = self._needs if scope.get("method") in _READING else self._needs_to_change
        prefix = next((prefix for prefix in needs if path.startswith(prefix)), None)
        if prefix is None:
            await self._app(scope, receive, send)
            return
        ability = needs[prefix]
        try:
            key = await self._key_cache.key_of(bearer_token(scope))
        except RetryLater:
            await refusal(path, 503, "try again", {"Retry-After": "30"})(scope, receive, send)
            return
        name, able = key or ("", None)
        if able is not None and (ability is None or ability in able):
            scope.setdefault("state", {}).update({KEY_NAME: name, KEY_ABILITIES: able})
            await self._app(scope, receive, send)
            return
        # The key itself is not logged, because it may be a valid key with a typo. `web.rate_limits` slows down repeated
        # attempts.
        remote = scope["client"][0] if scope.get("client") else None
        log.warning("api key refused", remote=remote, method=scope["method"], known=able is not None, needed=ability)
        status, more = (401, {"WWW-Authenticate": "Bearer"}) if able is None else (403, {})
        await refusal(path, status, HINT, more)(scope, receive, send)


def bearer_token(scope: Scope) -> bytes:
    """Return the bearer token of a request, or empty bytes if there is none."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    # Header values are bytes that were decoded as Latin-1.
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
