"""Money that only a person sees arrive: what was asked for and not told of yet, and what staff saw of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, ConfirmsByHand, GatewayRegistry
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import pricing
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)

KEPT: Final = timedelta(days=30)
"""How long after it was asked for money may still come by a way that takes days."""
_WHY: Final = {
    StaffAction.CONFIRM_PAYMENT: "seen to have arrived",
    StaffAction.REFUSE_PAYMENT: "will not arrive",
}
_LINES: Final = 50


class Outcome(StrEnum):
    """done: passed on now · again: the same was said before · otherwise: the opposite was said before · gone: it waits
    for nobody any more: paid, closed or too old.
    """

    DONE = "done"
    AGAIN = "again"
    OTHERWISE = "otherwise"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class AwaitedPayment:
    """One checkout. number: of its order's attempts. amount: as asked there. session_ref: what the payer was shown to
    name in the transfer, where that is how the gateway finds it. label: the way to pay, by language.

    said: what staff said of it already, while that is being applied; None before.
    """

    order_id: OrderId
    number: int
    reference: str
    session_ref: str
    customer: Customer
    plan: str
    amount: Money
    label: Mapping[str, str]
    asked_at: datetime
    said: StaffAction | None


class ConfirmByHand:
    """What staff says is sealed by the gateway and goes through the inbox like any delivery: it is applied once."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        clock: Clock,
        staff_desk: StaffDesk,
        gateways: GatewayRegistry,
        receive_webhook: ReceiveWebhook,
    ) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._gateways = gateways
        self._receive_webhook = receive_webhook

    def offered(self) -> bool:
        """Whether any way to pay that can work needs a person to confirm."""
        return bool(self._by_hand())

    async def waiting(self, actor: TelegramId, *, limit: int, offset: int = 0) -> Sequence[AwaitedPayment]:
        """The newest first. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.CONFIRM_PAYMENT)
            since = self._clock.now() - KEPT
            checkout_attempts = await uow.orders.to_confirm(list(self._by_hand()), since, limit=limit, offset=offset)
            views = [await self._view(uow, attempt) for attempt in checkout_attempts]
        return [view for view in views if view is not None]

    async def one(self, actor: TelegramId, order_id: OrderId, number: int) -> AwaitedPayment | None:
        """None: it does not wait any more. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.CONFIRM_PAYMENT)
            attempt = await self._waiting(uow, order_id, number)
            return await self._view(uow, attempt) if attempt is not None else None

    async def confirm(self, actor: TelegramId, order_id: OrderId, number: int) -> Outcome:
        """It was paid, in full. Raises NotAllowed."""
        return await self._decide(actor, order_id, number, StaffAction.CONFIRM_PAYMENT)

    async def refuse(self, actor: TelegramId, order_id: OrderId, number: int) -> Outcome:
        """It will not be paid: the checkout is closed. Raises NotAllowed."""
        return await self._decide(actor, order_id, number, StaffAction.REFUSE_PAYMENT)

    async def _decide(self, actor: TelegramId, order_id: OrderId, number: int, word: StaffAction) -> Outcome:
        """The word is written down before it is passed on, and passed on again by whoever repeats it: a press that died
        between the two is finished by its own repetition, and the inbox takes it once.
        """
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, word)
            # Two who decide at once line up at the order.
            order = await uow.orders.get(order_id, lock=True)
            attempt = await self._waiting(uow, order_id, number)
            if order is None or attempt is None or attempt.session_ref is None:
                return Outcome.GONE
            staff_action = await _said(uow, attempt)
            if staff_action not in {None, word}:
                return Outcome.OTHERWISE
            if staff_action is None:
                await self._note(uow, staff, order, attempt, word, now)
                await uow.commit()
        gateway = self._by_hand()[attempt.provider]
        sealed = gateway.seal_decision(
            attempt.session_ref,
            str(order.id),
            pricing.asked_by(attempt, order),
            confirmed=word is StaffAction.CONFIRM_PAYMENT,
            decided_at=now,
        )
        is_stored = await self._receive_webhook(attempt.provider, dict(sealed.headers), sealed.body)
        log.info("decided by hand", order=order.reference, attempt=number, word=str(word), new=is_stored)
        return Outcome.DONE if is_stored else Outcome.AGAIN

    async def _note(
        self,
        uow: UnitOfWork,
        staff: Customer,
        order: Order,
        attempt: CheckoutAttempt,
        word: StaffAction,
        now: datetime,
    ) -> None:
        facts = {
            "amount": str(pricing.asked_by(attempt, order)),
            "provider": attempt.provider,
            "order": order.reference,
            "attempt": str(attempt.number),
        }
        for subject in (order.id, order.customer_id):
            await self._staff_desk.note(uow, staff, word, subject, _WHY[word], now, **facts)

    async def _waiting(self, uow: UnitOfWork, order_id: OrderId, number: int) -> CheckoutAttempt | None:
        since = self._clock.now() - KEPT
        checkout_attempts = await uow.orders.to_confirm(list(self._by_hand()), since, limit=_LINES, order_id=order_id)
        return next((attempt for attempt in checkout_attempts if attempt.number == number), None)

    async def _view(self, uow: UnitOfWork, attempt: CheckoutAttempt) -> AwaitedPayment | None:
        order = await uow.orders.get(attempt.order_id)
        customer = await uow.customers.get(order.customer_id) if order is not None else None
        plan = await uow.plans.get(order.plan_id) if order is not None else None
        if order is None or customer is None or plan is None:
            return None
        return AwaitedPayment(
            order_id=order.id,
            number=attempt.number,
            reference=order.reference,
            session_ref=attempt.session_ref or "",
            customer=customer,
            plan=plan.label,
            amount=pricing.asked_by(attempt, order),
            label=self._gateways.descriptors()[attempt.provider].label,
            asked_at=attempt.created_at,
            said=await _said(uow, attempt),
        )

    def _by_hand(self) -> Mapping[str, ConfirmsByHand]:
        """Also those switched off for customers: what was asked for before may still arrive."""
        found: dict[str, ConfirmsByHand] = {}
        for code in self._gateways.enabled():
            gateway, claimed = self._gateways.get(code), self._gateways.descriptors()[code].capabilities
            if isinstance(gateway, ConfirmsByHand) and Capability.MANUAL in claimed:
                found[code] = gateway
        return found


async def _said(uow: UnitOfWork, attempt: CheckoutAttempt) -> StaffAction | None:
    lines: Sequence[AuditLine] = await uow.audit.of_subject(str(attempt.order_id), _LINES)
    mine = [line for line in lines if line.facts.get("attempt") == str(attempt.number)]
    return next((word for line in mine for word in _WHY if line.action == word), None)
