"""API operations for posts by the operator's own programs, which authenticate with an API key (`web.authentication`).

`/api/picks` follows the operator's specification. `/api/v1/picks` is the same, but reports errors as problem details
and is part of the API's description.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from features.picks.domain import TipFacts
from features.picks.feature import FEATURE
from features.picks.use_cases.accept_pick import AcceptPick, PicksOff
from features.picks.use_cases.get_pick import GetPick
from features.picks.web.body import PickEdit, PickIn
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.features import is_off_sentence
from subscriptions.application.posts.publish_post import PostConflict, UnknownPost
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.domain.tracing import stretch
from web.authentication import KEY_NAME
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.problems import V1, refusal, wrong_fields
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
    PostConflict: (409, "this Idempotency-Key came with another pick"),
    UnknownPost: (404, "no pick has this key"),
    PicksOff: (409, is_off_sentence(FEATURE.name)),
    RetryLater: (503, "try again"),
}


class PickOut(BaseModel):
    """Id of a post that was accepted, edited or withdrawn."""

    id: UUID


class PickProgressOut(BaseModel):
    """Progress of a post in the channels of its plan."""

    id: UUID
    status: PostStatus = Field(
        description="`accepted`: to be published in every channel; `withdrawn`: to be deleted from every channel."
    )
    deadline: datetime | None = Field(description="Deadline of a tip, after which no copy is posted; null without one.")
    publish_at: datetime | None = Field(description="Time before which no copy is posted; null for immediately.")
    copies: int = Field(
        description="Number of channels the post is for; 0 until they are known, shortly after the post was accepted."
    )
    posted: int = Field(description="Number of channels in which it was posted.")
    current: int = Field(
        description="Number of channels that show the latest version, or in which a withdrawn post is deleted."
    )
    failures: dict[str, int] = Field(
        description="Number of failed copies for each reason. `late`: the deadline had passed."
    )


_NEW: Final = PickIn.model_json_schema(ref_template="#/components/schemas/{model}")
_EDIT_SCHEMA: Final = PickEdit.model_json_schema(ref_template="#/components/schemas/{model}")
# The handler does not validate the key by this schema: a key that no post can have is answered as an unknown one.
_SHAPE: Final[dict[str, Any]] = {"minLength": 1, "maxLength": KEY_LIMIT}
_Key = Annotated[
    str, Path(description="Idempotency-Key of the request that created the post.", json_schema_extra=_SHAPE)
]


@dataclass(frozen=True)
class PicksDesk:
    """Use cases of the operations. Each is created by the first request that needs it, because the API's description is
    also generated without a database.
    """

    accept_pick: Callable[[], AcceptPick]
    get_pick: Callable[[], GetPick]
    odds_bound: Callable[[], Decimal]


def picks_router(desk: PicksDesk, bodies: BodyReader, concurrency: ConcurrencyLimit, prefix: str) -> APIRouter:
    """Return the routes: POST submits a post, PUT edits it, DELETE withdraws it; a key may contain slashes.

    prefix: PREFIX or PICKS.
    """
    is_described = prefix == PICKS
    # The older endpoint has always ignored the query.
    router = APIRouter(
        include_in_schema=is_described, responses=problems(), dependencies=dependencies() if is_described else []
    )
    one = prefix + "/{key:path}"
    if is_described:

        @router.api_route(f"{one}{_RESULT}", methods=["GET", "PUT", "DELETE", "PATCH"], include_in_schema=False)
        async def nothing_else(request: Request) -> Response:
            # Without this route, such a request would be treated as a change of a post whose key ends in `/result`.
            return refusal(request.url.path, 405, "Method Not Allowed", {"Allow": "POST"})

    @router.post(
        prefix,
        status_code=202,
        response_model=PickOut,
        openapi_extra=request_body(_NEW, needs_key=True),
        operation_id="send_pick",
        description=describe(
            "picks", "Publish a post in every live channel of a plan. Its Idempotency-Key identifies it."
        ),
        summary="Publish a post in the channels of a plan",
    )
    async def accept(request: Request) -> Response:
        key = idempotency_key(request) or ""
        if key.endswith(_RESULT):
            # Such a path is reserved for the post's result, so the post could never be changed.
            return refusal(f"{prefix}/", 400, f"an Idempotency-Key of a pick does not end in {_RESULT}; choose another")

        async def act() -> Post:
            async with bodies.read(request, BODY_LIMIT) as body_sent, concurrency.slot():
                body = PickIn.model_validate_json(body_sent)
                draft = body.draft(desk.odds_bound())
                if draft is None:
                    return await desk.accept_pick()(key, body.plan, body.content(), body.publish_at, _origin(request))
                with _of_tip():
                    return await desk.accept_pick().tip(key, body.plan, draft, _origin(request), body.publish_at)

        return without_key(prefix, key) or await _answer(prefix, act(), 202)

    @router.put(
        one,
        response_model=PickOut,
        openapi_extra=request_body(_EDIT_SCHEMA),
        operation_id="edit_pick",
        description=describe("picks", "Edit a post, including the copies already published."),
        summary="Edit a post",
    )
    async def edit(request: Request, key: _Key) -> Response:
        async def act() -> Post:
            async with bodies.read(request, BODY_LIMIT) as body_sent, concurrency.slot():
                body = PickEdit.model_validate_json(body_sent)
                draft = body.draft(desk.odds_bound())
                if draft is None:
                    return await desk.accept_pick().edit(_known_shape(key), body.content())
                with _of_tip():
                    return await desk.accept_pick().revise(_known_shape(key), draft, _origin(request))

        return await _answer(prefix, act(), 200)

    @router.delete(
        one,
        response_model=PickOut,
        operation_id="withdraw_pick",
        description=describe("picks", "Delete a post from every channel in which it was published."),
        summary="Withdraw a post",
    )
    async def withdraw(request: Request, key: _Key) -> Response:
        async def act() -> Post:
            async with concurrency.slot():
                return await desk.accept_pick().withdraw(_known_shape(key), _origin(request))

        return await _answer(prefix, act(), 200)

    return router


def progress_router(desk: PicksDesk, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the route of a post's progress, for the program that sent it."""
    router = APIRouter(responses=problems(), dependencies=dependencies())

    @router.get(
        PICKS + "/{key:path}",
        response_model=PickProgressOut,
        operation_id="get_pick",
        description=describe(
            "picks", "Return the number of channels that show a post, and the reasons of failed copies."
        ),
        summary="Retrieve the progress of a post",
    )
    async def progress(key: _Key) -> Response:
        try:
            async with concurrency.slot():
                view = await desk.get_pick()(_known_shape(key))
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
    """Return the sender of a request, as stored in a plan's tip record."""
    return f"api:{getattr(request.state, KEY_NAME)}"


@contextmanager
def _of_tip() -> Iterator[None]:
    """Context manager that prefixes the field name of an InvalidInput with the name of the tip's field in the request
    body.
    """
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
        raise UnknownPost(key)
    return key


async def _answer(prefix: str, act: Coroutine[Any, Any, Post], status: int) -> JSONResponse:
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
