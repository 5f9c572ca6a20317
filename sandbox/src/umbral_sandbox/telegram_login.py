"""Telegram's login for websites: a page where any person of this world can log in, and the exchange of the code.

The login follows OpenID Connect: authorization code, PKCE with S256 only, Basic authorization of the client. `/auth`
accepts any number as a client id; the exchange refuses unknown clients. Codes are valid for a minute, and in this
process only.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Header, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from umbral_sandbox.world.telegram.records import Person
from umbral_sandbox.world.world import World

KEY: Final = "demo-telegram-login"
"""Client secret of every bot, the only one that is accepted."""
ROOT: Final = "/telegram-login"
_CODE_LIVES: Final = timedelta(minutes=1)
_TOKEN_LIVES: Final = timedelta(hours=1)


@dataclass(frozen=True)
class _Code:
    client: str
    back: str
    challenge: str
    person: Person
    at: datetime


def telegram_login_router(world: World) -> APIRouter:
    """Return the routes `/auth` and `/token`, below `ROOT`, which is also the issuer's address."""
    router = APIRouter()
    codes: dict[str, _Code] = {}

    @router.get(f"{ROOT}/auth", response_model=None)
    async def auth(
        request: Request,
        client_id: Annotated[str, Query(pattern="^[0-9]+$")],
        redirect_uri: Annotated[str, Query(pattern="^https?://")],
        code_challenge: Annotated[str, Query(min_length=43, max_length=43)],
        state: str = "",
        response_type: str = "",
        scope: str = "",
        code_challenge_method: str = "",
        person: int | None = None,
    ) -> Response:
        if response_type != "code" or code_challenge_method != "S256" or "openid" not in scope.split():
            return _refused("invalid_request", 400)
        if person is None:
            return HTMLResponse(_page(world, request))
        code = secrets.token_urlsafe(24)
        who = world.telegram.people.person(person)
        codes[code] = _Code(client_id, redirect_uri, code_challenge, who, world.clock.now())
        query = urlencode({"code": code, "state": state})
        return RedirectResponse(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}", 303)

    @router.post(f"{ROOT}/token", response_model=None)
    async def token(
        request: Request,
        grant_type: Annotated[str, Form()],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any] | JSONResponse:
        used, now = codes.pop(code, None), world.clock.now()
        if used is None or grant_type != "authorization_code" or now > used.at + _CODE_LIVES:
            return _refused("invalid_grant", 400)
        basic = f"Basic {base64.b64encode(f'{used.client}:{KEY}'.encode()).decode()}"
        if not hmac.compare_digest(authorization.encode(), basic.encode()):
            return _refused("invalid_client", 401)
        if (_encoded(hashlib.sha256(code_verifier.encode()).digest()), redirect_uri) != (used.challenge, used.back):
            return _refused("invalid_grant", 400)
        base = f"{request.url.scheme}://{request.url.netloc}{ROOT}"
        claims = {
            "iss": base,
            "aud": used.client,
            "sub": hashlib.sha256(f"{used.client}:{used.person.id}".encode()).hexdigest()[:20],
            "iat": int(now.timestamp()),
            "exp": int((now + _TOKEN_LIVES).timestamp()),
            "id": used.person.id,
            "name": used.person.first_name,
            **({"preferred_username": used.person.username} if used.person.username else {}),
        }
        # The signature is not valid: a client receives the token directly from its issuer.
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "oidc-1"}, claims]
        head = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        expires = int(_TOKEN_LIVES.total_seconds())
        access = secrets.token_urlsafe(24)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": expires,
            "id_token": f"{head}.{_encoded(secrets.token_bytes(256))}",
        }

    return router


def _page(world: World, request: Request) -> str:
    people = "".join(
        f'<p><a href="{html.escape(str(request.url.include_query_params(person=who.id)))}">'
        f"{html.escape(who.first_name)} {html.escape('@' + who.username if who.username else str(who.id))}</a></p>"
        for who in world.telegram.people.all_people()
        if not who.deleted
    )
    return f'<!doctype html><html lang="en"><title>Telegram</title><h1>Who are you?</h1>{people}</html>'


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _refused(error: str, status: int) -> JSONResponse:
    return JSONResponse({"error": error}, status)
