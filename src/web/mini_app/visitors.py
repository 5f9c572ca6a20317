"""Who asks: by Telegram's signature inside it, by the cookie of a visit in a browser."""

import hmac
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from subscriptions.application.people.customers import Person
from subscriptions.application.people.enter_app import EnterApp
from subscriptions.domain.entities.console_visit import LONGEST
from subscriptions.domain.ports.clock import Clock
from web.console.door import is_same_origin
from web.mini_app.init_data import InvalidInitData, Opening, UsedInitData, init_data_of, verify

VISIT: Final = "visit"
"""What `Authorization` says in a browser. No form of another page can send it, and no script of one without asking us
first, which is not answered: that is what keeps them from pressing with the cookie."""
PAGE_KEY: Final = "Page-Key"
"""What the page draws and sends with each request. Whoever copies Telegram's data out of its address has not got it."""
PAGE_KEY_LENGTH: Final = 64


class Visitors:
    """key: see `verify`. base_url: the site's, which says whether a cookie may go unencrypted."""

    def __init__(self, key: bytes, clock: Clock, enter_app: EnterApp, base_url: str) -> None:
        self._key, self._clock, self._enter_app = key, clock, enter_app
        self._base_url = base_url
        self._secure = urlsplit(base_url).scheme == "https"
        self._cookie = "__Host-umbral-app" if self._secure else "umbral_app"

    def opening(self, request: Request) -> Opening:
        """Return who asks inside Telegram, which the signature alone says. Raises InvalidInitData."""
        return verify(init_data_of(request.headers.get("authorization", "")), self._key, self._clock.now())

    async def claim(self, request: Request, opening: Opening) -> None:
        """Take what Telegram signed for one page: the first that comes with a key of its own. Raises UsedInitData."""
        page = request.headers.get(PAGE_KEY, "")[:PAGE_KEY_LENGTH]
        if not await self._enter_app.claim(opening.person.telegram_id, opening.signature, page):
            raise UsedInitData("another page was opened with it")

    def in_browser(self, request: Request) -> bool:
        """Return whether the request names a visit outside Telegram as its proof."""
        return request.headers.get("authorization", "") == VISIT

    def visit(self, request: Request) -> str | None:
        """Return the key of the visit in whose browser it is asked; None inside Telegram.

        A cookie that we did not sign is refused before anybody looks it up: strangers reach no database. Raises
        InvalidInitData.
        """
        if not self.in_browser(request):
            return None
        cookie = request.cookies.get(self._cookie, "")
        key, _, _ = cookie.partition(".")
        if not hmac.compare_digest(self._cookie_of(key).encode(), cookie.encode()) or not self._is_ours(request):
            raise InvalidInitData("the visit is over")
        return key

    async def person_of(self, visit: str) -> Person:
        """Return whose visit it is. Raises InvalidInitData."""
        person = await self._enter_app.visitor(visit)
        if person is None:
            raise InvalidInitData("the visit is over")
        return person

    def _is_ours(self, request: Request) -> bool:
        return is_same_origin(request, self._base_url)

    def _cookie_of(self, key: str) -> str:
        return f"{key}.{hmac.new(self._key, f'visit {key}'.encode(), sha256).hexdigest()}"

    async def enter(self, request: Request, secret: str, answer: Response) -> bool:
        """Use a link from the chat: the answer sets the cookie. Return False if the link opens nothing, or if a page
        of another site sent it: that page's owner would be signed in here in place of the visitor."""
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
