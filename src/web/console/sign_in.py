"""Login to the console: single-use links, Telegram's login, the session cookie, and protection against forged forms."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from subscriptions.application.people.enter_console import EnterConsole
from subscriptions.domain.entities.console_visit import LONGEST, drawn_secret
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.telegram_login import LoginRefused, LoginRequest, TelegramLogin
from web.body import BodyReader
from web.console.visit import ROOT

ENTER: Final = f"{ROOT}/enter"
LEAVE: Final = f"{ROOT}/leave"
FACTOR: Final = f"{ROOT}/factor"
TELEGRAM: Final = f"{ROOT}/telegram"
TELEGRAM_BACK: Final = f"{TELEGRAM}/back"
LOGIN_LIVES_S: Final = 600
"""Seconds within which the visitor must return from Telegram's login."""
KEY: Final = "key"
BODY_LIMIT: Final = 512 * 1024
"""Maximum size of a form in bytes. A pasted file of plans or tips has up to 50,000 characters, each encoded by up to
nine bytes.
"""
MARK: Final = "token"
MOST_FIELDS: Final = 100
MANY: Final = ","
"""Separator of the answers to a question that accepts several answers."""


class SignIn:
    """Login to the console.

    base_url: the console's URL. It determines whether the cookie requires encryption, and Telegram's login returns to
    it. telegram: None if login by Telegram is disabled.
    """

    def __init__(
        self, enter_console: EnterConsole, telegram: TelegramLogin | None, bodies: BodyReader, base_url: str
    ) -> None:
        self._enter_console = enter_console
        self._telegram, self._return_url = telegram, base_url + TELEGRAM_BACK
        self.bodies = bodies
        self._base_url = base_url
        self._secure = urlsplit(base_url).scheme == "https"
        # Browsers accept a cookie with this prefix only from this host and over an encrypted connection.
        self.cookie = "__Host-umbral" if self._secure else "umbral_console"
        self._login_cookie = "__Host-umbral-login" if self._secure else "umbral_login"

    async def visitor(self, request: Request) -> tuple[Customer, str] | None:
        """Return the staff member and the token for the session's forms, or None without a session."""
        key = request.cookies.get(self.cookie, "")
        staff = await self._enter_console.visitor(key) if key else None
        return (staff, form_token(key)) if staff is not None else None

    def key(self, request: Request) -> str:
        """Return the content of the session cookie, which may be invalid."""
        return request.cookies.get(self.cookie, "")

    async def waits(self, request: Request) -> bool:
        """Return True if the session still needs its second factor."""
        key = self.key(request)
        return bool(key) and await self._enter_console.waits(key)

    async def enter(self, request: Request, secret: str, answer: Response) -> bool:
        """Use a single-use link, end any previous session, and set the session cookie. Return False if the link is
        invalid.
        """
        old_cookie = request.cookies.get(self.cookie, "")
        key = await self._enter_console(secret, old_cookie)
        if key is not None:
            self._set_cookie(answer, self.cookie, key, int(LONGEST.total_seconds()))
        return key is not None

    def send_to_telegram(self) -> Response:
        """Redirect the browser to Telegram's login. The login's result is valid only in this browser."""
        if self._telegram is None:
            raise HTTPException(404)
        secret = drawn_secret()
        answer = RedirectResponse(
            self._telegram.address(self._login(secret)),
            303,
            {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
        )
        self._set_cookie(answer, self._login_cookie, secret, LOGIN_LIVES_S)
        return answer

    async def enter_by_telegram(self, request: Request, answer: Response) -> None:
        """Complete a login by Telegram. Raises LoginRefused if the login is invalid or the person is not staff."""
        secret, query = request.cookies.get(self._login_cookie, ""), request.query_params
        self._delete_cookie(answer, self._login_cookie)
        login = self._login(secret)
        if self._telegram is None or not secret:
            raise LoginRefused("nobody was sent there from this browser")
        if not hmac.compare_digest(query.get("state", "").encode(), login.state.encode()):
            raise LoginRefused("the answer is to somebody else's question")
        if not query.get("code"):
            raise LoginRefused(query.get("error", "there is no code")[:100])
        person = await self._telegram.person(login, query["code"])
        key = await self._enter_console.by_telegram(person, secret, self.key(request))
        if key is None:
            raise LoginRefused(f"{person} is no staff, or was here with it")
        self._set_cookie(answer, self.cookie, key, int(LONGEST.total_seconds()))

    def _login(self, secret: str) -> LoginRequest:
        state, verifier = (
            hmac.digest(secret.encode("utf-8", "surrogateescape"), use, sha256).hex() for use in (b"state", b"verifier")
        )
        return LoginRequest(self._return_url, state, verifier)

    def _set_cookie(self, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _delete_cookie(self, answer: Response, name: str) -> None:
        answer.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")

    async def leave(self, request: Request, answer: Response | None = None) -> None:
        """End the session, and delete the cookie in `answer` if given."""
        key = request.cookies.get(self.cookie, "")
        if key:
            await self._enter_console.leave(key)
        if answer is not None:
            self._delete_cookie(answer, self.cookie)

    def is_same_origin(self, request: Request) -> bool:
        """Return True if the browser sent the form from a page of the console."""
        return is_same_origin(request, self._base_url)

    def is_ours(self, request: Request, form: Mapping[str, str], token: str) -> bool:
        """Return True if a form was sent from a page of this session."""
        return hmac.compare_digest(form.get(MARK, "").encode(), token.encode()) and self.is_same_origin(request)

    async def form(self, request: Request) -> dict[str, str]:
        """Return the fields of a form as typed. Each field's parser refuses invisible characters.

        Raises BodyTooLarge if the form exceeds BODY_LIMIT, and BodyIncomplete if it was not received completely.
        """
        return await read_form(request, self.bodies, BODY_LIMIT)


async def read_form(request: Request, bodies: BodyReader, limit: int) -> dict[str, str]:
    """Return the fields of a form as typed. Raises BodyTooLarge if the form has more than `limit` bytes, and
    BodyIncomplete if it was not received completely.
    """
    async with bodies.read(request, limit) as body:
        text = body.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    fields: dict[str, str] = {}
    for name, value in pairs:
        # PostgreSQL cannot store NUL characters, and no person types them.
        clean = value.replace("\0", "").strip()
        fields[name] = f"{fields[name]}{MANY}{clean}" if name in fields else clean
    return fields


def form_token(key: str) -> str:
    """Return the token of a session's forms. It is derived from the cookie and does not reveal the cookie."""
    return hmac.digest(key.encode("utf-8", "surrogateescape"), b"umbral console forms", sha256).hex()


def is_same_origin(request: Request, base_url: str) -> bool:
    """Return True if a request was sent from a page of this site, according to the headers `Sec-Fetch-Site` and
    `Origin`. A request with neither header is accepted: browsers that send neither are older than `SameSite` cookies
    (https://fetch.spec.whatwg.org/#origin-header).

    base_url: the site's own URL. A proxy may have replaced `Host`, so `Origin` may match either the URL or `Host`; the
    value `null`, as sent by sandboxed frames and local files, matches neither.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    scheme, separator, host = origin.partition("://")
    own_hosts = {urlsplit(base_url).netloc, request.headers.get("host", "")}
    return bool(separator) and scheme in {"http", "https"} and bool(host) and host.lower() in own_hosts
