"""Receipts and credit notes: one numbered document for each amount counted or refunded, issued in the
same transaction.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Final
from uuid import UUID, uuid5

from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.money_left import balance_of
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import IMPORT_NOTE
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.receipt import NEW_SERIES, Receipt, ReceiptKind
from subscriptions.domain.entities.reversal import Dispute, Refund, RefundStatus
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.payments import RECEIPTS
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.purchase import Fact, Purchase
from subscriptions.domain.services.vat import tax_within
from subscriptions.domain.services.zones import HOME

FollowReceipt = Callable[[UnitOfWork, Receipt], Awaitable[None]]
"""Function that acts on a new receipt or credit note in the transaction that issues it."""


@dataclass(frozen=True)
class IssueReceipts:
    """Service that issues the receipts and credit notes that an applied payment event requires. Idempotent.

    It must run last in the unit of work: the number series stays locked until the commit, and a lock taken later could
    cause a deadlock.

    follow: functions of features that are called with each new receipt
    """

    policy: Policy
    follow: Sequence[FollowReceipt] = ()

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: outcomes.Outcome) -> None:
        """Issue the receipts or credit notes for an outcome. A payment under review and a partial payment get none,
        because they are not, or not yet, a sale.
        """
        match outcome:
            case outcomes.TimePurchase() | outcomes.BoughtForAnother() | outcomes.CountedBefore():
                await self._payments(uow, purchase, fact, is_known=isinstance(outcome, outcomes.CountedBefore))
            case outcomes.RefundOutcome() | outcomes.RefundFailed():
                await self._refund(uow, fact)
            case outcomes.DisputeSettled() | outcomes.DisputeOver():
                await self._dispute(uow, fact)

    async def _payments(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, *, is_known: bool) -> None:
        """Issue the receipt of the event's payment. If this payment completed the order, also issue the receipts of
        earlier partial payments. A payment to another system gets none, because that system had to issue it.

        is_known: True if the event's payment was recorded before; only then may it be one to another system
        """
        event, customer = fact.event, purchase.customer
        for payment in await uow.payments.of_order(purchase.order.id):
            is_from_event = (payment.provider, payment.payment_key) == (event.provider, event.payment_key)
            if not (is_from_event or payment.part) or not _counts(payment, purchase.order):
                continue
            if is_known and await _is_imported(uow, payment):
                continue
            tax, country = (_tax(event, payment), event.country) if is_from_event else (None, None)
            name = text_for(purchase.plan.name, customer.language)
            await self.receipt(uow, payment, customer, name, tax, fact.now, country=country)

    async def receipt(
        self,
        uow: UnitOfWork,
        payment: Payment,
        customer: Customer,
        plan_name: str,
        tax: int | None,
        now: datetime,
        *,
        country: str | None = None,
    ) -> None:
        """Issue the receipt of one payment.

        tax: tax in minor units. If None, the tax is calculated with the rate of the country, if the country is known
            and the operator declares VAT there, and otherwise with the operator's own rate.
        """
        rate = self.policy.vat_in(country)
        receipt = Receipt.draft(
            ReceiptKind.RECEIPT,
            payment.id,
            payment_id=payment.id,
            order_id=payment.order_id,
            customer_id=customer.id,
            customer_ref=f"{customer.telegram_id} · {customer.mention}",
            plan_name=plan_name,
            provider=payment.provider,
            amount=payment.amount,
            tax_minor=tax if tax is not None else tax_within(payment.amount, rate),
            issuer=self.policy.legal_identity,
            now=now,
            zone=self.policy.zones.home,
            country=country,
        )
        await self._issue(uow, receipt)

    async def credit_notes(self, uow: UnitOfWork, payment: Payment, now: datetime) -> None:
        """Issue the missing credit notes for all refunds and lost disputes of a payment, in chronological order."""
        balance = await balance_of(uow, payment)
        reversals: list[Refund | Dispute] = [each for each in balance.refunds if each.status is RefundStatus.GIVEN]
        reversals += [each for each in balance.disputes if each.is_lost]
        known_refunds, known_disputes = list[Refund](), list[Dispute]()
        for reversal in sorted(reversals, key=_returned_at):
            if isinstance(reversal, Refund):
                known_refunds.append(reversal)
            else:
                known_disputes.append(reversal)
            await self._follow(uow, PaymentBalance(payment, known_refunds, known_disputes), reversal.id, now)

    async def _refund(self, uow: UnitOfWork, fact: Fact) -> None:
        """Issue the credit note for a refund, or the correction for a refund that failed or that changes the amount of
        a lost dispute.
        """
        event = fact.event
        refund = await uow.reversals.refund_by_key(event.provider, event.payment_key or event.event_key)
        payment = await uow.payments.get(refund.payment_id) if refund is not None else None
        if refund is not None and payment is not None:
            await self._follow(uow, await balance_of(uow, payment), refund.id, fact.now)

    async def _dispute(self, uow: UnitOfWork, fact: Fact) -> None:
        """Issue the credit note for a lost dispute, or the correction if the dispute was won later. The credit note
        covers at most the amount that had not been refunded before.
        """
        event = fact.event
        dispute = await uow.reversals.dispute_by_key(event.provider, event.payment_key or event.event_key)
        payment = await uow.payments.get(dispute.payment_id) if dispute is not None else None
        if dispute is not None and payment is not None:
            await self._follow(uow, await balance_of(uow, payment), dispute.id, fact.now)

    async def _follow(self, uow: UnitOfWork, balance: PaymentBalance, source: UUID, now: datetime) -> None:
        """Issue a document that corrects an earlier receipt, if a refunded or restored amount has no document yet.
        `source`: id of the refund or dispute.

        All documents of a payment add up to its unrefunded amount. A payment that was made before receipts existed has
        no receipt, so there is nothing to correct. A refund in another currency gets no document, because staff decide
        how much of the receipt it cancels.
        """
        receipts = await uow.receipts.of_payment(balance.payment.id)
        own = next((item for item in receipts if item.corrects is None), None)
        if own is None or own.amount.currency != balance.payment.amount.currency:
            return
        total = sum((item.signed_amount for item in receipts), Money(0, own.amount.currency))
        difference = total - min(balance.left, own.amount)
        if not difference.minor:
            return
        kind = ReceiptKind.CREDIT_NOTE if difference.minor > 0 else ReceiptKind.RESTORED
        amount = Money(abs(difference.minor), difference.currency)
        is_further = any(item.kind is kind and item.source_id == source for item in receipts)
        draft = Receipt.draft(
            kind,
            # A dispute may be lost again after it was decided for the seller.
            uuid5(source, str(len(receipts))) if is_further else source,
            payment_id=own.payment_id,
            order_id=own.order_id,
            customer_id=own.customer_id,
            customer_ref=own.customer_ref,
            plan_name=own.plan_name,
            provider=own.provider,
            amount=amount,
            tax_minor=_tax_of(kind, source, amount, own, receipts),
            issuer=self.policy.legal_identity,
            now=now,
            zone=self.policy.zones.home,
            country=own.country,
        )
        draft.corrects = own.id
        await self._issue(uow, draft)

    async def _issue(self, uow: UnitOfWork, receipt: Receipt) -> None:
        receipt.series += await uow.variables.get(NEW_SERIES) or ""
        if await uow.write(RECEIPTS).issue(receipt):
            for follow in self.follow:
                await follow(uow, receipt)


def _counts(payment: Payment, order: Order) -> bool:
    """Return True if a payment is a sale. A partial payment is not a sale until the order is paid in full. A paid gift
    is a sale.
    """
    is_paid_for_another = order.for_another and order.status is OrderStatus.PAID
    return (
        payment.flag is None
        and (payment.subscription_id is not None or is_paid_for_another)
        and payment.status in {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}
        and payment.amount.minor > 0
    )


async def _is_imported(uow: UnitOfWork, payment: Payment) -> bool:
    """Return True if the payment was made in another system, before its subscription was imported."""
    subscription_id = payment.subscription_id
    entries = await uow.ledger.of_subscription(subscription_id) if subscription_id is not None else ()
    return any(entry.payment_id == payment.id and entry.note == IMPORT_NOTE for entry in entries)


def _returned_at(reversal: Refund | Dispute) -> datetime:
    """Return the time at which the amount was returned to the payer."""
    return reversal.occurred_at if isinstance(reversal, Refund) else reversal.closed_at or reversal.opened_at


def _tax_of(kind: ReceiptKind, source: UUID, amount: Money, own: Receipt, receipts: Sequence[Receipt]) -> int | None:
    """Return the tax within a corrected amount, in minor units. Return None if the tax of the receipt is unknown. A
    restored amount has the tax of its credit note. `own`: receipt of the payment.
    """
    if kind is ReceiptKind.CREDIT_NOTE:
        return own.tax_of(amount, receipts)
    for note in receipts:
        if note.source_id == source and note.kind is ReceiptKind.CREDIT_NOTE and note.amount == amount:
            return note.tax_minor
    return own.tax_of_restored(amount, receipts)


def _tax(event: PaymentEvent, payment: Payment) -> int | None:
    """Return the tax that the provider reports, in minor units, if it is consistent with the amount. Return None
    otherwise.
    """
    tax = event.tax
    fits = tax is not None and tax.currency == payment.amount.currency and 0 <= tax.minor <= payment.amount.minor
    return tax.minor if tax is not None and fits else None


BATCH: Final = 50
"""Number of receipts per transaction. No other receipt can be numbered during such a transaction."""


@dataclass(frozen=True)
class CompleteReceipts:
    """Use case that issues missing receipts, in the order in which the payments were counted. Idempotent. zone: time
    zone of the days.
    """

    units: UnitOfWorkFactory
    clock: Clock
    issue_receipts: IssueReceipts
    zone: tzinfo = HOME

    async def __call__(self, first_day: date) -> int:
        """Issue the missing receipts, and return their number. first_day: earliest day of the payments to consider, in
        the operator's time zone.
        """
        start, written_count = datetime.combine(first_day, time(), self.zone), 0
        while True:
            async with self.units() as uow:
                payments = await uow.receipts.list_lacking(start, BATCH)
                for payment in payments:
                    await self._complete(uow, payment)
                await uow.commit()
            written_count += len(payments)
            if len(payments) < BATCH:
                return written_count

    async def _complete(self, uow: UnitOfWork, payment: Payment) -> None:
        customer, order = await uow.customers.get(payment.customer_id), await uow.orders.get(payment.order_id)
        if customer is None or order is None:
            raise LookupError(f"payment {payment.id} without its customer or order")
        plan = await uow.plans.get(order.plan_id)
        now = self.clock.now()
        name = text_for(plan.name, customer.language) if plan is not None else ""
        await self.issue_receipts.receipt(uow, payment, customer, name, None, now)
        await self.issue_receipts.credit_notes(uow, payment, now)
