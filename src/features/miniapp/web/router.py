"""Routes of the Mini App: the public page, and private content for verified visitors."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from features.miniapp.domain import AppPress
from features.miniapp.use_cases.press_in_app import OnlyInChat, PressInApp, TooManyPresses
from features.miniapp.use_cases.show_member import MemberView, ShowMember
from features.miniapp.web.document import member_document
from features.miniapp.web.init_data import InvalidInitData, UsedInitData
from features.miniapp.web.screens import MiniAppScreens
from features.miniapp.web.visitors import Visitors
from subscriptions.application.catalog.phone_sales import selling_on
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import Person
from subscriptions.domain.errors import RetryLater
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.problems import refusal
from web.routes.pages import ReadSite, preferred_language
from web.shell import loopback_ancestors
from web.texts import LANGUAGES

log = structlog.get_logger(__name__)

PATH: Final = "/app"
WAIT_S: Final = 8.0
"""Maximum number of seconds for which a request waits for the answer to a button press. After that, the page must
repeat the request.
"""
LOOK_S: Final = 0.1
BODY_LIMIT: Final = 4096
PLATFORM: Final = "Platform"
"""Header with the Telegram app's platform, `tgWebAppPlatform`. Telegram does not sign the platform, and browsers
outside Telegram do not send it.
"""
PLATFORM_LENGTH: Final = 20
_PRIVATE: Final = {"Cache-Control": "no-store"}


class _Press(BaseModel):
    """Request body of a button press. See `AppPress`. A button's data has at most 64 bytes, as in Telegram."""

    key: str = Field(min_length=16, max_length=64)
    data: str = Field(min_length=1, max_length=64)
    before: UUID | None = None
    place: int = Field(0, ge=0, le=20)


class _Link(BaseModel):
    link: str = Field(min_length=1, max_length=100)


