"""Customers, what they have and paid, plans and codes, for programs with a key for them (`web.authentication`)."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from subscriptions.application.views.list_for_programs import ListForPrograms
from subscriptions.domain.entities.activation_token import TokenState, state_of
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.clock import Clock
from web.concurrency import ConcurrencyLimit
from web.problems import V1
from web.routes.writing import dependencies, problems

CUSTOMERS: Final = f"{V1}/customers"
CODES: Final = f"{V1}/codes"
SUBSCRIPTIONS: Final = f"{V1}/subscriptions"
PAYMENTS: Final = f"{V1}/payments"
PLANS: Final = f"{V1}/plans"
MOST: Final = 100
USUAL: Final = 20
_LONGEST: Final = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=_LONGEST, description="`next` of the page before.")]
Next = Annotated[str | None, Field(description="The cursor of what follows; null where nothing does.")]


class CustomerOut(BaseModel):
    """One customer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    first_name: str
    username: Annotated[str | None, Field(description="Without @; null for who has none.")]
    plans: Annotated[list[str], Field(description="What counts now, by the plans' soft ids.")]


class CustomersOut(BaseModel):
    """A page of customers, the newest first."""

    items: list[CustomerOut]
    next: Next


class CodeOut(BaseModel):
    """One activation code."""

    id: UUID
    prefix: Annotated[str, Field(description="The first characters: the others are not kept.")]
    plan: Annotated[str, Field(description="The plan's soft id.")]
    campaign: str
    state: TokenState
    created_at: datetime
    expires_at: datetime


class CodesOut(BaseModel):
    """A page of codes, the newest first."""

    items: list[CodeOut]
    next: Next


class SubscriptionOut(BaseModel):
    """One subscription."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    customer: UUID
    plan: Annotated[str, Field(description="The plan's soft id.")]
    status: SubscriptionStatus
    provider: Annotated[str | None, Field(description="Who charges; null for what was given.")]
    price_minor: Annotated[int, Field(description="In the currency's smallest unit.")]
    price_currency: str
    access_until: datetime | None
    pause_until: Annotated[datetime | None, Field(description="When it is charged again, where a month is left out.")]
    cancel_at_period_end: bool
    cancel_reason: str | None
    created_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class SubscriptionsOut(BaseModel):
    """A page of subscriptions, the newest first."""

    items: list[SubscriptionOut]
    next: Next


class PaymentOut(BaseModel):
    """One payment."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    customer: UUID
    subscription: UUID | None
    plan: Annotated[str, Field(description="The soft id of the plan that was ordered.")]
    provider: str
    status: PaymentStatus
    flag: Annotated[FlagReason | None, Field(description="Why it gives no access by itself.")]
    is_renewal: bool
    amount_minor: Annotated[int, Field(description="In the currency's smallest unit.")]
    amount_currency: str
    refunded_minor: Annotated[int, Field(description="What went back of it.")]
    occurred_at: datetime


class PaymentsOut(BaseModel):
    """A page of payments, the last we heard of first."""

    items: list[PaymentOut]
    next: Next


class PlanOut(BaseModel):
    """One plan."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[str, Field(description="Its soft id.")]
    name: str
    access: AccessKind
    active: Annotated[bool, Field(description="Whether it is on offer.")]
    recurring: bool
    price_minor: Annotated[int, Field(description="In the currency's smallest unit.")]
    price_currency: str
    ends_on: Annotated[date | None, Field(description="Its last day, whenever it is bought.")]


class PlansOut(BaseModel):
    """All plans, in the order in which they are offered."""

    items: list[PlanOut]


def listing_router(lists: ListForPrograms, clock: Clock, concurrency: ConcurrencyLimit) -> APIRouter:
    """Read only."""
    router = APIRouter(responses=problems(404, 409, 413), dependencies=dependencies())

    @router.get(CUSTOMERS, operation_id="list_customers", summary="Customers, the newest first")
    async def customers(response: Response, limit: Limit = USUAL, cursor: Cursor = None) -> CustomersOut:
        _private(response)
        async with concurrency.slot():
            page = await lists.customers(cursor, limit)
        return CustomersOut(items=[CustomerOut.model_validate(item) for item in page.items], next=page.cursor)

    @router.get(CODES, operation_id="list_codes", summary="Activation codes, the newest first")
    async def codes(response: Response, limit: Limit = USUAL, cursor: Cursor = None) -> CodesOut:
        _private(response)
        async with concurrency.slot():
            page = await lists.codes(cursor, limit)
        now = clock.now()
        items = [CodeOut.model_validate({**vars(item), "state": state_of(item, now)}) for item in page.items]
        return CodesOut(items=items, next=page.cursor)

    @router.get(SUBSCRIPTIONS, operation_id="list_subscriptions", summary="Subscriptions, the newest first")
    async def subscriptions(response: Response, limit: Limit = USUAL, cursor: Cursor = None) -> SubscriptionsOut:
        _private(response)
        async with concurrency.slot():
            page = await lists.subscriptions(cursor, limit)
        return SubscriptionsOut(items=[SubscriptionOut.model_validate(item) for item in page.items], next=page.cursor)

    @router.get(PAYMENTS, operation_id="list_payments", summary="Payments, the last we heard of first")
    async def payments(response: Response, limit: Limit = USUAL, cursor: Cursor = None) -> PaymentsOut:
        _private(response)
        async with concurrency.slot():
            page = await lists.payments(cursor, limit)
        return PaymentsOut(items=[PaymentOut.model_validate(item) for item in page.items], next=page.cursor)

    @router.get(PLANS, operation_id="list_plans", summary="Plans, as they are offered")
    async def plans(response: Response) -> PlansOut:
        _private(response)
        async with concurrency.slot():
            found = await lists.plans()
        return PlansOut(items=[PlanOut.model_validate(item) for item in found])

    return router


def _private(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
