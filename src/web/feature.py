"""Part that a feature adds to the web."""

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
    """Part that a feature adds to the web, the constant `WEB` of its module `web`.

    api: makes the router of its operations under `/api/v1`. files: what the console answers at paths of the feature,
    below the console's root.
    """

    module: ClassVar[str] = "web"
    api: MakeRouter | None = None
    files: Mapping[str, Callable[[Visit], Awaitable[Response]]] = field(default_factory=dict)
