"""An API over HTTP: its routes, and one call of it through the wire, where it is written down and faults happen."""

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
#: The answer to a call that a fault happened to: its status, and the headers that come with it.
Faulty = Callable[[int, dict[str, str]], Response]

_METHODS: Final = ("GET", "POST", "DELETE", "PUT", "PATCH")


@dataclass(frozen=True)
class Route:
    """One call of an API; ``{id}`` stands in its path where an id does."""

    method: str
    path: str

    @property
    def name(self) -> str:
        """The name in the log of calls and in faults."""
        return f"{self.method} {self.path}"


def api_router(
    world: World, provider: str, base: str, routes: Iterable[tuple[Route, Handler]], unknown: Handler
) -> APIRouter:
    """Every route, and ``unknown`` for all other addresses and methods. base: what stands before the paths."""
    router = APIRouter()
    names = world.wire.known_methods[provider] = set()
    for route, handler in routes:
        names.add(route.name)
        router.add_route(base + route.path, handler, [route.method])
    router.add_route(base + "/{rest:path}", unknown, list(_METHODS))
    return router


@dataclass(frozen=True)
class Heard(Generic[T]):
    """A call that is understood. who: who makes it, without its secret; params: as the log shows them."""

    who: str
    params: Mapping[str, object]
    act: Callable[[], T]


@dataclass(frozen=True)
class Line(Generic[E]):
    """Where one call to a provider comes in.

    refusals: by what it refuses; refused: how it words a refusal; faulty: how it words what befalls it.
    """

    world: World
    provider: str
    request: Request
    refusals: tuple[type[E], ...]
    refused: Callable[[E], Response]
    faulty: Faulty

    async def answer(self, name: str, heard: Callable[[], Heard[T]], drawn: Callable[[T], Response]) -> Response:
        """What a call is answered. heard: reads it, and may refuse it; drawn: its result as an answer."""
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
        """Cut the connection; where the server cannot, the fault is raised on."""
        abort = self.request.scope.get("sandbox.abort")
        if not callable(abort):
            raise fault
        outcome = abort()
        if inspect.isawaitable(outcome):
            await outcome
        return Response(status_code=500)


def origin_of(request: Request) -> str:
    """The address the stand-in was called at."""
    return str(request.base_url).rstrip("/")


def media_type_of(request: Request, otherwise: str = "") -> str:
    """The kind of the body, without its parameters."""
    return request.headers.get("content-type", otherwise).split(";")[0].strip().lower()


def fingerprint(sent: object) -> str:
    """The same for the same members, in whatever order: by it a request is known that comes again under one key."""
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
