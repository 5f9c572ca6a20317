"""Extension that a feature adds to the web process."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi import APIRouter, Response

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
