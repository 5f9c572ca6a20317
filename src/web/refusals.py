"""Answers where no route has one: JSON for programs, a page for people."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from subscriptions.domain.errors import RetryLater
from web.pages import language_of
from web.render import Renderer

_FOR_PROGRAMS: Final = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/static/")
RETRY_AFTER_S: Final = 30


def add_refusals(app: FastAPI, renderer: Renderer) -> None:
    """Say what is missing or does not work, in the form the visitor expects."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and not request.url.path.startswith(_FOR_PROGRAMS):
            return renderer.error(request, language_of(request.url.path), 404)
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @app.exception_handler(RetryLater)
    async def later(request: Request, error: RetryLater) -> Response:
        if request.url.path.startswith(_FOR_PROGRAMS):
            answer: Response = JSONResponse({"error": "try again"}, 503)
        else:
            answer = renderer.error(request, language_of(request.url.path), 503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer
