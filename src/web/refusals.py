"""Error responses for errors raised by routes or the framework: JSON for API clients, a page for people."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from subscriptions.application.views.check_entitlement import Unknown
from subscriptions.domain.errors import InvalidInput, RetryLater, Unreadable
from web.console.frame import Frame, browser_language
from web.console.visit import ROOT
from web.console.words import words_for
from web.pages import language_of
from web.problems import refusal, unknown_parameters, wrong_fields
from web.render import Renderer
from web.routes.writing import UnknownParameters

_FOR_PROGRAMS: Final = ("/api", "/webhooks/", "/healthz", "/readyz", "/metrics", "/static/")
_OF_CONSOLE: Final = {404: "gone", 500: "fault", 503: "away"}
RETRY_AFTER_S: Final = 30
FAULT: Final = "something went wrong on our side"

ShowRefusal = Callable[[Request, int], Response]
"""Function that returns the error page for people, given the status: 404, 500 or 503."""
Report = Callable[[Unreadable], Awaitable[None]]


def refusal_page(renderer: Renderer, frame: Frame | None) -> ShowRefusal:
    """Return a function that renders error pages for customers and, if the console is served, for staff. frame: the
    console's renderer; None if the console is not served.
    """

    def show(request: Request, status: int) -> Response:
        path = request.url.path
        if frame is not None and f"{path}/".startswith(f"{ROOT}/"):
            return frame.plain(words_for(browser_language(request)), _OF_CONSOLE[status], status)
        return renderer.error(request, language_of(path), status)

    return show


def fault_answer(show: ShowRefusal) -> Callable[[Request], Response]:
    """Return a function that responds to an unexpected error without revealing internals."""

    def answer(request: Request) -> Response:
        path = request.url.path
        return refusal(path, 500, FAULT) if path.startswith(_FOR_PROGRAMS) else show(request, 500)

    return answer


def add_refusals(app: FastAPI, show: ShowRefusal, report: Report) -> None:
    """Add handlers that answer errors in the format of the requested path. report: function that alerts the owners of
    an unreadable row.
    """

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and not request.url.path.startswith(_FOR_PROGRAMS):
            return show(request, 404)
        headers = error.headers
        if error.status_code == 405:
            headers = {**(headers or {}), "Allow": ", ".join(sorted(_allowed_methods(app, request)))}
        return refusal(request.url.path, error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        return wrong_fields([(str(fault["loc"][-1]), fault["msg"]) for fault in error.errors()])

    @app.exception_handler(UnknownParameters)
    async def unheard(_: Request, error: UnknownParameters) -> Response:
        return unknown_parameters(error.names)

    @app.exception_handler(InvalidInput)
    async def invalid(_: Request, error: InvalidInput) -> Response:
        return wrong_fields([(error.field, error.problem)])

    @app.exception_handler(Unreadable)
    async def on_unreadable(request: Request, error: Unreadable) -> Response:
        """Answer 500: the request is valid, but a database row needed for the response is unreadable."""
        await report(error)
        path = request.url.path
        return refusal(path, 500, FAULT) if path.startswith(_FOR_PROGRAMS) else show(request, 500)

    @app.exception_handler(Unknown)
    async def unknown(request: Request, error: Unknown) -> Response:
        return refusal(request.url.path, 404, str(error))

    @app.exception_handler(RetryLater)
    async def on_retry_later(request: Request, error: RetryLater) -> Response:
        if request.url.path.startswith(_FOR_PROGRAMS):
            answer: Response = refusal(request.url.path, 503, "try again")
        else:
            answer = show(request, 503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer


def _allowed_methods(app: FastAPI, request: Request) -> set[str]:
    """Return the methods of all routes with the same path as the first matching route.

    If any of these routes is in the API's description, ignore the other routes, which are deprecated or only refuse
    requests (RFC 9110, 10.2.1).
    """
    matches = [
        route for route in app.routes if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE
    ]
    routes = [route for route in matches if route.path_format == matches[0].path_format]
    described_routes = [route for route in routes if route.include_in_schema]
    return {method for route in described_routes or routes for method in route.methods or ()}
