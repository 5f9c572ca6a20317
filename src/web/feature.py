"""Extension that a feature adds to the web process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from fastapi import APIRouter, Depends, Response

from subscriptions.application.feature_failures import made, named
from subscriptions.bootstrap.core import CoreContainer
from web.concurrency import ConcurrencyLimit
from web.console.visit import Visit

MakeRouter = Callable[[CoreContainer, ConcurrencyLimit], APIRouter]


@dataclass(frozen=True, kw_only=True)
class WebPart:
    """Extension of the web by a feature, defined as the constant `WEB` of the feature's module `web`.

    api: factory of the router for the feature's operations under `/api/v1`. files: request handlers of the console,
    keyed by path below the console's root.
    """

    module: ClassVar[str] = "web"
    api: MakeRouter | None = None
    files: Mapping[str, Callable[[Visit], Awaitable[Response]]] = field(default_factory=dict)


def makers_of_features(core: CoreContainer) -> Sequence[Callable[[ConcurrencyLimit], APIRouter]]:
    """Return the makers of the routers that features add to the API. A router that cannot be made is left out, and a
    route that fails names its feature.
    """
    parts = core.features().named_parts(WebPart)
    return [partial(_router, name, part.api, core) for name, part in parts if part.api is not None]


def _router(feature: str, make: MakeRouter, core: CoreContainer, limit: ConcurrencyLimit) -> APIRouter:
    router = APIRouter()
    for each in made(feature, WebPart.module, lambda: make(core, limit)):
        router.include_router(each, dependencies=[Depends(partial(_naming, feature))])
    return router


async def _naming(feature: str) -> AsyncIterator[None]:
    with named(feature, "API"):
        yield
