"""The door through which the operator's core hands over picks. Who comes here has shown the key (see web.gate)."""

from collections.abc import Coroutine, Mapping
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.picks.picks import AcceptPick, PickConflict, UnknownPick
from subscriptions.domain.entities.pick import Pick
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.domain.tracing import stretch
from web.body import Bodies, BodyIncomplete, BodyTooLarge
from web.bulkheads import Lane
from web.routes.pick_body import PickEdit, PickIn

log = structlog.get_logger(__name__)

PREFIX: Final = "/api/picks"
BODY_LIMIT: Final = 64 * 1024
KEY_LIMIT: Final = 200

_REFUSALS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BodyIncomplete: (400, "the body did not arrive"),
    BodyTooLarge: (413, f"at most {BODY_LIMIT} bytes"),
    PlanUnavailable: (404, "there is no such plan"),
    PickConflict: (409, "this Idempotency-Key came with another pick"),
    UnknownPick: (404, "no pick has this key"),
    RetryLater: (503, "try again"),
}


def picks_router(picks: AcceptPick, bodies: Bodies, lane: Lane) -> APIRouter:
    """POST takes a pick in, PUT edits, DELETE withdraws; a key may contain slashes."""
    router = APIRouter(include_in_schema=False)

    @router.post(PREFIX)
    async def accept(request: Request) -> JSONResponse:
        key = _header_key(request)
        if not _is_key(key):
            return _error(400, f"send an Idempotency-Key of 1 to {KEY_LIMIT} printable characters")

        async def act() -> Pick:
            async with bodies.read(request, BODY_LIMIT) as sent, lane.place():
                body = PickIn.model_validate_json(sent)
                return await picks(key, body.plan, body.content())

        return await _answer(act(), 202)

    @router.put(PREFIX + "/{key:path}")
    async def edit(key: str, request: Request) -> JSONResponse:
        async def act() -> Pick:
            async with bodies.read(request, BODY_LIMIT) as sent, lane.place():
                return await picks.edit(_known_shape(key), PickEdit.model_validate_json(sent).content())

        return await _answer(act(), 200)

    @router.delete(PREFIX + "/{key:path}")
    async def withdraw(key: str) -> JSONResponse:
        async def act() -> Pick:
            async with lane.place():
                return await picks.withdraw(_known_shape(key))

        return await _answer(act(), 200)

    return router


def _header_key(request: Request) -> str:
    # Header values are bytes that were decoded as Latin-1; a key in the path was decoded as UTF-8.
    raw = request.headers.get("idempotency-key", "").strip().encode("latin-1")
    return raw.decode("utf-8", "replace")


def _is_key(key: str) -> bool:
    return 0 < len(key) <= KEY_LIMIT and key.isprintable()


def _known_shape(key: str) -> str:
    if not _is_key(key):
        raise UnknownPick(key)
    return key


async def _answer(act: Coroutine[Any, Any, Pick], status: int) -> JSONResponse:
    try:
        with stretch("pick"):
            pick = await act
            log.info("pick", pick=str(pick.id), status=status)
    except ValidationError as error:
        return _error(422, _first_fault(error))
    except InvalidInput as error:
        return _error(422, str(error))
    except (BodyIncomplete, BodyTooLarge, UmbralError) as error:
        return _refused(error)
    return JSONResponse({"id": str(pick.id)}, status)


def _refused(error: Exception) -> JSONResponse:
    for kind, (status, why) in _REFUSALS.items():
        if isinstance(error, kind):
            return _error(status, why)
    raise error


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _error(status: int, why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status)
