"""HTTP API of a provider: its routes, and the execution of a call through the wire, which logs the call and injects
faults.
"""

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from fastapi import APIRouter, Request, Response

from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, WireFault
from umbral_sandbox.world.world import World

T = TypeVar("T")
E = TypeVar("E", bound=Exception)
Handler = Callable[[Request], Awaitable[Response]]
#: Function that builds the answer of a faulty call from its status and its headers.
Faulty = Callable[[int, dict[str, str]], Response]

_METHODS: Final = ("GET", "POST", "DELETE", "PUT", "PATCH")


@dataclass(frozen=True)
class Route:
    """Operation of a provider's API; ``{id}`` in the path represents an id."""

    method: str
    path: str

    @property
    def name(self) -> str:
        """Return the name of the operation in the call log and in faults."""
        return f"{self.method} {self.path}"


def api_router(
    world: World, provider: str, base: str, routes: Iterable[tuple[Route, Handler]], unknown: Handler
) -> APIRouter:
    """Return a router of all routes. base: prefix of the paths. unknown: handler of other addresses and methods."""
    router = APIRouter()
    names = world.wire.known_methods[provider] = set()
    for route, handler in routes:
        names.add(route.name)
        router.add_route(base + route.path, handler, [route.method])
    router.add_route(base + "/{rest:path}", unknown, list(_METHODS))
    return router


@dataclass(frozen=True)
class Heard(Generic[T]):
    """Parsed call. who: name of the caller, without the caller's secret. params: parameters as shown in the log."""

    who: str
    params: Mapping[str, object]
    act: Callable[[], T]


@dataclass(frozen=True)
class Line(Generic[E]):
    """Execution of one call to a provider.

    refusals: exceptions by which the provider refuses a call. refused: function that renders such an exception. faulty:
    function that renders an injected fault.
    """

    world: World
    provider: str
    request: Request
    refusals: tuple[type[E], ...]
    refused: Callable[[E], Response]
    faulty: Faulty

    async def answer(self, name: str, heard: Callable[[], Heard[T]], drawn: Callable[[T], Response]) -> Response:
        """Perform one call and return its response. heard: function that parses the call, or raises one of `refusals`.
        drawn: function that renders the result as a response.
        """
        try:
            call = heard()
            result = await self.world.wire.run(
                self.provider, protocol=self.provider, who=call.who, method=name, params=call.params, act=call.act
            )
        except self.refusals as error:
            return self.refused(error)
        except WireFault as fault:
            return await self._befallen(fault)
        return drawn(result)

    async def _befallen(self, fault: WireFault) -> Response:
        match fault:
            case FaultFlood():
                return self.faulty(429, {"Retry-After": str(fault.seconds)})
            case FaultError():
                return self.faulty(fault.code, {})
            case FaultDrop():
                return await self._cut(fault)
            case _:
                return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 200, media_type="text/html")

    async def _cut(self, fault: FaultDrop) -> Response:
        """Cut the connection; if the server cannot cut connections, raise the fault."""
        abort = self.request.scope.get("sandbox.abort")
        if not callable(abort):
            raise fault
        outcome = abort()
        if inspect.isawaitable(outcome):
            await outcome
        return Response(status_code=500)


def origin_of(request: Request) -> str:
    """Return the address under which the simulator was called."""
    return str(request.base_url).rstrip("/")


def media_type_of(request: Request, otherwise: str = "") -> str:
    """Return the media type of the body, without its parameters."""
    return request.headers.get("content-type", otherwise).split(";")[0].strip().lower()


def fingerprint(sent: object) -> str:
    """Return a hash that ignores the order of members, to identify a repeated request under one idempotency key."""
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
