"""What a payment earns the partner who brought its customer, and what of that goes back with the money.

The ledger follows the state of a payment: whichever came first, the payment, its refund or a dispute, it comes to the
same in the end, and looking again adds nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.partner import (
    WHOLE,
    Counts,
    EntryKind,
    Partner,
    PartnerEntry,
    PartnerTerms,
)
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.billing_period import Calendar
from subscriptions.domain.services.payment_balance import AT_BANK, PaymentBalance


@dataclass(frozen=True, kw_only=True)
class Commission:
    """A payment with all that decides what it earns.

    entries: those of this payment. others: those of the customer's other payments. first_at: when the customer first
    paid what counts. right_until: until when they may withdraw from what was paid; nothing of it is paid out before.
    refusal: why not, where who paid speaks against it. zone: the shop's, by which months are counted.
    """

    partner: Partner
    terms: PartnerTerms | None
    payment: Payment
    order: Order
    plan: str
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    entries: Sequence[PartnerEntry]
    others: Sequence[PartnerEntry]
    first_at: datetime
    right_until: datetime | None = None
    refusal: str = ""
    zone: tzinfo = UTC

    @property
    def is_new(self) -> bool:
        """Whether it earns something that is on no ledger yet."""
        return not any(entry.kind is EntryKind.EARNED for entry in self.entries) and self._earns()

    @property
    def _base(self) -> int:
        """What was paid of what was asked for; what came on top goes back."""
        excess = self.payment.excess.minor if self.payment.excess is not None else 0
        return self.payment.amount.minor - excess

    def due(self, now: datetime) -> list[PartnerEntry]:
        """The entries that are missing. What is refused for who paid it is earned and reversed at once, for good."""
        entries = list(self.entries)
        if any(entry.refusal for entry in entries):
            return []
        if not any(entry.kind is EntryKind.EARNED for entry in entries):
            if not self._earns():
                return []
            entries.append(self._entry(EntryKind.EARNED, self._whole(), 1, now))
            if self.refusal:
                reversal = self._entry(EntryKind.REVERSED, self._whole(), 2, now)
                return [*entries, replace(reversal, reference=self.refusal)]
        earned_minor = sum(entry.amount.minor for entry in entries if entry.kind is EntryKind.EARNED)
        reversed_already = sum(entry.amount.minor for entry in entries if entry.kind is EntryKind.REVERSED)
        difference = self._reversed_of(earned_minor) - reversed_already
        if difference > 0 or (difference < 0 and not self._is_spent()):
            entries.append(self._entry(EntryKind.REVERSED, difference, len(entries) + 1, now))
        return entries[len(self.entries) :]

    def _earns(self) -> bool:
        payment, terms = self.payment, self.terms
        if terms is None or payment.flag is not None or not self.partner.works_at(payment.occurred_at):
            return False
        if payment.customer_id == self.partner.customer_id or (terms.plans and self.plan not in terms.plans):
            return False
        if payment.part and self.order.status is not OrderStatus.PAID:
            return False
        return (
            self._in_time(terms) and not self._is_spent() and self._whole() > 0 and self._returned_share() < self._base
        )

    def _in_time(self, terms: PartnerTerms) -> bool:
        if terms.months is None:
            return True
        end = self.first_at + Calendar(self.zone).length(self.first_at, Interval.MONTH, terms.months)
        return self.payment.occurred_at < end

    def _is_spent(self) -> bool:
        """Whether only the first payment counts and another one is it, which was not given back."""
        if self.terms is None or self.terms.counts is Counts.EACH:
            return False
        signs = {EntryKind.EARNED: 1, EntryKind.REVERSED: -1, EntryKind.PAID: 0}
        return sum(signs[entry.kind] * entry.amount.minor for entry in self.others) > 0

    def _whole(self) -> int:
        """What it earns while nothing goes back. A part of a price earns its part of a sum."""
        terms, base = self.terms, self._base
        if terms is None:
            return 0
        if terms.basis_points is not None:
            return base * terms.basis_points // WHOLE
        currency, price = self.payment.amount.currency, self.order.price
        amount = sum(money.minor for money in terms.moneys if money.currency == currency)
        if self.payment.part and price.currency == currency and price.minor > 0:
            amount = amount * base // price.minor
        return min(amount, base)

    def _returned_share(self) -> int:
        """What went back of what was asked for; all of it where nobody can say how much."""
        amount = self.payment.amount
        refunds = [refund for refund in self.refunds if refund.status is RefundStatus.GIVEN]
        if any(refund.amount.currency != amount.currency for refund in refunds):
            return self._base
        returned_amount = PaymentBalance(self.payment, refunds, self.disputes).returned(AT_BANK)
        return max(returned_amount.minor - (amount.minor - self._base), 0)

    def _reversed_of(self, earned_minor: int) -> int:
        """The same part of what was earned; what is left over by rounding goes with the last of the money."""
        base = self._base
        return earned_minor * self._returned_share() // base if base > 0 else earned_minor

    def _entry(self, kind: EntryKind, minor: int, number: int, now: datetime) -> PartnerEntry:
        hold_ends = [entry.held_until for entry in self.entries if entry.kind is EntryKind.EARNED]
        days = self.terms.hold_days if self.terms is not None else 0
        held_until = self.payment.occurred_at + timedelta(days=days)
        return PartnerEntry(
            id=new_uuid(),
            partner_id=self.partner.id,
            kind=kind,
            payment_id=self.payment.id,
            number=number,
            amount=Money(minor, self.payment.amount.currency),
            held_until=hold_ends[0] if hold_ends else max(held_until, self.right_until or held_until),
            at=now,
        )


def terms_at(terms: Collection[PartnerTerms], moment: datetime) -> PartnerTerms | None:
    """Those in force at a moment."""
    return max((each for each in terms if each.since <= moment), key=lambda each: each.number, default=None)
