"""Partners, their terms, and the ledger of their commissions and payouts."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId, PaymentId, new_uuid
from subscriptions.domain.money import Money, currency_code
from subscriptions.domain.services.billing_period import Calendar
from subscriptions.domain.services.payment_balance import PaymentBalance

PartnerId = NewType("PartnerId", UUID)

LINK: Final = "p_"
"""Prefix of a partner's deep link, followed by the code."""
WHOLE: Final = 10_000
"""100 percent, expressed in hundredths of a percent."""
MONTHS_LIMIT: Final = 120
HOLD_DAYS: Final = (14, 365)
"""Minimum and maximum holding period of a commission, in days. A commission is held at least as long as a consumer may
withdraw from the contract.
"""
REFERENCE_LIMIT: Final = 120
SAME_CARD: Final = "same_card"
"""Reason for reversing a commission: the partner made the payment, either from another Telegram account of the partner
or with the partner's own card or account at the provider.
"""
SAME_PERSON: Final = "same_person"
"""Reason for reversing a commission: the same card or account already paid for another of the partner's customers, so
both customers are the same person.
"""
REFUSALS: Final = frozenset({SAME_CARD, SAME_PERSON})

_CODE: Final = re.compile(r"[A-Z0-9_-]{3,24}\Z")


def looks_like_partner(text: str) -> bool:
    """Return True if a normalized text has the form of a partner's code, whether the code exists or not."""
    return _CODE.match(text) is not None


@dataclass(kw_only=True)
class Partner:
    """Customer who refers other customers with a link. `ended_at`: time from which the link refers no customers and
    payments earn no commission.
    """

    id: PartnerId
    code: str
    customer_id: CustomerId
    created_at: datetime
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if not looks_like_partner(self.code):
            raise InvalidInput("code", "must be 3 to 24 of A-Z, 0-9, - and _")

    def works_at(self, moment: datetime) -> bool:
        """Return True if the partnership was active at this time."""
        return self.created_at <= moment and (self.ended_at is None or moment < self.ended_at)


class Counts(StrEnum):
    """Rule that determines which payments of a referred customer earn a commission. The values are the same as for
    promotions.
    """

    FIRST = "first"
    EACH = "each"


@dataclass(frozen=True, kw_only=True)
class PartnerTerms:
    """Terms of a partner's commission from `since` until the next terms. Stored terms are never changed.

    basis_points: commission in hundredths of a percent of the payment; None if `sums` is set
    sums: fixed commissions per payment, one per currency, such as `EUR:500` in minor units
    months: months from the customer's first payment during which payments count; None if only the first payment counts
    plans: slugs of the plans that count; empty for all plans
    hold_days: days after the payment during which its commission is held
    """

    partner_id: PartnerId
    number: int
    basis_points: int | None = None
    sums: frozenset[str] = frozenset()
    counts: Counts
    months: int | None = None
    plans: frozenset[str] = frozenset()
    hold_days: int
    since: datetime

    def __post_init__(self) -> None:
        if (self.basis_points is None) == (not self.sums):
            raise InvalidInput("commission", "must be a percentage or sums")
        if self.basis_points is not None and not 1 <= self.basis_points <= WHOLE:
            raise InvalidInput("commission", "must be more than nothing and not more than 100 %")
        if (self.months is None) != (self.counts is Counts.FIRST):
            raise InvalidInput("months", "are for terms by which each payment counts")
        if self.months is not None and not 1 <= self.months <= MONTHS_LIMIT:
            raise InvalidInput("months", f"must be 1 to {MONTHS_LIMIT}")
        least, most = HOLD_DAYS
        if not least <= self.hold_days <= most:
            raise InvalidInput("hold", f"must be {least} to {most} days")
        if any(money.minor < 1 for money in self.moneys):
            raise InvalidInput("commission", "must be more than nothing")

    @property
    def moneys(self) -> tuple[Money, ...]:
        """Return the fixed commissions, one per currency."""
        return _moneys(self.sums)

    @property
    def commission(self) -> str:
        """Return the commission as text, in the form in which staff enters it and the panel shows it."""
        return commission_words(f"{self.basis_points}%" if self.basis_points is not None else " ".join(self.sums))


def commission_words(text: str) -> str:
    """Format `1250%` as `12.5%`, and `EUR:500 USD:600` as `5.00 EUR; 6.00 USD`."""
    if not text.endswith("%"):
        return "; ".join(f"{money.plain} {money.currency}" for money in _moneys(text.split()))
    percent = f"{int(text[:-1]) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{percent}%"


def _moneys(sums: Iterable[str]) -> tuple[Money, ...]:
    parts = (each.partition(":") for each in sorted(sums))
    return tuple(Money(int(minor), currency_code(currency)) for currency, _, minor in parts)


class EntryKind(StrEnum):
    """Kind of a ledger entry.

    - earned: commission of a payment
    - reversed: part of the commission that is taken back after a refund; negative if the refund was undone
    - paid: payout
    """

    EARNED = "earned"
    REVERSED = "reversed"
    PAID = "paid"


