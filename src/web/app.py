"""The application: routes over use cases, nothing of its own."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from subscriptions.bootstrap.web import WebContainer
from web.gate import BearerGate
from web.paths import STATIC
from web.refusals import add_refusals
from web.render import Renderer
from web.routes.discovery import discovery_router
from web.routes.health import health_router
from web.routes.pages import pages_router
from web.routes.picks import PREFIX, picks_router
from web.routes.webhooks import webhooks_router
from web.shell import Shell, secure_headers


def create_app(container: WebContainer) -> FastAPI:
    """Build the app on an opened container."""
    app = FastAPI(title="Umbral", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    settings = container.core.settings()
    key = settings.picks_api_key.get_secret_value() if settings.picks_api_key else None
    figures, identity = container.figures(), container.identity()
    renderer = Renderer(identity)
    app.include_router(webhooks_router(container.receive_webhook()))
    app.include_router(picks_router(container.accept_pick()))
    app.include_router(health_router(figures.ready, figures))
    app.include_router(discovery_router(identity))
    app.include_router(pages_router(container.site(), renderer))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_refusals(app, renderer)
    app.add_middleware(BearerGate, prefix=PREFIX, key=key)
    app.add_middleware(Shell, headers=secure_headers(identity.base_url))
    return app
