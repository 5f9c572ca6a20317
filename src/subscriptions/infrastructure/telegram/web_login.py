"""Telegram's login for websites: OpenID Connect, authorization code flow with PKCE.

https://core.telegram.org/bots/telegram-login. The identity token comes from Telegram's own address, over TLS, in the
response to a call that is authenticated with the client's secret. So its signature need not be verified (OpenID Connect
Core 1.0, 3.1.3.7, point 6), and every algorithm that @BotFather offers works.
"""

import base64
import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.telegram_login import LoginRefused, LoginRequest

TIMEOUT_SECONDS: Final = 10.0
MAX_AGE: Final = timedelta(minutes=5)
CLOCK_SKEW: Final = timedelta(minutes=2)


class _Claims(BaseModel):
    """Claims of the identity token. `id`: the person's Telegram id, as in the Bot API; `sub` is not used, because it
    differs per client.
    """

    iss: str
    aud: Annotated[str, BeforeValidator(str)]
    iat: Annotated[int, Field(ge=0, lt=10**11)]
    exp: Annotated[int, Field(ge=0, lt=10**11)]
    id: Annotated[int, Field(gt=0, lt=TELEGRAM_ID_LIMIT)]


class OpenIdLogin:
    """Implementation of `TelegramLogin` by OpenID Connect over HTTP."""

    def __init__(self, client_id: str, secret: str, base: str, clock: Clock) -> None:
        """client_id, secret: values shown by @BotFather
        base: URL of the issuer of the tokens, without a trailing slash
        """
        self._client_id, self._secret, self._base, self._clock = client_id, secret, base, clock

    def address(self, request: LoginRequest) -> str:
        """Implements `TelegramLogin.address`."""
        challenge = hashlib.sha256(request.verifier.encode()).digest()
        query = {
            "client_id": self._client_id,
            "redirect_uri": request.return_url,
            "response_type": "code",
            "scope": "openid profile",
            "state": request.state,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self._base}/auth?{urlencode(query)}"

    async def person(self, request: LoginRequest, code: str) -> TelegramId:
        """Implements `TelegramLogin.person`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.return_url,
            "client_id": self._client_id,
            "code_verifier": request.verifier,
        }
        # Connections to this machine are not encrypted, so no certificate authorities are loaded; loading them takes a
        # while.
        verify = True if self._base.startswith("https://") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=verify) as client:
                answer = await client.post(f"{self._base}/token", data=form, auth=(self._client_id, self._secret))
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise LoginRefused(f"cannot be reached ({type(error).__name__})") from None
        token = body.get("id_token") if isinstance(body, dict) else None
        if not answer.is_success or not isinstance(token, str):
            raise LoginRefused(f"answers {answer.status_code} to the code")
        return TelegramId(self._claims(token, self._clock.now()).id)

    def _claims(self, token: str, now: datetime) -> _Claims:
        try:
            _, payload, _ = token.split(".")
            claims = _Claims.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (ValueError, ValidationError):
            raise LoginRefused("its token cannot be read") from None
        if claims.iss != self._base or claims.aud != self._client_id:
            raise LoginRefused("its token is somebody else's")
        age = now - datetime.fromtimestamp(claims.iat, UTC)
        if not -CLOCK_SKEW <= age <= MAX_AGE or now > datetime.fromtimestamp(claims.exp, UTC) + CLOCK_SKEW:
            raise LoginRefused("its token is too old, or of the future")
        return claims
