"""The Mini App's routes: the page for everybody, and what belongs to somebody for who proves to be them."""

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from subscriptions.application.views.show_member import MemberView, ShowMember
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from web.concurrency import ConcurrencyLimit
from web.mini_app.document import member_document
from web.mini_app.init_data import InvalidInitData, Visitor, init_data_of, verify
from web.mini_app.screens import MiniAppScreens
from web.problems import refusal
from web.routes.pages import ReadSite, preferred_language
from web.shell import mini_app_headers
from web.texts import LANGUAGES

log = structlog.get_logger(__name__)

PATH = "/app"
_PRIVATE = {"Cache-Control": "no-store"}


class MiniApp:
    """Handlers. key: see `verify`."""

    def __init__(
        self,
        key: bytes,
        clock: Clock,
        site: ReadSite,
        show_member: ShowMember,
        screens: MiniAppScreens,
        concurrency: ConcurrencyLimit,
    ) -> None:
        self._key, self._clock, self._site = key, clock, site
        self._show_member, self._screens, self._concurrency = show_member, screens, concurrency

    def router(self, base_url: str) -> APIRouter:
        """Return the routes. base_url: the site's own address."""
        router = APIRouter(include_in_schema=False)
        self._headers = {**mini_app_headers(base_url), "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        router.add_api_route(PATH, self.page, methods=["GET"])
        router.add_api_route(f"{PATH}/me", self.me, methods=["GET"])
        router.add_api_route(f"{PATH}/screen", self.screen, methods=["GET"])
        return router

    async def page(self, request: Request) -> Response:
        """The page, the same for everybody."""
        text = self._screens.page(preferred_language(request), (await self._site()).bot_username)
        return HTMLResponse(text, headers=self._headers)

    async def me(self, request: Request) -> Response:
        """What somebody has, for programs."""
        try:
            visitor = self._visitor(request)
            member = await self._member(visitor)
        except (InvalidInitData, RetryLater) as error:
            return _refused(request, error)
        return JSONResponse(member_document(visitor, member), headers=_PRIVATE)

    async def screen(self, request: Request) -> Response:
        """The same as a part of the page."""
        try:
            visitor = self._visitor(request)
            member = await self._member(visitor)
        except (InvalidInitData, RetryLater) as error:
            return _refused(request, error)
        language = member.language if member is not None else visitor.language_code
        spoken = language if language in LANGUAGES else preferred_language(request)
        text = self._screens.screen(spoken, await self._site(), member)
        return HTMLResponse(text, headers={**_PRIVATE, "Content-Language": spoken})

    def _visitor(self, request: Request) -> Visitor:
        return verify(init_data_of(request.headers.get("authorization", "")), self._key, self._clock.now())

    async def _member(self, visitor: Visitor) -> MemberView | None:
        async with self._concurrency.slot():
            return await self._show_member(visitor.telegram_id)


def _refused(request: Request, error: InvalidInitData | RetryLater) -> Response:
    if isinstance(error, RetryLater):
        return refusal(request.url.path, 503, "try again", {**_PRIVATE, "Retry-After": "5"})
    log.info("Mini App refused", reason=str(error))
    why = f"Authorization: tma needs Telegram's initData, and {error}; open the page anew from the chat"
    return refusal(request.url.path, 401, why, {**_PRIVATE, "WWW-Authenticate": "tma"})