class MiniApp:
    """Request handlers of the Mini App."""

    def __init__(
        self,
        visitors: Visitors,
        site: ReadSite,
        show_member: ShowMember,
        press_in_app: PressInApp,
        screens: MiniAppScreens,
        bodies: BodyReader,
        concurrency: ConcurrencyLimit,
        policy: Policy,
    ) -> None:
        self._policy = policy
        self._visitors, self._site, self._bodies = visitors, site, bodies
        self._show_member, self._press_in_app = show_member, press_in_app
        self._screens, self._concurrency, self._links = screens, concurrency, ConcurrencyLimit(1)

    def router(self, base_url: str) -> APIRouter:
        """Return the router with all routes of the Mini App. base_url: public URL of the site."""
        router = APIRouter(include_in_schema=False)
        self._headers = {**_headers(base_url), "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        router.add_api_route(PATH, self.page, methods=["GET"])
        router.add_api_route(f"{PATH}/me", self.me, methods=["GET"])
        router.add_api_route(f"{PATH}/screen", self.screen, methods=["GET"])
        router.add_api_route(f"{PATH}/presses", self.press, methods=["POST"])
        router.add_api_route(f"{PATH}/enter", self.enter, methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        """Return the Mini App's page without private content. The page is the same for all visitors."""
        text = self._screens.page(preferred_language(request), (await self._site()).bot_username)
        return HTMLResponse(text, headers=self._headers)

    async def me(self, request: Request) -> Response:
        """Return the visitor's identity, subscriptions, open orders and payments as JSON."""
        try:
            person = await self._who(request)
            member = await self._member(person)
        except (InvalidInitData, RetryLater) as error:
            return _refusal(request, error)
        return JSONResponse(member_document(person, member, reads_only=self._reads_only(request)), headers=_PRIVATE)

    async def screen(self, request: Request) -> Response:
        """Return the visitor's subscriptions as an HTML fragment for the page."""
        try:
            person = await self._who(request, claim=True)
            with selling_on(_platform(request), self._policy):
                member = await self._member(person)
        except (InvalidInitData, RetryLater) as error:
            return _refusal(request, error)
        language = _language_of(request, member.language if member is not None else person.language_code)
        text = self._screens.screen(language, await self._site(), member, reads_only=self._reads_only(request))
        return HTMLResponse(text, headers={**_PRIVATE, "Content-Language": language})

    async def press(self, request: Request) -> Response:
        """Return the chat's answer to a button press as an HTML fragment, or 202 if the answer takes longer and the
        page has to repeat the request.
        """
        try:
            person = await self._who(request, claim=True)
            async with self._bodies.read(request, BODY_LIMIT) as body:
                press_body = _Press.model_validate_json(body)
            async with self._concurrency.slot_of(person.telegram_id):
                press_id = await self._press_in_app(
                    person,
                    press_body.key,
                    press_body.data,
                    previous_id=press_body.before,
                    index=press_body.place,
                    platform=_platform(request),
                    in_browser=self._visitors.in_browser(request),
                )
            press, language = await self._await_answer(person, press_id)
        except (InvalidInitData, RetryLater) as error:
            return _refusal(request, error)
        except TooManyPresses:
            return refusal(
                request.url.path, 429, "too many presses wait for an answer", {**_PRIVATE, "Retry-After": "5"}
            )
        except OnlyInChat:
            return refusal(request.url.path, 403, "buying, changing and cancelling happen in the chat", _PRIVATE)
        except (ValidationError, BodyTooLarge, BodyIncomplete):
            return refusal(request.url.path, 422, "this is no press", _PRIVATE)
        if press is None or press.messages is None:
            return Response(status_code=202, headers=_PRIVATE)
        language = _language_of(request, language or person.language_code)
        bot = (await self._site()).bot_username
        text = self._screens.answer(language, press, bot, reads_only=self._reads_only(request))
        return HTMLResponse(text, headers={**_PRIVATE, "Content-Language": language})

    async def enter(self, request: Request) -> Response:
        """Open a session in a browser by a single-use link from the chat."""
        answer = Response(status_code=204, headers=_PRIVATE)
        try:
            async with self._bodies.read(request, BODY_LIMIT) as body:
                link_body = _Link.model_validate_json(body)
            # One link at a time, so that attempts to guess links do not delay visitors with a session.
            async with self._links.slot(), self._concurrency.slot():
                if await self._visitors.enter(request, link_body.link, answer):
                    return answer
        except RetryLater as error:
            return _refusal(request, error)
        except (ValidationError, BodyTooLarge, BodyIncomplete):
            pass
        return refusal(request.url.path, 401, "the link was used, or is too old; ask for another in the chat", _PRIVATE)

    def _reads_only(self, request: Request) -> bool:
        """Return True if the page may only display data, which is the case outside Telegram unless the operator also
        sells in the browser.
        """
        return self._visitors.in_browser(request) and not self._policy.sells_in_browser

    async def _await_answer(self, person: Person, press_id: UUID) -> tuple[AppPress | None, str | None]:
        """Wait until a press is answered, at most WAIT_S seconds. Return the press and the customer's
        current language.
        """
        end = asyncio.get_running_loop().time() + WAIT_S
        while True:
            async with self._concurrency.slot_of(person.telegram_id):
                press, language = await self._press_in_app.get(person.telegram_id, press_id)
            if press is None or press.messages is not None or asyncio.get_running_loop().time() >= end:
                return press, language
            await asyncio.sleep(LOOK_S)

    async def _who(self, request: Request, *, claim: bool = False) -> Person:
        """Return the visitor's identity. claim: True to reserve Telegram's signature for this page; see
        `Visitors.claim`.
        """
        visit = self._visitors.visit(request)
        if visit is None:
            opening = self._visitors.opening(request)
            if claim:
                async with self._concurrency.slot_of(opening.person.telegram_id):
                    await self._visitors.claim(request, opening)
            return opening.person
        async with self._concurrency.slot_of(visit):
            return await self._visitors.person_of(visit)

    async def _member(self, person: Person) -> MemberView | None:
        async with self._concurrency.slot_of(person.telegram_id):
            return await self._show_member(person.telegram_id)


def _headers(base_url: str) -> Mapping[str, str]:
    """Return the response headers of the Mini App's page. They permit the page's own script with its requests, and
    framing by Telegram's web client.
    """
    ancestors = f"https://web.telegram.org {loopback_ancestors(base_url)}".strip()
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
    # In an iframe of web.telegram.org, the page must be able to post messages to the parent window.
    return {"Content-Security-Policy": policy, "Cross-Origin-Opener-Policy": "unsafe-none"}


def _platform(request: Request) -> str:
    return request.headers.get(PLATFORM, "")[:PLATFORM_LENGTH]


def _language_of(request: Request, language: str | None) -> str:
    return LANGUAGES.resolve(language) or preferred_language(request)


def _refusal(request: Request, error: InvalidInitData | RetryLater) -> Response:
    if isinstance(error, RetryLater):
        return refusal(request.url.path, 503, "try again", {**_PRIVATE, "Retry-After": "5"})
    log.info("Mini App refused", reason=str(error))
    reason = f"Authorization: tma needs Telegram's initData, and {error}; open the page anew from the chat"
    challenge = 'tma error="used"' if isinstance(error, UsedInitData) else "tma"
    return refusal(request.url.path, 401, reason, {**_PRIVATE, "WWW-Authenticate": challenge})
