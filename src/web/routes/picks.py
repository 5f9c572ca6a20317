"""Endpoints for posts by the operator's core, which need a key (`web.authentication`).

`/api/picks` follows the operator's documents; `/api/v1/picks` is the same with problem details, and is described.
"""

from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.picks.get_pick import GetPick
from subscriptions.application.picks.picks import AcceptPick, PickConflict, UnknownPick
from subscriptions.domain.entities.pick import Pick, PickStatus
from subscriptions.domain.entities.tip import TipFacts
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.domain.tracing import stretch
from web.authentication import KEY_NAME
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.problems import V1, refusal, wrong_fields
from web.routes.pick_body import PickEdit, PickIn
from web.routes.writing import (
    BODY_LIMIT,
    dependencies,
    describe,
    faults,
    idempotency_key,
    problems,
    request_body,
    without_key,
)

log = structlog.get_logger(__name__)

PREFIX: Final = "/api/picks"
PICKS: Final = f"{V1}/picks"
_RESULT: Final = "/result"
KEY_LIMIT: Final = 200

_REFUSALS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BodyIncomplete: (400, "the body did not arrive"),
    BodyTooLarge: (413, f"at most {BODY_LIMIT} bytes"),
    PlanUnavailable: (404, "there is no such plan"),
    PickConflict: (409, "this Idempotency-Key came with another pick"),
    UnknownPick: (404, "no pick has this key"),
    RetryLater: (503, "try again"),
}


class PickOut(BaseModel):
    """Id of a post that was accepted, edited or withdrawn."""

    id: UUID


class PickProgressOut(BaseModel):
    """Progress of a post in the channels of its plan."""

    id: UUID
    status: PickStatus = Field(description="accepted: it is to stand everywhere; withdrawn: it is to stand nowhere.")
    deadline: datetime | None = Field(description="Of a tip: no copy is posted from then on.")
    publish_at: datetime | None = Field(description="No copy is posted before it; null for what went out at once.")
    copies: int = Field(
        description="In how many channels it is to stand. 0 until they are known, a moment after it came."
    )
    posted: int = Field(description="In how many it was posted.")
    current: int = Field(description="In how many it stands as it is now, or is deleted where it was withdrawn.")
    failures: dict[str, int] = Field(
        description="Why the others could not be posted or changed, with how many. `late`: the deadline had come."
    )


_NEW: Final = PickIn.model_json_schema(ref_template="#/components/schemas/{model}")
_EDIT_SCHEMA: Final = PickEdit.model_json_schema(ref_template="#/components/schemas/{model}")
# The handler does not validate the key by this schema: a key that no post can have is answered as an unknown one.
_SHAPE: Final[dict[str, Any]] = {"minLength": 1, "maxLength": KEY_LIMIT}
_Key = Annotated[str, Path(description="The Idempotency-Key it was sent with.", json_schema_extra=_SHAPE)]


