"""Factories of the two FastAPI applications, which connect routes to use cases: one for the public, one for the
operator.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI, Request

from subscriptions.application.alarms.shared_alarms import PageFails
from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.errors import RetryLater, Unreadable
from web.addresses import OWN_NETWORKS, Proxies
from web.authentication import BearerAuthentication, KeyCache
from web.body import BodyReader
from web.concurrency import API, CONSOLE, WEBHOOKS, CachedRead, ConcurrencyLimit
from web.connections import ConnectionLimiter
from web.console.frame import Frame
from web.console.router import Console
from web.console.sign_in import SignIn
from web.feature import (
    ApiTools,
    PublicTools,
    SiteTools,
    WholeApiTools,
    api_routers_of_features,
    plan_notes,
    public_routers,
    signed_in_paths,
    site_routers,
    standalone_needs,
    whole_api,
)
from web.ops_hosts import OpsHosts
from web.pages import INDEX
from web.rate_limits import RateLimiter, RateLimitMiddleware
from web.refusals import Report, add_refusals, fault_answer, refusal_page
from web.render import Renderer
from web.routes.banner import banner_router
from web.routes.discovery import brand_router, discovery_router
from web.routes.health import FIGURES_PATH, FailingPages, alive_router, figures_router, health_router
from web.routes.pages import ReadSite, pages_router
from web.routes.webhooks import webhooks_router
from web.shell import Shell, secure_headers
from web.static_files import static_files
from web.texts import LANGUAGES

log = structlog.get_logger(__name__)

KEEP_S: Final = 2.0
"""Seconds for which data read for one page is reused for other requests."""
LOOK_S: Final = 60
"""Seconds for which `/healthz` caches its check of the landing page."""
FIGURES_KEPT: Final = 5
"""Factor by which metrics are cached longer than pages. Reading the metrics takes thirty queries, and collectors fetch
them every fifteen seconds or less often.
"""


def _site(container: WebContainer) -> Callable[[], Awaitable[SiteView]]:
    """Return a function that reads the data of the public pages, including the notes that features add to plans."""
    read_site, read_notes = container.site(), plan_notes(container.core)

    async def site() -> SiteView:
        return replace(await read_site(), notes=await read_notes())

    return site


def create_app(container: WebContainer, console: ConsoleContainer, *, keep_s: float = KEEP_S) -> FastAPI:
    """Return the public application, built from opened containers.

    keep_s: seconds for which the pages' data is cached; metrics are cached FIGURES_KEPT times as long.
    """
    app = _bare()
    settings = container.settings()
    identity = container.identity()
    renderer = Renderer(identity, container.core.policy().zones.home)
    bodies, limit = BodyReader(), ConcurrencyLimit(API)
    _include(app, webhooks_router(container.receive_webhook(), bodies, ConcurrencyLimit(WEBHOOKS)))
    site = CachedRead(_site(container), keep_s)
    _include(app, pages_router(site, renderer))
    for router in public_routers(PublicTools(container.core, site, renderer)):
        _include(app, router)
    figures = CachedRead(container.figures(), FIGURES_KEPT * keep_s)
    tools = ApiTools(container.core, console.core, bodies, limit, console.run_command)
    standalone = api_routers_of_features(tools, lambda part: part.standalone_api)
    of_features = api_routers_of_features(tools, lambda part: part.api)
    api = whole_api(WholeApiTools(container, console, bodies, limit, figures, standalone, of_features))
    for router in (*standalone, figures_router(figures), *api.routers):
        _include(app, router)
    pages = CachedRead(_failing_pages(container, site, renderer), keep_s and LOOK_S)
    _include(app, alive_router(pages, CachedRead(container.figures().ready, keep_s)))
    _include(app, brand_router(identity))
    _include(app, banner_router(container.read_banner(), limit))
    _include(app, discovery_router(identity))
    for router in site_routers(SiteTools(container.core, console.core, identity, site, bodies)):
        _include(app, router)
    if settings.console == "public":
        _include(app, _console(console, identity, bodies))
    app.mount("/static", static_files(), name="static")
    show = refusal_page(renderer, _frame(console, identity) if settings.console == "public" else None)
    add_refusals(app, show, _report(container))
    changes = {**api.changes, **standalone_needs()}
    needs = {**changes, FIGURES_PATH: Ability.REPORTS, **api.needs}
    app.add_middleware(BearerAuthentication, needs=needs, changes=changes, key_cache=_key_cache(container, keep_s))
    app.add_middleware(Shell, headers=secure_headers(identity.base_url), fault=fault_answer(show))
    proxies = Proxies(settings.proxies or OWN_NETWORKS, settings.proxy_hops)
    limiter = RateLimiter(settings.address_requests)
    app.add_middleware(RateLimitMiddleware, limiter=limiter, proxies=proxies, signed_in=signed_in_paths())
    return app


def create_ops_app(
    container: WebContainer, console: ConsoleContainer, limiter: ConnectionLimiter, *, keep_s: float = KEEP_S
) -> FastAPI:
    """Return the operator's application. limiter: limiter of visitors' connections, whose counts are reported."""
    app = _bare()
    settings, identity = container.settings(), container.identity()
    figures = container.figures()
    is_ready = CachedRead(figures.ready, keep_s)
    _include(app, alive_router(is_ready=is_ready))
    _include(app, health_router(is_ready, figures, limiter, FIGURES_KEPT * keep_s))
    if settings.console == "ops":
        _include(app, brand_router(identity))
        _include(app, _console(console, identity, BodyReader()))
        app.mount("/static", static_files(), name="static")
    show = refusal_page(Renderer(identity), _frame(console, identity) if settings.console == "ops" else None)
    add_refusals(app, show, _report(container))
    headers = secure_headers(settings.console_url or identity.base_url)
    app.add_middleware(Shell, headers=headers, fault=fault_answer(show))
    app.add_middleware(RateLimitMiddleware, limiter=RateLimiter(settings.address_requests), proxies=Proxies())
    app.add_middleware(OpsHosts, addresses=(settings.console_url or identity.base_url, identity.base_url))
    return app


def _console(container: ConsoleContainer, identity: Identity, bodies: BodyReader) -> APIRouter:
    telegram, base_url = container.telegram_login(), container.settings().console_url or identity.base_url
    sign_in = SignIn(container.enter_console(), telegram, bodies, base_url)
    return Console(container, sign_in, _frame(container, identity), ConcurrencyLimit(CONSOLE)).router()


def _frame(container: ConsoleContainer, identity: Identity) -> Frame:
    return Frame(identity, by_telegram=container.telegram_login() is not None)


def _key_cache(container: WebContainer, keep_s: float) -> KeyCache:
    settings, keys = container.settings(), container.api_keys()
    own = settings.picks_api_key.get_secret_value() if settings.picks_api_key else None
    return KeyCache(own, CachedRead(keys.opening, keep_s), keys.used, container.core.clock())


def _failing_pages(container: WebContainer, site: ReadSite, renderer: Renderer) -> FailingPages:
    """Return a check that renders the landing page and alerts the owners at most once an hour if rendering fails.

    The check reports nothing while the database is unavailable, because other checks report that.
    """
    units, clock = container.core.units(), container.core.clock()
    path = INDEX.paths[LANGUAGES[0]]

    async def failing() -> Sequence[str]:
        try:
            renderer.page(Request({"type": "http", "path": path, "headers": []}), INDEX, LANGUAGES[0], await site())
        except RetryLater:
            return ()
        except Exception as error:
            log.exception("the landing page fails")
            alarm = PageFails(path=path, problem=type(error).__name__)
            with suppress(RetryLater):
                async with units() as uow:
                    uow.record(alarm.raise_event(f"{alarm.name}:{path}:{clock.now():%Y-%m-%dT%H}", clock.now()))
                    await uow.commit()
            return (path,)
        return ()

    return failing


def _report(container: WebContainer) -> Report:
    units = container.core.units()

    async def report(row: Unreadable) -> None:
        with suppress(RetryLater):
            async with units() as uow:
                uow.skip(row)

    return report


def _include(app: FastAPI, router: APIRouter) -> None:
    """Add a router's routes to the application unchanged.

    FastAPI's own method would recreate each route and match it twice per request.
    """
    app.router.routes.extend(router.routes)


def _bare() -> FastAPI:
    return FastAPI(title="Umbral", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
