"""Answers where no route has one: JSON for programs, a page for people."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from subscriptions.domain.errors import InvalidInput, RetryLater
from web.pages import language_of
from web.problems import refusal, wrong_fields
from web.render import Renderer
from web.routes.listing import CODES

_FOR_PROGRAMS: Final = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/static/")
RETRY_AFTER_S: Final = 30
_TWO_ROUTES: Final = {CODES: "GET, POST"}
"""What has a route for each method: of what it allows the first would tell its own alone."""


def add_refusals(app: FastAPI, renderer: Renderer) -> None:
    """Say what is missing or does not work, in the form the visitor expects."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and not request.url.path.startswith(_FOR_PROGRAMS):
            return renderer.error(request, language_of(request.url.path), 404)
        headers = error.headers
        if error.status_code == 405 and request.url.path in _TWO_ROUTES:
            headers = {**(headers or {}), "Allow": _TWO_ROUTES[request.url.path]}
        return refusal(request.url.path, error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        return wrong_fields([(str(fault["loc"][-1]), fault["msg"]) for fault in error.errors()])

    @app.exception_handler(InvalidInput)
    async def invalid(_: Request, error: InvalidInput) -> Response:
        return wrong_fields([(error.field, error.problem)])

    @app.exception_handler(RetryLater)
    async def later(request: Request, error: RetryLater) -> Response:
        if request.url.path.startswith(_FOR_PROGRAMS):
            answer: Response = refusal(request.url.path, 503, "try again")
        else:
            answer = renderer.error(request, language_of(request.url.path), 503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer
