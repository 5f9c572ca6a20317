"""Activation codes made by the operator's own programs, which have shown a key for it (`web.authentication`)."""

import hmac
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from subscriptions.application.vip.make_codes import CodesConflict, CodesWish, MakeCodes
from subscriptions.application.vip.tokens import BATCH_LIMIT, VALIDITY_LIMIT
from subscriptions.domain.entities.activation_token import CAMPAIGN_LIMIT, NOTE_LIMIT
from subscriptions.domain.errors import InvalidInput, RetryLater
from web.authentication import KEY_NAME, bearer_token
from web.body import BodyIncomplete, BodyReader, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.problems import refusal, wrong_fields
from web.routes.listing import CODES
from web.routes.pick_body import Text
from web.routes.writing import BODY_LIMIT, dependencies, faults, idempotency_key, needing, problems, wanted, without_key


class CodesIn(BaseModel):
    """How many codes for which plan."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", description="The plan's soft id.")]
    count: Annotated[int, Field(ge=1, le=BATCH_LIMIT, strict=True)] = 1
    days: Annotated[
        int | None,
        Field(ge=1, le=VALIDITY_LIMIT.days, strict=True, description="How long they may be used; as usual without it."),
    ] = None
    campaign: Annotated[Text, Field(max_length=CAMPAIGN_LIMIT, description="By which they are counted.")] = ""
    note: Annotated[Text, Field(max_length=NOTE_LIMIT, description="Only staff sees it.")] = ""


class MadeCodeOut(BaseModel):
    """One code: whoever opens the link first has what it gives."""

    id: UUID
    code: str
    link: Annotated[str | None, Field(description="Opens the bot with it; null before the bot has a name.")]


class MadeCodesOut(BaseModel):
    """They are shown here alone: the same request shows them again, nothing else does."""

    plan: str
    expires_at: datetime
    codes: list[MadeCodeOut]


_BODY: Final = CodesIn.model_json_schema(ref_template="#/components/schemas/{model}")


def codes_router(make_codes: MakeCodes, bodies: BodyReader, concurrency: ConcurrencyLimit) -> APIRouter:
    """POST makes them; listing is elsewhere."""
    router = APIRouter(responses=problems(404), dependencies=dependencies())

    @router.post(
        CODES,
        status_code=201,
        response_model=MadeCodesOut,
        openapi_extra=wanted(_BODY, once=True),
        operation_id="make_codes",
        description=needing("make-codes", "Make codes of a plan. Only the same request shows them again."),
        summary="Make activation codes",
    )
    async def make(request: Request) -> Response:
        key = idempotency_key(request)
        return without_key(CODES, key) or await _made(request, key or "")

    async def _made(request: Request, key: str) -> Response:
        try:
            async with bodies.read(request, BODY_LIMIT) as sent, concurrency.slot():
                asked = CodesIn.model_validate_json(sent)
                # Only who holds the key can ask for the same codes again.
                secret = hmac.digest(bearer_token(request.scope), f"umbral codes {key}".encode(), "sha256")
                maker = f"api:{getattr(request.state, KEY_NAME)}"
                made = await make_codes(CodesWish(**asked.model_dump()), secret, maker)
        except (ValidationError, InvalidInput) as error:
            return wrong_fields(faults(error))
        except CodesConflict:
            return refusal(f"{CODES}/", 409, "this Idempotency-Key came with something else")
        except BodyIncomplete:
            return refusal(f"{CODES}/", 400, "the body did not arrive")
        except BodyTooLarge:
            return refusal(f"{CODES}/", 413, f"at most {BODY_LIMIT} bytes")
        except RetryLater:
            return refusal(f"{CODES}/", 503, "try again", {"Retry-After": "30"})
        items = [MadeCodeOut(id=each.id, code=each.code, link=each.link) for each in made.codes]
        told = MadeCodesOut(plan=asked.plan, expires_at=made.expires_at, codes=items)
        return JSONResponse(told.model_dump(mode="json"), 201, {"Cache-Control": "no-store"})

    return router
