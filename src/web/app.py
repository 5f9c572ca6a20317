"""The application: routes over use cases, nothing of its own."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

from subscriptions.bootstrap.web import WebContainer
from web.paths import STATIC
from web.routes.health import health_router
from web.routes.pages import pages_router
from web.routes.picks import picks_router
from web.routes.webhooks import webhooks_router

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'",
}


def create_app(container: WebContainer) -> FastAPI:
    """Build the app on an opened container."""
    app = FastAPI(title="Umbral", docs_url=None, redoc_url=None, openapi_url=None)
    settings = container.core.settings()
    key = settings.picks_api_key.get_secret_value() if settings.picks_api_key else None
    figures = container.figures()
    app.include_router(webhooks_router(container.receive_webhook()))
    app.include_router(picks_router(container.accept_pick(), key))
    app.include_router(health_router(figures.ready, figures))
    app.include_router(pages_router(container.site()))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.middleware("http")
    async def secure_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": "something went wrong on our side"}, status_code=500)

    return app