def picks_router(
    picks: AcceptPick, bodies: BodyReader, concurrency: ConcurrencyLimit, prefix: str = PREFIX
) -> APIRouter:
    """Return the routes: POST submits a post, PUT edits it, DELETE withdraws it; a key may contain slashes.

    prefix: PREFIX or PICKS.
    """
    is_described = prefix == PICKS
    # The older endpoint has always ignored the query.
    router = APIRouter(
        include_in_schema=is_described, responses=problems(), dependencies=dependencies() if is_described else []
    )
    one = prefix + "/{key:path}"

    @router.post(
        prefix,
        status_code=202,
        response_model=PickOut,
        openapi_extra=request_body(_NEW, needs_key=True),
        operation_id="send_pick",
        description=describe(
            "picks", "Post a message into every live channel of a plan. Its Idempotency-Key names it."
        ),
        summary="Post a pick into the channels of a plan",
    )
    async def accept(request: Request) -> Response:
        key = idempotency_key(request) or ""
        if key.endswith(_RESULT):
            # Such a path is reserved for the post's result, so the post could never be changed.
            return refusal(f"{prefix}/", 400, f"an Idempotency-Key of a pick does not end in {_RESULT}; choose another")

        async def act() -> Pick:
            async with bodies.read(request, BODY_LIMIT) as body_sent, concurrency.slot():
                body = PickIn.model_validate_json(body_sent)
                draft = body.draft()
                if draft is None:
                    return await picks(key, body.plan, body.content(), body.publish_at)
                with _of_tip():
                    return await picks.tip(key, body.plan, draft, _origin(request), body.publish_at)

        return without_key(prefix, key) or await _answer(prefix, act(), 202)

    @router.put(
        one,
        response_model=PickOut,
        openapi_extra=request_body(_EDIT_SCHEMA),
        operation_id="edit_pick",
        description=describe("picks", "Change the message, also where it was posted already."),
        summary="Say it otherwise, also where it was posted already",
    )
    async def edit(request: Request, key: _Key) -> Response:
        async def act() -> Pick:
            async with bodies.read(request, BODY_LIMIT) as body_sent, concurrency.slot():
                body = PickEdit.model_validate_json(body_sent)
                draft = body.draft()
                if draft is None:
                    return await picks.edit(_known_shape(key), body.content())
                with _of_tip():
                    return await picks.revise(_known_shape(key), draft, _origin(request))

        return await _answer(prefix, act(), 200)

    @router.delete(
        one,
        response_model=PickOut,
        operation_id="withdraw_pick",
        description=describe("picks", "Delete the message wherever it was posted."),
        summary="Delete it wherever it was posted",
    )
    async def withdraw(request: Request, key: _Key) -> Response:
        async def act() -> Pick:
            async with concurrency.slot():
                return await picks.withdraw(_known_shape(key), _origin(request))

        return await _answer(prefix, act(), 200)

    return router


def progress_router(get_pick: GetPick, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the route of a post's progress, for the program that sent it."""
    router = APIRouter(responses=problems(), dependencies=dependencies())

    @router.get(
        PICKS + "/{key:path}",
        response_model=PickProgressOut,
        operation_id="get_pick",
        description=describe("picks", "Return in how many channels a pick stands, and why not in the others."),
        summary="How a pick stands in the channels of its plan",
    )
    async def progress(key: _Key) -> Response:
        try:
            async with concurrency.slot():
                view = await get_pick(_known_shape(key))
        except UmbralError as error:
            return _refusal(PICKS, error)
        progress_view = PickProgressOut(
            id=view.pick.id,
            status=view.pick.status,
            deadline=view.pick.deadline,
            publish_at=view.pick.publish_at,
            copies=view.copies,
            posted=view.posted_count,
            current=view.current,
            failures=dict(view.failures),
        )
        return JSONResponse(progress_view.model_dump(mode="json"), 200, {"Cache-Control": "no-store"})

    return router


def _origin(request: Request) -> str:
    """Return the origin as stored in a plan's record."""
    return f"api:{getattr(request.state, KEY_NAME)}"


@contextmanager
def _of_tip() -> Iterator[None]:
    """Prefix the field of an InvalidInput with the field of the tip, as it was sent."""
    try:
        yield
    except InvalidInput as error:
        if error.field in TipFacts.__dataclass_fields__:
            raise InvalidInput(f"tip.{error.field}", error.problem) from error
        raise


def _is_key(key: str) -> bool:
    return 0 < len(key) <= KEY_LIMIT and key.isprintable()


def _known_shape(key: str) -> str:
    if not _is_key(key):
        raise UnknownPick(key)
    return key


async def _answer(prefix: str, act: Coroutine[Any, Any, Pick], status: int) -> JSONResponse:
    try:
        with stretch("pick"):
            pick = await act
            log.info("pick", pick=str(pick.id), status=status)
    except (ValidationError, InvalidInput) as error:
        return wrong_fields(faults(error)) if prefix == PICKS else refusal(prefix, 422, _first_fault(error))
    except (BodyIncomplete, BodyTooLarge, UmbralError) as error:
        return _refusal(prefix, error)
    return JSONResponse({"id": str(pick.id)}, status)


def _refusal(prefix: str, error: Exception) -> JSONResponse:
    for kind, (status, detail) in _REFUSALS.items():
        if isinstance(error, kind):
            return refusal(f"{prefix}/", status, detail, {"Retry-After": "30"} if status == 503 else None)
    raise error


def _first_fault(error: ValidationError | InvalidInput) -> str:
    if isinstance(error, InvalidInput):
        return str(error)
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    location = ".".join(str(part) for part in fault["loc"]) or "body"
    return f"{location}: {fault['msg'].removeprefix('Value error, ')}"
