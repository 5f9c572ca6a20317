"""Routes that list the checkouts, subscriptions, payments and webhook deliveries of every provider, and cause events of
them.
"""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from umbral_sandbox.control.access import PaymentsDep, simulator_of
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.payments.registry import Payments
from umbral_sandbox.payments.simulator import (
    ActionRefused,
    Bank,
    CheckoutAction,
    CheckoutView,
    Outcome,
    PaymentAction,
    PaymentView,
    Simulator,
    SubscriptionAction,
    SubscriptionView,
    Webhooks,
)
from umbral_sandbox.payments.webhooks import Delivery, DeliveryView, delivery_view

router = APIRouter()


class Checkouts(BaseModel):
    """Hosted checkouts, oldest first."""

    checkouts: list[CheckoutView]


class Subscriptions(BaseModel):
    """Subscriptions, oldest first."""

    subscriptions: list[SubscriptionView]


class PaymentList(BaseModel):
    """Payments, oldest first."""

    payments: list[PaymentView]


class DeliveryWhole(DeliveryView):
    """Webhook with its content. json_body: the body parsed as JSON; null if the body is not JSON."""

    body: str
    json_body: JsonValue


class DeliveryList(BaseModel):
    """Webhooks, oldest first."""

    deliveries: list[DeliveryView]


class CheckoutOrder(BaseModel):
    """Options of a payment: an ``amount`` other than the requested amount, whether the webhooks are sent before or
    after the payer returns to the shop, or never, and whether the payer's bank decides later.
    """

    model_config = ConfigDict(extra="forbid")

    amount: str | None = None
    webhooks: Webhooks | None = None
    bank: Bank | None = None


class AmountOrder(BaseModel):
    """Amount of a refund; without an amount, everything that is not yet refunded."""

    model_config = ConfigDict(extra="forbid")

    amount: str | None = None


class SubscriptionOrder(AmountOrder):
    """Options of an action on a subscription: the amount of a refund, and the hours after which a late bank pays."""

    hours: int | None = Field(default=None, gt=0)


class PaymentOrder(AmountOrder):
    """Options of an action on a payment: the amount of a refund, and the decision on an appeal."""

    outcome: Outcome | None = None


@router.get("/checkouts")
async def read_checkouts(payments: PaymentsDep) -> Checkouts:
    """Return the hosted checkouts of every provider."""
    found = [each for one in payments.simulators.values() for each in one.checkouts()]
    return Checkouts(checkouts=found)


@router.post("/checkouts/{checkout}/{action}")
async def act_on_checkout(
    payments: PaymentsDep, checkout: str, action: CheckoutAction, order: CheckoutOrder | None = None
) -> CheckoutView:
    """Perform the action of a button of the hosted page. With ``webhooks: before``, return after every webhook was
    attempted.
    """
    order = order or CheckoutOrder()
    simulator, _ = _holder(payments, checkout)
    try:
        sent = simulator.act_on_checkout(
            checkout, action, order.amount, order.webhooks, **({} if order.bank is None else {"bank": order.bank})
        )
    except (ActionRefused, ValueError) as error:
        raise _refusal(error) from error
    payments.world.commit()
    if order.webhooks == "before":
        await payments.deliveries.tried(sent)
    return _holder(payments, checkout)[1]


@router.get("/subscriptions")
async def read_subscriptions(payments: PaymentsDep) -> Subscriptions:
    """Return the subscriptions at every provider."""
    found = [each for one in payments.simulators.values() for each in one.subscriptions()]
    return Subscriptions(subscriptions=found)


@router.post("/subscriptions/{provider}/{subscription}/{action}")
async def act_on_subscription(
    payments: PaymentsDep,
    provider: str,
    subscription: str,
    action: SubscriptionAction,
    order: SubscriptionOrder | None = None,
) -> SubscriptionView:
    """Cause an event of an existing subscription, such as a renewal, a failed payment or a cancellation."""
    simulator = simulator_of(payments, provider)
    try:
        options = order or SubscriptionOrder()
        given = {} if options.hours is None else {"hours": options.hours}
        simulator.act_on_subscription(subscription, action, options.amount, **given)
    except (ActionRefused, ValueError) as error:
        raise _refusal(error) from error
    payments.world.commit()
    return next(each for each in simulator.subscriptions() if each.id == subscription)


@router.get("/payments")
async def read_payments(payments: PaymentsDep) -> PaymentList:
    """Return the payments at every provider."""
    found = [each for one in payments.simulators.values() for each in one.payments()]
    return PaymentList(payments=found)


@router.post("/payments/{provider}/{payment}/{action}")
async def act_on_payment(
    payments: PaymentsDep, provider: str, payment: str, action: PaymentAction, order: PaymentOrder | None = None
) -> PaymentView:
    """Cause an event of an existing payment, such as a refund or a dispute."""
    simulator = simulator_of(payments, provider)
    try:
        options = order or PaymentOrder()
        outcome = options.outcome
        simulator.act_on_payment(payment, action, options.amount, **({} if outcome is None else {"outcome": outcome}))
    except (ActionRefused, ValueError) as error:
        raise _refusal(error) from error
    payments.world.commit()
    return next(each for each in simulator.payments() if each.id == payment)


@router.get("/deliveries")
async def read_deliveries(payments: PaymentsDep, after: Annotated[int, Query(ge=0)] = 0) -> DeliveryList:
    """Return the webhooks with an id greater than ``after``, and the responses to them."""
    found = [delivery_view(each) for each in payments.deliveries.all() if each.id > after]
    return DeliveryList(deliveries=found)


@router.get("/deliveries/{delivery}")
async def read_delivery(payments: PaymentsDep, delivery: int) -> DeliveryWhole:
    """Return one webhook with its content."""
    return _whole(_delivery(payments, delivery))


@router.post("/deliveries/{delivery}/again")
async def send_again(payments: PaymentsDep, delivery: int) -> DeliveryView:
    """Send a webhook again, and return when the webhook was answered (or after 10 s)."""
    tries = _delivery(payments, delivery).tries
    payments.deliveries.send_again(delivery)
    payments.world.commit()
    await payments.deliveries.tried([delivery], more_than=tries)
    return delivery_view(_delivery(payments, delivery))


def _holder(payments: Payments, checkout: str) -> tuple[Simulator, CheckoutView]:
    """Return the checkout and its provider's simulator, or respond with 404."""
    for simulator in payments.simulators.values():
        for view in simulator.checkouts():
            if view.id == checkout:
                return simulator, view
    raise ControlError(f"there is no checkout {checkout}", 404)


def _delivery(payments: Payments, delivery_id: int) -> Delivery:
    """Return the delivery, or respond with 404."""
    delivery = payments.deliveries.get(delivery_id)
    if delivery is None:
        raise ControlError(f"there is no delivery {delivery_id}", 404)
    return delivery


def _refusal(error: ActionRefused | ValueError) -> ControlError:
    if isinstance(error, ActionRefused):
        return ControlError(str(error), 404 if error.missing else 409)
    return ControlError(str(error))


def _whole(delivery: Delivery) -> DeliveryWhole:
    try:
        body: JsonValue = json.loads(delivery.body)
    except ValueError:
        body = None
    return DeliveryWhole.model_validate({**delivery.model_dump(), "json_body": body})
