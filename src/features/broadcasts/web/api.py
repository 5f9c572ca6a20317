"""API operations for broadcasts by the operator's own programs, which authenticate with an API key
(`web.authentication`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from features.broadcasts.domain import FARTHEST_END, Audience, BroadcastId, Segment
from features.broadcasts.feature import FEATURE
from features.broadcasts.use_cases.hand_over_broadcast import BroadcastConflict, BroadcastsOff, HandOverBroadcast
from features.broadcasts.use_cases.see_broadcasts import BroadcastState, SeeBroadcasts, UnknownBroadcast
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.features import is_off_sentence
from subscriptions.domain.entities.spoken import CODE
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.services.tags import LONGEST_TAG, normalised
from web.authentication import KEY_NAME
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.problems import V1, refusal, wrong_fields
from web.routes.message_body import MessageIn
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

BROADCASTS: Final = f"{V1}/broadcasts"
_NAME: Final = r"^[a-z0-9-]{1,40}$"

PlanName = Annotated[str, Field(pattern=_NAME)]


class AudienceIn(BaseModel):
    """Audience of a broadcast: people by segment, or the channels of plans if `channels` names any."""

    model_config = ConfigDict(extra="forbid")

    segment: Segment = Segment.ALL
    language: Annotated[
        str | None, Field(pattern=f"^{CODE}$", description="Restricts the audience to this language.")
    ] = None
    plan: Annotated[
        PlanName | None, Field(description="Restricts the audience to people who have or had this plan.")
    ] = None
    chat: Annotated[
        PlanName | None,
        Field(description="Restricts the audience to people in this chat; required for the segment `inside`."),
    ] = None
    spent: Annotated[
        str | None,
        Field(
            pattern=r"^\d{1,9}(\.\d{1,3})? [A-Z]{3}$",
            description="Minimum paid, net of refunds; required for the segment `spent`.",
            examples=["50.00 EUR"],
        ),
    ] = None
    ends_within: Annotated[
        int | None,
        Field(ge=1, le=FARTHEST_END, description="Days within which access ends without another charge."),
    ] = None
    tag: Annotated[
        str | None, Field(min_length=1, max_length=LONGEST_TAG, description="Tag that staff gave the customers.")
    ] = None
    source: Annotated[
        str | None, Field(min_length=1, max_length=64, description="Source of the link by which they arrived.")
    ] = None
    channels: Annotated[list[PlanName], Field(max_length=50, description="Slugs of the plans.")] = []


class BroadcastIn(MessageIn):
    """Broadcast with its content, its audience and its time; without `at`, it is sent immediately."""

    plan: None = None
    audience: AudienceIn
    at: AwareDatetime | None = None


@dataclass(frozen=True)
class BroadcastDesk:
    """Use cases of the broadcast operations. Each is created by the first request that needs it, because the API's
    description is also generated without a database.
    """

    hand_over_broadcast: Callable[[], HandOverBroadcast]
    see_broadcasts: Callable[[], SeeBroadcasts]


_BODY: Final = BroadcastIn.model_json_schema(ref_template="#/components/schemas/{model}")
_ONE: Final = BROADCASTS + "/{broadcast_id}"


def broadcasts_router(desk: BroadcastDesk, bodies: BodyReader, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the routes: POST submits a broadcast, GET returns its progress. All changes are staff commands."""
    router = APIRouter(responses=problems(), dependencies=dependencies())

    @router.post(
        BROADCASTS,
        status_code=202,
        response_model=BroadcastState,
        openapi_extra=request_body(_BODY, needs_key=True),
        operation_id="send_broadcast",
        description=describe("broadcasts", "Send a message to people, or to the channels of plans."),
        summary="Send a broadcast",
    )
    async def hand_over(request: Request) -> Response:
        program, key = getattr(request.state, KEY_NAME), idempotency_key(request) or ""

        async def act() -> BroadcastState:
            async with bodies.read(request, BODY_LIMIT) as body, concurrency.slot():
                broadcast_in = BroadcastIn.model_validate_json(body)
                content, audience = broadcast_in.content(), _audience(broadcast_in.audience)
                broadcast = await desk.hand_over_broadcast()(program, key, content, audience, broadcast_in.at)
                return await desk.see_broadcasts().state(broadcast.id)

        return without_key(BROADCASTS, key) or await _answer(act, 202)

    @router.get(
        _ONE,
        response_model=BroadcastState,
        operation_id="see_broadcast",
        description=describe(
            "broadcasts", "Return the number of sent, waiting and failed messages, and the reasons of failures."
        ),
        summary="Retrieve the progress of a broadcast",
    )
    async def one(broadcast_id: UUID) -> Response:
        async def act() -> BroadcastState:
            async with concurrency.slot():
                return await desk.see_broadcasts().state(BroadcastId(broadcast_id))

        return await _answer(act, 200)

    return router


def _audience(audience_in: AudienceIn) -> Audience:
    amount, _, currency = (audience_in.spent or "").partition(" ")
    return Audience(
        segment=audience_in.segment,
        language=audience_in.language,
        plan=audience_in.plan,
        channels=frozenset(audience_in.channels),
        chat=audience_in.chat,
        spent=Money.parse(amount, currency, is_stored=True) if amount else None,
        ends_within=audience_in.ends_within,
        tag=normalised(audience_in.tag) if audience_in.tag is not None else None,
        source=audience_in.source,
    )


async def _answer(act: Callable[[], Awaitable[BroadcastState]], status: int) -> Response:
    try:
        state = TypeAdapter(BroadcastState).dump_python(await act(), mode="json")
    except (ValidationError, InvalidInput, PlanUnavailable) as error:
        return wrong_fields(faults(error))
    except (BroadcastsOff, BroadcastConflict, UnknownBroadcast, BodyIncomplete, BodyTooLarge, RetryLater) as error:
        status, reason = next(answer for kind, answer in _MORE_REFUSALS.items() if isinstance(error, kind))
        return refusal(f"{BROADCASTS}/", status, reason, {"Retry-After": "30"} if status == 503 else None)
    return JSONResponse(state, status, {"Cache-Control": "no-store"})


_MORE_REFUSALS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BroadcastsOff: (409, is_off_sentence(FEATURE.name)),
    BroadcastConflict: (409, "this Idempotency-Key came with something else"),
    UnknownBroadcast: (404, "there is none of this id"),
    BodyIncomplete: (400, "the body did not arrive"),
    BodyTooLarge: (413, f"at most {BODY_LIMIT} bytes"),
    RetryLater: (503, "try again"),
}
