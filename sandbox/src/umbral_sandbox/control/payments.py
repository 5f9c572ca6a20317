"""Checkouts, subscriptions, payments and webhook deliveries of every provider."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, JsonValue

from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.control.providers import provider_control_router
from umbral_sandbox.payments.registry import Payments, payments_of
from umbral_sandbox.payments.simulator import (
    ActionRefused,
    CheckoutAction,
    CheckoutView,
    PaymentAction,
    PaymentView,
    Simulator,
    SubscriptionAction,
    SubscriptionView,
    Webhooks,
)
from umbral_sandbox.payments.webhooks import Attempt, Delivery
from umbral_sandbox.world.world import World


class Checkouts(BaseModel):
    """Hosted checkouts, oldest first."""

    checkouts: list[CheckoutView]


class Subscriptions(BaseModel):
    """Subscriptions, oldest first."""

    subscriptions: list[SubscriptionView]


class PaymentList(BaseModel):
    """Payments, oldest first."""

    payments: list[PaymentView]


class DeliveryView(BaseModel):
    """A webhook and the answers it got."""

    id: int
    provider: str
    type: str
    event: str
    url: str
    state: str
    created: datetime
    tries: int
    attempts: list[Attempt]


class DeliveryWhole(DeliveryView):
    """A webhook with what was sent; ``json_body`` is the body read as JSON, null where it is none."""

    body: str
    json_body: JsonValue


class DeliveryList(BaseModel):
    """Webhooks, oldest first."""

    deliveries: list[DeliveryView]


class CheckoutOrder(BaseModel):
    """How to pay: another ``amount`` than asked, and when the webhooks come relative to the page's return."""

    model_config = ConfigDict(extra="forbid")

    amount: str | None = None
    webhooks: Webhooks | None = None


class AmountOrder(BaseModel):
    """How much, where that matters (refunds); all that is left without it."""

    model_config = ConfigDict(extra="forbid")

    amount: str | None = None


class _Control:
    """The routes' common ground."""

    def __init__(self, payments: Payments) -> None:
        self.payments = payments
        self.deliveries = payments.deliveries

    def simulator(self, provider: str) -> Simulator:
        """The provider, or 404."""
        simulator = self.payments.simulators.get(provider)
        if simulator is None:
            raise ControlError(f"there is no provider {provider}", 404)
        return simulator

    def holder(self, checkout: str) -> tuple[Simulator, CheckoutView]:
        """Whose checkout that is, or 404."""
        for simulator in self.payments.simulators.values():
            for view in simulator.checkouts():
                if view.id == checkout:
                    return simulator, view
        raise ControlError(f"there is no checkout {checkout}", 404)

    def delivery(self, delivery_id: int) -> Delivery:
        """The delivery, or 404."""
        delivery = self.deliveries.get(delivery_id)
        if delivery is None:
            raise ControlError(f"there is no delivery {delivery_id}", 404)
        return delivery


def payment_control_router(world: World) -> APIRouter:
    """The providers' part of the control interface, for ``control_app(world, routers=[…])``."""
    control = _Control(payments_of(world))
    world.state_parts["deliveries"] = lambda: [_view(each).model_dump(mode="json") for each in control.deliveries.all()]
    router = APIRouter()
    _add_checkouts(router, control)
    _add_subscriptions(router, control)
    _add_payments(router, control)
    _add_deliveries(router, control)
    router.include_router(provider_control_router(control.payments))
    return router


def _add_checkouts(router: APIRouter, control: _Control) -> None:
    @router.get("/checkouts")
    async def read_checkouts() -> Checkouts:
        """Hosted checkouts of every provider."""
        found = [each for one in control.payments.simulators.values() for each in one.checkouts()]
        return Checkouts(checkouts=found)

    @router.post("/checkouts/{checkout}/{action}")
    async def act_on_checkout(
        checkout: str, action: CheckoutAction, order: CheckoutOrder | None = None
    ) -> CheckoutView:
        """What the buttons of the hosted page do; with ``webhooks: before`` it returns after they were tried."""
        order = order or CheckoutOrder()
        simulator, _ = control.holder(checkout)
        try:
            sent = simulator.act_on_checkout(checkout, action, order.amount, order.webhooks)
        except (ActionRefused, ValueError) as error:
            raise _refusal(error) from error
        control.payments.world.commit()
        if order.webhooks == "before":
            await control.deliveries.tried(sent)
        return control.holder(checkout)[1]


def _add_subscriptions(router: APIRouter, control: _Control) -> None:
    @router.get("/subscriptions")
    async def read_subscriptions() -> Subscriptions:
        """Subscriptions at every provider."""
        found = [each for one in control.payments.simulators.values() for each in one.subscriptions()]
        return Subscriptions(subscriptions=found)

    @router.post("/subscriptions/{provider}/{subscription}/{action}")
    async def act_on_subscription(
        provider: str, subscription: str, action: SubscriptionAction, order: AmountOrder | None = None
    ) -> SubscriptionView:
        """What happens to a subscription later."""
        simulator = control.simulator(provider)
        try:
            simulator.act_on_subscription(subscription, action, order.amount if order else None)
        except (ActionRefused, ValueError) as error:
            raise _refusal(error) from error
        control.payments.world.commit()
        return next(each for each in simulator.subscriptions() if each.id == subscription)


def _add_payments(router: APIRouter, control: _Control) -> None:
    @router.get("/payments")
    async def read_payments() -> PaymentList:
        """Payments at every provider."""
        found = [each for one in control.payments.simulators.values() for each in one.payments()]
        return PaymentList(payments=found)

    @router.post("/payments/{provider}/{payment}/{action}")
    async def act_on_payment(
        provider: str, payment: str, action: PaymentAction, order: AmountOrder | None = None
    ) -> PaymentView:
        """What happens to a payment later."""
        simulator = control.simulator(provider)
        try:
            simulator.act_on_payment(payment, action, order.amount if order else None)
        except (ActionRefused, ValueError) as error:
            raise _refusal(error) from error
        control.payments.world.commit()
        return next(each for each in simulator.payments() if each.id == payment)


def _add_deliveries(router: APIRouter, control: _Control) -> None:
    @router.get("/deliveries")
    async def read_deliveries(after: Annotated[int, Query(ge=0)] = 0) -> DeliveryList:
        """Webhooks with a greater id, and the answers they got."""
        found = [_view(each) for each in control.deliveries.all() if each.id > after]
        return DeliveryList(deliveries=found)

    @router.get("/deliveries/{delivery}")
    async def read_delivery(delivery: int) -> DeliveryWhole:
        """One webhook with what was sent."""
        return _whole(control.delivery(delivery))

    @router.post("/deliveries/{delivery}/again")
    async def send_again(delivery: int) -> DeliveryView:
        """Sends a webhook once more, and returns when it was answered (or after 10 s)."""
        tries = control.delivery(delivery).tries
        control.deliveries.send_again(delivery)
        control.payments.world.commit()
        await control.deliveries.tried([delivery], more_than=tries)
        return _view(control.delivery(delivery))


def _refusal(error: ActionRefused | ValueError) -> ControlError:
    if isinstance(error, ActionRefused):
        return ControlError(str(error), 404 if error.missing else 409)
    return ControlError(str(error))


def _view(delivery: Delivery) -> DeliveryView:
    return DeliveryView.model_validate(delivery.model_dump())


def _whole(delivery: Delivery) -> DeliveryWhole:
    try:
        body: JsonValue = json.loads(delivery.body)
    except ValueError:
        body = None
    return DeliveryWhole.model_validate({**delivery.model_dump(), "json_body": body})
