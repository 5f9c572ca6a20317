"""Contracts of a customer, and the current effect of withdrawing from one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from subscriptions.application.access.waiting_days import WaitingDays, waiting_days
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.refunds import paid_together
from subscriptions.application.subscriptions.money_left import balance_of, left_of
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.entities.withdrawal import DeclarationKind, Withdrawal
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry, RefundsPayments
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, reversal_decisions, withdrawal_policy
from subscriptions.domain.services.withdrawal_policy import Refusal, Scope

LOOKED_BACK: Final = timedelta(days=400)
"""Maximum age of the contracts that are loaded. It exceeds the withdrawal period, so that the refusal of a late
withdrawal can name the contract.
"""


class WithdrawalRefused(UmbralError):
    """Error: the customer can't withdraw from the contract.

    plan_name: name of the contract's plan; empty if there is no contract
    day: last day for a withdrawal, or the day of the earlier withdrawal
    withdrawal: the earlier withdrawal
    """

    def __init__(
        self,
        refusal: Refusal,
        *,
        plan_name: str = "",
        day: date | None = None,
        withdrawal: Withdrawal | None = None,
    ) -> None:
        super().__init__(f"cannot withdraw: {refusal}")
        self.refusal, self.plan_name, self.day, self.withdrawal = refusal, plan_name, day, withdrawal


@dataclass(frozen=True, kw_only=True)
class Share:
    """Refund of one payment, and the amount retained for used time."""

    payment: Payment
    refund: Money
    retention: Money


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Contract from which the customer can withdraw now.

    shares: refund of each payment, the last payment first
    automatic: True if the providers can refund the whole amount
    holder_id: recipient of a redeemed gift; None for any other contract
    waiting: days of other plans that wait behind the contract's subscription, and begin once it ends
    """

    order: Order
    plan_name: str
    name: str
    contract_at: datetime
    last_day: date
    shares: Sequence[Share]
    automatic: bool
    holder_id: CustomerId | None = None
    waiting: tuple[WaitingDays, ...] = ()

    @property
    def amount(self) -> Money | None:
        """Total amount to refund. None if nothing was paid."""
        return _sum([share.refund for share in self.shares])

    @property
    def retention(self) -> Money | None:
        """Amount retained for used time. None if nothing is retained."""
        kept_amount = _sum([share.retention for share in self.shares])
        return kept_amount if kept_amount is not None and kept_amount.minor else None


