"""Extension that a feature adds to the web process."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from fastapi import APIRouter, Response
from starlette.routing import Route

from subscriptions.application.feature_failures import made, named_call
from subscriptions.application.staff.command import StaffCommand
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.api_key import Ability
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.console.visit import Page, Visit


@dataclass(frozen=True)
class ApiTools:
    """What operations of the API are made with. core: of the web's database user. console: of the console's user, who
    may read customers' data. bodies: reads what is sent.
    """

    core: CoreContainer
    console: CoreContainer
    bodies: BodyReader
    concurrency: ConcurrencyLimit


MakeRouter = Callable[[ApiTools], APIRouter]


DescribeWebhooks = Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Function that returns webhook events as OpenAPI path items by name, and schemas by name."""


@dataclass(frozen=True, kw_only=True)
class WebPart:
    """Extension of the web by a feature, defined as the constant `WEB` of the feature's module `web`.

    api: factory of the router for the feature's operations under `/api/v1`. files: request handlers of the console,
    keyed by path below the console's root. needs: ability that a key needs, by path of the operations. pages: of the
    console, with their templates in the feature's folder `templates`. results: pages of results that are shown only
    once, by command. webhooks: factory of the webhook events in the API's description, and of the schemas that they
    refer to.
    """

    module: ClassVar[str] = "web"
    api: MakeRouter | None = None
    files: Mapping[str, Callable[[Visit], Awaitable[Response]]] = field(default_factory=dict)
    needs: Mapping[str, Ability | None] = field(default_factory=dict)
    pages: Sequence[Page] = ()
    results: Mapping[type[StaffCommand], Page] = field(default_factory=dict)
    webhooks: DescribeWebhooks | None = None


def web_parts() -> Mapping[str, WebPart]:
    """Return the web parts of all installed features by the feature's name."""
    return installed().parts(WebPart)


def described_webhooks(core: CoreContainer) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the webhook events of the features that are on or draining, for the API's description, and the schemas
    that they refer to.
    """
    return _merged(each for _, each in core.features().made(WebPart, lambda part: part.webhooks and part.webhooks()))


def webhooks_of(parts: Iterable[WebPart]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what `described_webhooks` returns, of these parts."""
    return _merged(part.webhooks() for part in parts if part.webhooks is not None)


def _merged(
    described: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    events, schemas = dict[str, Any](), dict[str, Any]()
    for more_events, more_schemas in described:
        events |= more_events
        schemas |= more_schemas
    return events, schemas


def makers_of_features(
    core: CoreContainer, console: CoreContainer
) -> Sequence[Callable[[BodyReader, ConcurrencyLimit], APIRouter]]:
    """Return the makers of the routers that features add to the API. A router that cannot be made is left out, and a
    route that fails names its feature. For the cores, see `ApiTools`.
    """
    parts = console.features().named_parts(WebPart)
    return [partial(_router, name, part.api, core, console) for name, part in parts if part.api is not None]


def _router(
    feature: str,
    make: MakeRouter,
    core: CoreContainer,
    console: CoreContainer,
    bodies: BodyReader,
    limit: ConcurrencyLimit,
) -> APIRouter:
    router = APIRouter()
    for each in made(feature, WebPart.module, lambda: make(ApiTools(core, console, bodies, limit))):
        for route in each.routes:
            if isinstance(route, Route):
                # Outside of the handlers of deliberate errors, which answer first.
                route.app = named_call(feature, "API", route.app)
        # Unchanged, as all routers are added: FastAPI's own method would hide the routes from `Allow`.
        router.routes.extend(each.routes)
    return router