@dataclass(frozen=True, kw_only=True)
class PartnerEntry:
    """Append-only entry of a partner's ledger.

    number: position among the entries of the payment
    held_until: end of the holding period, before which the commission is not paid out
    reference: for a payout, the reference of the bank or wallet payment, as entered by staff; for a reversal, one of
        REFUSALS if that is the reason
    """

    id: UUID
    partner_id: PartnerId
    kind: EntryKind
    payment_id: PaymentId | None = None
    number: int = 0
    amount: Money
    held_until: datetime | None = None
    reference: str = ""
    at: datetime

    @property
    def refusal(self) -> str:
        """Return the reason why the payment earned no commission because of its payer; empty if there is no such
        reason.
        """
        return self.reference if self.kind is EntryKind.REVERSED and self.reference in REFUSALS else ""


@dataclass(frozen=True, kw_only=True)
class PartnerBalance:
    """Balance of a partner's ledger in one currency, in minor units.

    `held`: commissions, less reversals, whose holding period is not over.
    """

    currency: str
    earned: int = 0
    reversed: int = 0
    paid: int = 0
    held: int = 0

    @property
    def owed(self) -> int:
        """Return the amount owed to the partner. It is negative if a commission was paid out and then reversed; later
        commissions offset it.
        """
        return self.earned - self.reversed - self.paid

    @property
    def payable(self) -> int:
        """Return the amount that may be paid out now; never negative."""
        return max(self.owed - self.held, 0)

    def money(self, minor: int) -> Money:
        """Return an amount in the balance's currency."""
        return Money(minor, self.currency)


def balances_of(entries: Iterable[PartnerEntry], now: datetime) -> list[PartnerBalance]:
    """Return the balances of a ledger, one per currency."""
    sums: dict[str, dict[str, int]] = {}
    for entry in entries:
        of_currency = sums.setdefault(entry.amount.currency, {"earned": 0, "reversed": 0, "paid": 0, "held": 0})
        of_currency[entry.kind] += entry.amount.minor
        if entry.held_until is not None and now < entry.held_until:
            of_currency["held"] += entry.amount.minor if entry.kind is EntryKind.EARNED else -entry.amount.minor
    return [PartnerBalance(currency=currency, **sums[currency]) for currency in sorted(sums)]


@dataclass(frozen=True, kw_only=True)
class PartnerReach:
    """Numbers of customers that a partner's link referred.

    came: number of customers referred
    buyers: number of these customers whose payments earned a commission
    """

    came: int
    buyers: int


@dataclass(frozen=True, kw_only=True)
class Commission:
    """Payment with all data that determines its commission.

    entries: ledger entries of this payment
    others: ledger entries of the customer's other payments
    first_at: time of the customer's first payment that counts
    right_until: end of the withdrawal period, during which the commission is held
    refusal: reason why this payer earns the partner no commission; empty if there is none
    zone: the shop's time zone, for counting months
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
        """Return True if the payment earns a commission that is not in the ledger yet."""
        return not any(entry.kind is EntryKind.EARNED for entry in self.entries) and self._earns()

    @property
    def _base(self) -> int:
        """Return the amount on which the commission is calculated, in minor units: the paid amount without an
        overpayment, because overpayments are refunded.
        """
        excess = self.payment.excess.minor if self.payment.excess is not None else 0
        return self.payment.amount.minor - excess

    def due(self, now: datetime) -> list[PartnerEntry]:
        """Return the ledger entries that are missing for the current state of the payment. If the payer excludes a
        commission, the commission is entered and immediately reversed, so that it is never owed.
        """
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
        """Return True if only the customer's first payment counts, and another payment has a commission that was not
        reversed.
        """
        if self.terms is None or self.terms.counts is Counts.EACH:
            return False
        signs = {EntryKind.EARNED: 1, EntryKind.REVERSED: -1, EntryKind.PAID: 0}
        return sum(signs[entry.kind] * entry.amount.minor for entry in self.others) > 0

    def _whole(self) -> int:
        """Return the commission before reversals, in minor units. A partial payment earns the proportional part of a
        fixed commission.
        """
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
        """Return the refunded part of the amount on which the commission is calculated, in minor units; the whole
        amount if a refund was made in another currency.
        """
        amount = self.payment.amount
        refunds = [refund for refund in self.refunds if refund.status is RefundStatus.GIVEN]
        if any(refund.amount.currency != amount.currency for refund in refunds):
            return self._base
        balance = PaymentBalance(self.payment, refunds, self.disputes)
        returned_amount = balance.given_back + balance.amounts.at_bank
        return max(returned_amount.minor - (amount.minor - self._base), 0)

    def _reversed_of(self, earned_minor: int) -> int:
        """Return the part of the commission to reverse, which is proportional to the refunded amount. The last refund
        also reverses the rounding difference.
        """
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
    """Return a partner's terms in force at a time, or None if no terms were in force."""
    return max((each for each in terms if each.since <= moment), key=lambda each: each.number, default=None)