@dataclass(frozen=True)
class Contracts:
    """Service that calculates the effect of withdrawals in the caller's unit of work."""

    gateways: GatewayRegistry
    policy: Policy

    async def open_to(self, uow: UnitOfWork, customer: Customer, now: datetime) -> Sequence[Contract]:
        """Return the contracts from which the customer can withdraw, newest first. Raises WithdrawalRefused if there is
        none.
        """
        contracts: list[Contract] = []
        last_refusal: WithdrawalRefused | None = None
        for order in await uow.orders.paid_since(customer.id, now - LOOKED_BACK):
            try:
                contracts.append(await self.weigh(uow, customer, order, now))
            except WithdrawalRefused as refusal:
                last_refusal = last_refusal or refusal
        if contracts:
            return contracts
        if self.policy.withdrawal is Scope.OFF:
            raise WithdrawalRefused(Refusal.OFF)
        raise last_refusal or await self._without_order(uow, customer)

    async def weigh(self, uow: UnitOfWork, customer: Customer, order: Order, now: datetime) -> Contract:
        """Return the effect of a withdrawal from one contract. Raises WithdrawalRefused if the customer can't withdraw
        from it.
        """
        payments = [each for each in await uow.payments.of_order(order.id) if each.flag is None and each.amount.minor]
        plan = await uow.plans.get(order.plan_id)
        plan_name = plan.name if plan is not None else ""
        holder_id = await _holder(uow, order, payments)
        if order.customer_id != customer.id:
            refusal = Refusal.FROM_ANOTHER if holder_id == customer.id else Refusal.FOREIGN
            raise WithdrawalRefused(refusal, plan_name=plan_name if refusal is Refusal.FROM_ANOTHER else "")
        withdrawal = await uow.of(WITHDRAWALS_KEY).of_order(order.id)
        contract_at = withdrawal_policy.concluded_at(order)
        if withdrawal is not None:
            declared_on = withdrawal.declared_at.astimezone(self.policy.zones.home).date()
            raise WithdrawalRefused(Refusal.SECOND_TIME, plan_name=plan_name, day=declared_on, withdrawal=withdrawal)
        if contract_at is None:
            raise WithdrawalRefused(Refusal.NOTHING)
        last_day = withdrawal_policy.last_day(contract_at, self.policy.zones.home)
        kept_payments = await _payments_kept(uow, payments)
        declaration = withdrawal_policy.declared_before(
            order, payments, await uow.of(WITHDRAWALS_KEY).declarations_of(order.id)
        )
        await self._refuse(uow, order, plan_name, last_day, now, is_returned=bool(payments) and not kept_payments)
        if declaration is DeclarationKind.CONTENT:
            raise WithdrawalRefused(Refusal.LOST, plan_name=plan_name, day=last_day)
        is_owed = declaration is DeclarationKind.SERVICE
        shares = [await self._share(uow, each, now, is_owed=is_owed) for each in reversed(kept_payments)]
        return Contract(
            order=order,
            plan_name=plan_name,
            name=customer.mention,
            contract_at=contract_at,
            last_day=last_day,
            shares=shares,
            automatic=await self._automatic(uow, shares),
            holder_id=holder_id,
            waiting=await self._waiting(uow, customer, order, now),
        )

    async def _waiting(
        self, uow: UnitOfWork, customer: Customer, order: Order, now: datetime
    ) -> tuple[WaitingDays, ...]:
        subscriptions = await uow.subscriptions.of_customer(customer.id)
        own = next((each for each in subscriptions if each.order_id == order.id and each.live), None)
        if own is None or order.for_another:
            return ()
        plan = await uow.plans.get(own.plan_id)
        return await waiting_days(uow, own, access_policy.grace_of(plan, self.policy.grace), now)

    async def _refuse(
        self, uow: UnitOfWork, order: Order, plan_name: str, last_day: date, now: datetime, *, is_returned: bool
    ) -> None:
        refusal: Refusal | None = None
        if self.policy.withdrawal is Scope.OFF:
            refusal = Refusal.OFF
        elif is_returned:
            refusal = Refusal.RETURNED
        elif now.astimezone(self.policy.zones.home).date() > last_day:
            refusal = Refusal.TOO_LATE
        elif not await has_right(uow, order, self.policy.withdrawal):
            refusal = Refusal.ABROAD
        if refusal is not None:
            raise WithdrawalRefused(refusal, plan_name=plan_name, day=last_day)

    async def _share(self, uow: UnitOfWork, payment: Payment, now: datetime, *, is_owed: bool) -> Share:
        """Return the refund of one payment, and the amount retained for used time.

        is_owed: True if the customer requested an immediate start and agreed to pay for used time

        If the payment method does not support partial refunds, the full amount is refunded. The refund is rounded up to
        the smallest unit that the payment method can refund.
        """
        descriptor = self.gateways.descriptors().get(payment.provider)
        is_owed = is_owed and (descriptor is None or Capability.REFUND_WHOLE not in descriptor.capabilities)
        remainder, kept_amount = await left_of(uow, payment), Money(0, payment.amount.currency)
        subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
        if is_owed and subscription is not None:
            ledger_entries = await uow.ledger.of_subscription(subscription.id)
            ran, length = await _use_of(uow, payment, access_policy.with_rest(subscription, ledger_entries, now), now)
            # An overpayment bought nothing.
            price = payment.amount if payment.excess is None else payment.amount - payment.excess
            kept_amount = withdrawal_policy.owed_for(price, ran, length)
        unit = descriptor.unit_of(payment.amount) if descriptor is not None else 1
        kept_amount = withdrawal_policy.retention_of(remainder, kept_amount, unit)
        return Share(payment=payment, refund=remainder - kept_amount, retention=kept_amount)

    async def _automatic(self, uow: UnitOfWork, shares: Sequence[Share]) -> bool:
        """Return True if the providers can refund the whole amount. A disputed payment is not refunded before the
        dispute is decided.
        """
        due = [share.payment for share in shares if share.refund.minor]
        disputes = await uow.reversals.disputes_of([payment.id for payment in due])
        is_held = any(each.status is DisputeStatus.OPEN for each in disputes)
        gateways = {payment.provider: self.gateways.get(payment.provider) for payment in due}
        return not is_held and all(isinstance(gateway, RefundsPayments) for gateway in gateways.values())

    async def _without_order(self, uow: UnitOfWork, customer: Customer) -> WithdrawalRefused:
        """Return the refusal for a customer without a paid order. It distinguishes a customer whose plan was a gift,
        from which only the giver may withdraw, from a customer without a plan.
        """
        for item in await uow.subscriptions.of_customer(customer.id):
            order = await uow.orders.get(item.order_id) if item.order_id is not None else None
            is_given = order is None or order.customer_id != customer.id
            plan = await uow.plans.get(item.plan_id)
            if item.live and is_given and plan is not None:
                return WithdrawalRefused(Refusal.FROM_ANOTHER, plan_name=plan.name)
        return WithdrawalRefused(Refusal.NOTHING)


