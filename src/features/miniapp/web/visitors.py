"""Identification of visitors: by Telegram's signature inside Telegram, and by a session cookie in a browser."""

import hmac
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from features.miniapp.use_cases.enter_app import EnterApp
from features.miniapp.web.init_data import InvalidInitData, Opening, UsedInitData, init_data_of, verify
from subscriptions.application.people.customers import Person
from subscriptions.domain.entities.console_visit import LONGEST
from subscriptions.domain.ports.clock import Clock
from web.console.sign_in import is_same_origin

VISIT: Final = "visit"
"""Value of the `Authorization` header in a browser, which protects the session cookie against other sites. Their forms
cannot send this header, and their scripts can send it only after a preflight request, which the server does not answer.
"""
PAGE_KEY: Final = "Page-Key"
"""Header with a random key that the page generates and sends with each request. Telegram's signed data could be copied
from the URL by another page; the key could not.
"""
PAGE_KEY_LENGTH: Final = 64


class Visitors:
    """Identification of Mini App visitors.

    key: signing key, see `verify`
    base_url: URL of the site, which determines whether the cookie is limited to https
    """

    def __init__(self, key: bytes, clock: Clock, enter_app: EnterApp, base_url: str) -> None:
        self._key, self._clock, self._enter_app = key, clock, enter_app
        self._base_url = base_url
        self._secure = urlsplit(base_url).scheme == "https"
        self._cookie = "__Host-umbral-app" if self._secure else "umbral_app"

    def opening(self, request: Request) -> Opening:
        """Return the opening of the Mini App inside Telegram. The signature and its age are verified here; `claim`
        checks whether another page has used it. Raises InvalidInitData if the data is invalid or too old.
        """
        return verify(init_data_of(request.headers.get("authorization", "")), self._key, self._clock.now())

    async def claim(self, request: Request, opening: Opening) -> None:
        """Reserve Telegram's signature for the first page that uses it together with its page key. Raises UsedInitData
        if another page has reserved it.
        """
        page = request.headers.get(PAGE_KEY, "")[:PAGE_KEY_LENGTH]
        if not await self._enter_app.claim(opening.person.telegram_id, opening.signature, page):
            raise UsedInitData("another page was opened with it")

    def in_browser(self, request: Request) -> bool:
        """Return True if the request is from a browser session outside Telegram."""
        return request.headers.get("authorization", "") == VISIT

    def visit(self, request: Request) -> str | None:
        """Return the key of the browser's session, or None inside Telegram.

        A cookie without this server's signature is refused before any database access. Raises InvalidInitData if the
        cookie is missing or invalid.
        """
        if not self.in_browser(request):
            return None
        cookie = request.cookies.get(self._cookie, "")
        key, _, _ = cookie.partition(".")
        if not hmac.compare_digest(self._cookie_of(key).encode(), cookie.encode()) or not self._is_ours(request):
            raise InvalidInitData("the visit is over")
        return key

    async def person_of(self, visit: str) -> Person:
        """Return the person to whom a session belongs. Raises InvalidInitData if the session has ended."""
        person = await self._enter_app.visitor(visit)
        if person is None:
            raise InvalidInitData("the visit is over")
        return person

    def _is_ours(self, request: Request) -> bool:
        return is_same_origin(request, self._base_url)

    def _cookie_of(self, key: str) -> str:
        return f"{key}.{hmac.new(self._key, f'visit {key}'.encode(), sha256).hexdigest()}"

    async def enter(self, request: Request, secret: str, answer: Response) -> bool:
        """Open a session by a single-use link from the chat and set the cookie.

        Return False if the link is invalid, or if a page of another site submitted the link: that site could otherwise
        sign the
        visitor in to another person's account.
        """
        if not self._is_ours(request):
            return False
        key = await self._enter_app(secret, request.cookies.get(self._cookie, "").partition(".")[0])
        if key is None:
            return False
        answer.set_cookie(
            self._cookie,
            self._cookie_of(key),
            max_age=int(LONGEST.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return True
