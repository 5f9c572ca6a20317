"""Payments by methods whose provider reports no payments, such as transfers. Staff must confirm that such a payment
arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.application.staff.command import NothingToDo, Subject
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    ConfirmsByHand,
    GatewayRegistry,
    PaymentEvent,
    WebhookRequest,
)
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import pricing
from subscriptions.domain.services.method_policy import able
from subscriptions.domain.services.staff_policy import StaffAction

WAIT_LIMIT: Final = timedelta(days=30)
"""Time after the checkout within which staff can confirm a payment, because transfers may be slow."""
_DECISIONS: Final = (StaffAction.CONFIRM_PAYMENT, StaffAction.REFUSE_PAYMENT)
_LINES: Final = 50


@dataclass(frozen=True, kw_only=True)
class AwaitedPayment:
    """Checkout whose payment staff must confirm.

    number: number of the attempt within its order
    amount: amount requested at checkout
    session_ref: reference that the payer was shown for the transfer, if the gateway uses one
    label: name of the payment method, by language
    decision: decision of staff while it is being applied; None before a decision
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
    decision: Permission | None

    @property
    def id(self) -> str:
        """Key that staff commands use for this payment."""
        return f"{self.order_id}.{self.number}"


@dataclass(frozen=True)
class AwaitedPayments:
    """Service that finds checkouts whose payment staff must confirm, because no provider reports it."""

    clock: Clock
    gateways: GatewayRegistry

    def by_hand(self) -> Mapping[str, ConfirmsByHand]:
        """Return the configured gateways whose payments staff confirm, including those of hidden payment methods,
        because an earlier payment may still arrive.
        """
        # A gateway without the capability is not created, because its library may take half a second to import.
        codes, gateways = able(self.gateways, Capability.MANUAL), dict[str, ConfirmsByHand]()
        for code in self.gateways.enabled_names():
            gateway = self.gateways.get(code) if code in codes else None
            if isinstance(gateway, ConfirmsByHand):
                gateways[code] = gateway
        return gateways

    async def newest(self, uow: UnitOfWork, limit: int, offset: int = 0) -> Sequence[AwaitedPayment]:
        """Return the awaited payments, newest first."""
        start = self.clock.now() - WAIT_LIMIT
        attempts = await uow.orders.to_confirm(list(self.by_hand()), start, limit=limit, offset=offset)
        return await self._views(uow, attempts)

    async def one(self, uow: UnitOfWork, key: str) -> AwaitedPayment | None:
        """Return the awaited payment. Return None if it is no longer awaited."""
        attempt = await self._attempt(uow, key)
        waits = attempt is not None and await self._waits(uow, attempt)
        views = await self._views(uow, [attempt]) if attempt is not None and waits else ()
        return next(iter(views), None)

    async def lock(self, uow: UnitOfWork, key: str) -> tuple[Order, CheckoutAttempt, str] | None:
        """Return an awaited payment as its locked order, its attempt and its `session_ref`. Return None if the payment
        is no longer awaited.
        """
        attempt = await self._attempt(uow, key)
        order = await uow.orders.get(attempt.order_id, lock=True) if attempt is not None else None
        # The attempt is read again under the lock, so that it is current.
        attempt = await self._attempt(uow, key) if order is not None else None
        if order is None or attempt is None or attempt.session_ref is None or not await self._waits(uow, attempt):
            return None
        return order, attempt, attempt.session_ref

    async def decision_event(
        self, order: Order, attempt: CheckoutAttempt, session_ref: str, *, is_paid: bool, at: datetime
    ) -> tuple[PaymentEvent, bytes]:
        """Return the decision of staff as an event signed by the gateway, with the signed body. The signature is
        verified without a request to the provider.
        """
        gateway, amount = self.gateways.get(attempt.provider), pricing.asked_by(attempt, order)
        if not isinstance(gateway, ConfirmsByHand):
            raise NothingToDo("its way to pay is gone")
        seal = gateway.seal_decision(session_ref, str(order.id), amount, is_confirmed=is_paid, decided_at=at)
        request = WebhookRequest(headers=dict(seal.headers), body=seal.body, received_at=at)
        return await gateway.parse_webhook(request), seal.body

    async def find(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Find a payment by order and number, or by the transfer reference; None if there is none. A payment that is no
        longer awaited is returned too; the command then refuses it.
        """
        attempt = await self._attempt(uow, text)
        view = next(iter(await self._views(uow, [attempt] if attempt is not None else [])), None)
        if view is None:
            return None
        facts: dict[str, Fact] = {
            "name": view.customer.mention,
            "amount": view.amount,
            "plan": view.plan,
            "order": view.reference,
            "reference": view.session_ref,
        }
        return Subject(id=view.id, name=f"{view.customer.first_name} · {view.session_ref}", facts=facts)

    async def _attempt(self, uow: UnitOfWork, text: str) -> CheckoutAttempt | None:
        by_hand = self.by_hand()
        for provider in by_hand:
            attempt = await uow.orders.attempt_by_session(provider, text)
            if attempt is not None:
                return attempt
        order, _, number = text.partition(".")
        try:
            attempts = await uow.orders.attempts(OrderId(UUID(order)))
        except ValueError:
            return None
        return next((each for each in attempts if str(each.number) == number and each.provider in by_hand), None)

    async def _waits(self, uow: UnitOfWork, attempt: CheckoutAttempt) -> bool:
        start = self.clock.now() - WAIT_LIMIT
        attempts = await uow.orders.to_confirm([attempt.provider], start, limit=_LINES, order_id=attempt.order_id)
        return attempt.number in {each.number for each in attempts}

    async def _views(self, uow: UnitOfWork, attempts: Sequence[CheckoutAttempt]) -> Sequence[AwaitedPayment]:
        """Return the attempts as staff see them. The number of statements does not depend on the number of attempts."""
        if not attempts:
            return ()
        orders = {each.id: each for each in await uow.orders.with_ids({each.order_id for each in attempts})}
        owners = {each.customer_id for each in orders.values()}
        customers = {each.id: each for each in await uow.customers.with_ids(owners)}
        plans = {each.id: each for each in await uow.plans.all(active_only=False)}
        lines = await uow.audit.of_subjects({str(each) for each in orders}, _DECISIONS)
        views = list[AwaitedPayment]()
        for attempt in attempts:
            order = orders.get(attempt.order_id)
            customer = customers.get(order.customer_id) if order is not None else None
            plan = plans.get(order.plan_id) if order is not None else None
            if order is None or customer is None or plan is None:
                continue
            views.append(
                AwaitedPayment(
                    order_id=order.id,
                    number=attempt.number,
                    reference=order.reference,
                    session_ref=attempt.session_ref or "",
                    customer=customer,
                    plan=plan.label,
                    amount=pricing.asked_by(attempt, order),
                    label=self.gateways.descriptors()[attempt.provider].label,
                    asked_at=attempt.created_at,
                    decision=_decision_in(lines, attempt),
                )
            )
        return views


@dataclass(frozen=True)
class SeeAwaitedPayments:
    """Queries of awaited payments for staff. Each query raises NotAllowed."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    payments: AwaitedPayments

    def is_offered(self) -> bool:
        """Return True if a configured payment method needs confirmation by staff."""
        return bool(self.payments.by_hand())

    @reads(StaffAction.CONFIRM_PAYMENT)
    async def list_waiting(self, uow: UnitOfWork, *, limit: int, offset: int = 0) -> Sequence[AwaitedPayment]:
        """Return the awaited payments, newest first."""
        return await self.payments.newest(uow, limit, offset)

    @reads(StaffAction.CONFIRM_PAYMENT)
    async def one(self, uow: UnitOfWork, key: str) -> AwaitedPayment | None:
        """Return the awaited payment. Return None if it is no longer awaited."""
        return await self.payments.one(uow, key)


async def said_of(uow: UnitOfWork, attempt: CheckoutAttempt) -> Permission | None:
    """Return the decision of staff about a checkout while it is being applied. Return None otherwise."""
    return _decision_in(await uow.audit.of_subjects({str(attempt.order_id)}, _DECISIONS), attempt)


def _decision_in(lines: Sequence[AuditLine], attempt: CheckoutAttempt) -> Permission | None:
    subject, number = str(attempt.order_id), str(attempt.number)
    mine = [line for line in lines if line.subject == subject and line.facts.get("attempt") == number]
    return next((word for line in mine for word in _DECISIONS if line.action == word), None)