async def has_right(uow: UnitOfWork, order: Order, scope: Scope) -> bool:
    """Return True if the payer of an order has the right of withdrawal, according to their country. If the provider and
    the customer report different countries, the right is granted if either country has it.
    """
    receipts = await uow.receipts.of_order(order.id)
    countries = [each for each in (*(receipt.country for receipt in receipts), order.country) if each is not None]
    country = next((each for each in countries if each in withdrawal_policy.EEA), countries[0] if countries else None)
    return withdrawal_policy.covers(scope, country)


async def _use_of(
    uow: UnitOfWork, payment: Payment, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[timedelta, timedelta]:
    """Return how much of the time that a payment paid for was used, and how much it was in total. The price difference
    of a plan change paid for the rest of the period in which the plan was changed.
    """
    period_id = reversal_decisions.changed_period(payment, entries)
    if period_id is None:
        return ledger.use_of(entries, [each.id for each in await paid_together(uow, payment)], now)
    changed_at = reversal_decisions.bought_by(payment, entries)[0].starts_at
    earlier = [each for each in entries if each.starts_at <= changed_at]
    (ran, length), (ran_before, _) = (
        ledger.use_of(entries, [period_id], now),
        ledger.use_of(earlier, [period_id], changed_at),
    )
    return ran - ran_before, length - ran_before


async def _payments_kept(uow: UnitOfWork, payments: Sequence[Payment]) -> Sequence[Payment]:
    """Return the payments of which an amount is left after refunds and lost disputes."""
    captured_payments = [each for each in payments if each.status is PaymentStatus.CAPTURED]
    return [each for each in captured_payments if not (await balance_of(uow, each)).is_gone]


async def _holder(uow: UnitOfWork, order: Order, payments: Sequence[Payment]) -> CustomerId | None:
    """Return the recipient of a gift that was redeemed. Return None for any other order."""
    subscription_id = next((each.subscription_id for each in payments if each.subscription_id is not None), None)
    subscription = (
        await uow.subscriptions.get(subscription_id) if order.for_another and subscription_id is not None else None
    )
    return subscription.customer_id if subscription is not None else None


def _sum(amounts: Sequence[Money]) -> Money | None:
    """Return the sum in the currency of the first amount, because an order is paid in one currency. Return None if
    there are no amounts.
    """
    same_amounts = [each for each in amounts if each.currency == amounts[0].currency]
    return sum(same_amounts[1:], same_amounts[0]) if same_amounts else None
