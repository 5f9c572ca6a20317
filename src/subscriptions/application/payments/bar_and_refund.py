"""Staff command that bars a banned customer, refunds their last payments and ends their access."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.access.bans import subscriptions_to
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.waiting_days import WaitingDays, waiting_days, waiting_facts
from subscriptions.application.payments.refunds import paid_together
from subscriptions.application.staff.bar_customer import close_open_orders
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.application.subscriptions.money_left import ask_refund, left_of, request_facts
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import entries_ahead
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import REFUNDED, REMOVED, Subscription
from subscriptions.domain.ids import AccessId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry, RefundsPayments
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.reversal_decisions import was_difference
from subscriptions.domain.services.staff_policy import StaffAction

_PAYMENTS: Final = 50
"""Number of a customer's newest payments among which the payments to refund are searched."""


class BarAndRefund(StaffCommand):
    """Staff command for a customer who was banned from a chat: it bars the customer from buying, ends the subscriptions
    that include the chat, and refunds the last payment of each. Other payments whose time is not over or waits, price
    differences that were paid for plan changes since, and partial payments that were paid together are refunded too.

    Outcome `barred`: no payment of the customer can be refunded through its provider.
    """

    name = "bar_and_refund"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.ACCESS
    inputs = (REASON,)
    outcomes = ("refunding", "barred")
    effects = ("waiting_ends",)
    is_dangerous = True

    gateways: GatewayRegistry
    grant_access: GrantAccess

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the days of other plans that wait behind the subscriptions, because they end too; None if there are
        none.
        """
        access, waiting = await execution.uow.accesses.get(AccessId(execution.subject_id)), list[WaitingDays]()
        if access is None:
            return None
        for subscription, plan in await subscriptions_to(execution.uow, access.customer_id, access.channel_id):
            grace = self.grant_access.grace_of(plan)
            waiting += await waiting_days(execution.uow, subscription, grace, execution.at)
        return Effect(name="waiting_ends", facts=waiting_facts(waiting)) if waiting else None

    async def run(self, execution: Execution) -> Outcome:
        """Bar the customer, end their subscriptions and refund the payments. Raises NothingToDo if the customer is not
        banned.
        """
        access = await execution.uow.accesses.get(AccessId(execution.subject_id))
        if access is None or access.status is not AccessStatus.BANNED:
            raise NothingToDo("they are not banned")
        known_customer = await execution.uow.customers.get(access.customer_id)
        if known_customer is None:
            raise NothingToDo("gone")
        audit = list[AuditEntry]()
        customer = await execution.uow.customers.by_telegram_id(known_customer.telegram_id, lock=True)
        if customer is not None and customer.barred_at is None:
            customer.barred_at = execution.at
            await execution.uow.customers.save(customer)
            await close_open_orders(execution.uow, customer.id)
            audit.append(AuditEntry(subject=customer.id, action=StaffAction.BLOCK_CUSTOMER))
        openings = await subscriptions_to(execution.uow, access.customer_id, access.channel_id)
        # Rows are locked in the usual order: the customer, then all orders, then all subscriptions.
        for subscription, _ in openings:
            audit += await self._refund(execution, subscription)
        is_refunding = any("operation" in entry.facts for entry in audit)
        locked = [(await execution.uow.subscriptions.get(each.id, lock=True), plan) for each, plan in openings]
        for each, plan in locked:
            if each is not None and each.live:
                await self.grant_access.end(
                    execution.uow,
                    each,
                    customer or known_customer,
                    plan,
                    execution.at,
                    # The refund notification states the amount.
                    reason=REFUNDED if is_refunding else REMOVED,
                    cause=f"{execution.operation}:{each.id}",
                    note=execution[REASON],
                )
        return Outcome(name="refunding" if is_refunding else "barred", audit=audit)

    async def _refund(self, execution: Execution, subscription: Subscription) -> list[AuditEntry]:
        audit = list[AuditEntry]()
        for payment in await self._last_payments(execution, subscription):
            audit += await self._refund_one(execution, payment)
        return audit

    async def _refund_one(self, execution: Execution, payment: Payment) -> list[AuditEntry]:
        # Concurrent refunds are serialised by the lock on the order.
        await execution.uow.orders.get(payment.order_id, lock=True)
        amount = await left_of(execution.uow, payment)
        if not self._may_refund(payment, amount):
            return []
        operation = f"{execution.operation}:{payment.id}"
        await ask_refund(execution.uow, payment, amount, operation, execution.at)
        line = {"amount": str(amount), "payment": payment.reference}
        return [
            AuditEntry(subject=payment.id, facts=request_facts(operation, amount)),
            AuditEntry(subject=payment.customer_id, facts=line),
        ]

    def _may_refund(self, payment: Payment, amount: Money) -> bool:
        gateway = self.gateways.get(payment.provider)
        if amount.minor <= 0 or not isinstance(gateway, RefundsPayments):
            return False
        return Capability.REFUND_WHOLE not in gateway.capabilities or amount == payment.amount

    async def _last_payments(self, execution: Execution, subscription: Subscription) -> Sequence[Payment]:
        uow = execution.uow
        payments = await uow.payments.of_customer(subscription.customer_id, _PAYMENTS)
        own = [each for each in payments if each.subscription_id == subscription.id and each.flag is None]
        entries = await uow.ledger.of_subscription(subscription.id)
        for_time = [each for each in own if not was_difference(each, entries)]
        last = max(for_time, key=lambda each: each.occurred_at, default=None)
        if last is None:
            return []
        ahead = entries_ahead(access_policy.with_rest(subscription, entries, execution.at), execution.at)
        unused_ids = {last.id, *(entry.payment_id for entry in ahead)}
        unused = [each for each in for_time if each.id in unused_ids]
        first_at = min(each.occurred_at for each in unused)
        found = [each for payment in unused for each in await paid_together(uow, payment)]
        found += [each for each in own if each.occurred_at > first_at]
        return list({each.id: each for each in found}.values())
