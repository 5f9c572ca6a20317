"""Who asks: by Telegram's signature inside it, by the cookie of a visit in a browser."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from subscriptions.application.people.customers import Person
from subscriptions.application.people.enter_app import EnterApp
from subscriptions.domain.entities.console_visit import LONGEST
from subscriptions.domain.ports.clock import Clock
from web.console.door import same_origin
from web.mini_app.init_data import InvalidInitData, init_data_of, verify

VISIT: Final = "visit"
"""What `Authorization` says in a browser. No form of another page can send it, and no script of one without asking us
first, which is not answered: that is what keeps them from pressing with the cookie."""


class Visitors:
    """key: see `verify`. base_url: the site's, which says whether a cookie may go unencrypted."""

    def __init__(self, key: bytes, clock: Clock, enter_app: EnterApp, base_url: str) -> None:
        self._key, self._clock, self._enter_app = key, clock, enter_app
        self._secure = urlsplit(base_url).scheme == "https"
        self._cookie = "__Host-umbral-app" if self._secure else "umbral_app"

    async def of(self, request: Request) -> Person:
        """Return who asks. Raises InvalidInitData."""
        proof = request.headers.get("authorization", "")
        if proof != VISIT:
            return verify(init_data_of(proof), self._key, self._clock.now())
        key = request.cookies.get(self._cookie, "")
        person = await self._enter_app.visitor(key) if key and same_origin(request) else None
        if person is None:
            raise InvalidInitData("the visit is over")
        return person

    async def enter(self, request: Request, secret: str, answer: Response) -> bool:
        """Use a link from the chat: the answer takes the cookie along. False: it opens nothing."""
        key = await self._enter_app(secret, request.cookies.get(self._cookie, ""))
        if key is None:
            return False
        answer.set_cookie(
            self._cookie,
            key,
            max_age=int(LONGEST.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return True
