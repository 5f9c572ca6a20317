"""Application that the web process serves until the shop has an owner. It contains only the setup page."""

from typing import Final
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.requests import ClientDisconnect

from subscriptions.bootstrap.payment_answers import Refused
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.setup_page import SetupDesk
from subscriptions.domain.errors import RetryLater
from web.addresses import OWN_NETWORKS, Proxies
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.console.sign_in import is_same_origin
from web.rate_limits import RateLimiter, RateLimitMiddleware
from web.routes.discovery import brand_router
from web.routes.health import alive_router
from web.setup.code_tries import CodeTries
from web.setup.forms import form_of, form_token, is_ours
from web.setup.pages import SetupPages, words_of
from web.shell import Shell, secure_headers
from web.static_files import static_files

log = structlog.get_logger(__name__)

ROOT: Final = "/setup"
CODE: Final = f"{ROOT}/code"
ANSWER: Final = f"{ROOT}/answer"


class SetupRoutes:
    """Routes of the setup page. All routes respond with 404 once the setup is finished or an owner exists."""

    def __init__(self, desk: SetupDesk, base_url: str, tries: CodeTries) -> None:
        self._desk, self._base_url, self._tries = desk, base_url, tries
        self._pages, self._bodies = SetupPages(), BodyReader()
        self._secure = urlsplit(base_url).scheme == "https"
        # Browsers accept a cookie with this prefix only from this host and over an encrypted connection.
        self._cookie = "__Host-umbral-setup" if self._secure else "umbral_setup"

    def router(self) -> APIRouter:
        """Return the routes of the setup page."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.home, methods=["GET"], response_model=None)
        router.add_api_route(ROOT, self.show, methods=["GET"], response_model=None)
        router.add_api_route(CODE, self.enter, methods=["POST"], response_model=None)
        router.add_api_route(ANSWER, self.answer, methods=["POST"], response_model=None)
        return router

    async def home(self) -> Response:
        """Redirect to the setup page."""
        return RedirectResponse(ROOT, 303, {"Cache-Control": "no-store"})

    async def show(self, request: Request) -> Response:
        """Show the next question, or the form for the code."""
        await self._open()
        words, visit = words_of(request), self._visit(request)
        if not await self._desk.is_visitor(visit):
            return self._pages.code(words)
        step = await self._desk.step(words)
        if step is None:
            return self._pages.unfinished(words, form_token(visit))
        return self._pages.step(words, step, form_token(visit))

    async def enter(self, request: Request) -> Response:
        """Begin a setup session with the one-time code."""
        await self._open()
        words = words_of(request)
        fields = await form_of(request, self._bodies)
        if not is_same_origin(request, self._base_url):
            return self._pages.message(words, "forged", 403)
        visit = await self._desk.enter(fields.get("code", "")) if self._tries.take(request.scope) else None
        if visit is None:
            return self._pages.code(words, 403, words("page.wrong_code"))
        answer = RedirectResponse(ROOT, 303, {"Cache-Control": "no-store"})
        answer.set_cookie(self._cookie, visit, path="/", secure=self._secure, httponly=True, samesite="strict")
        return answer

    async def answer(self, request: Request) -> Response:
        """Check and store an answer, and show the next question or the final page."""
        await self._open()
        words, visit = words_of(request), self._visit(request)
        fields = await form_of(request, self._bodies)
        if not await self._desk.is_visitor(visit):
            return self._pages.code(words, 403)
        if not is_ours(request, fields, visit, self._base_url):
            return self._pages.message(words, "forged", 403)
        try:
            done = await self._desk.answer(fields.get("topic", ""), fields, visit, words)
        except Refused as refused:
            step = await self._desk.step(words)
            if step is None:
                log.warning("the setup cannot be finished", reason=str(refused))
                return self._pages.unfinished(words, form_token(visit), str(refused), 422)
            return self._pages.step(words, step, form_token(visit), 422, str(refused))
        if done is None:
            return RedirectResponse(ROOT, 303, {"Cache-Control": "no-store"})
        response = self._pages.done(words, done)
        response.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="strict")
        return response

    async def _open(self) -> None:
        if not await self._desk.is_open():
            raise HTTPException(404)

    def _visit(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")


def create_setup_app(desk: SetupDesk, settings: WebSettings) -> FastAPI:
    """Return the public application of an installation without an owner."""
    app, base_url = _bare(), settings.web_base_url
    proxies = Proxies(settings.proxies or OWN_NETWORKS, settings.proxy_hops)
    app.router.routes.extend(SetupRoutes(desk, base_url, CodeTries(proxies)).router().routes)
    app.router.routes.extend(alive_router().routes)
    app.router.routes.extend(brand_router(settings.identity).routes)
    app.mount("/static", static_files(), name="static")
    pages = SetupPages()

    @app.exception_handler(RetryLater)
    async def away(request: Request, _: Exception) -> Response:
        return pages.message(words_of(request), "waits", 503)

    @app.exception_handler(BodyTooLarge)
    @app.exception_handler(BodyIncomplete)
    @app.exception_handler(ClientDisconnect)
    async def cut(request: Request, _: Exception) -> Response:
        return pages.message(words_of(request), "forged", 413)

    def fault(request: Request) -> Response:
        return pages.message(words_of(request), "fault", 500)

    app.add_middleware(Shell, headers=secure_headers(base_url), fault=fault)
    app.add_middleware(RateLimitMiddleware, limiter=RateLimiter(settings.address_requests), proxies=proxies)
    return app


def create_waiting_ops_app() -> FastAPI:
    """Return the operator's application during the setup. Its only route is `/healthz`, which reports that the process
    works.
    """
    app = _bare()
    app.router.routes.extend(alive_router().routes)
    return app


def _bare() -> FastAPI:
    return FastAPI(title="Umbral", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
