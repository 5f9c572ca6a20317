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
from subscriptions.domain.services.payment_balance import AT_BANK, PaymentBalance

PartnerId = NewType("PartnerId", UUID)

LINK: Final = "p_"
"""Prefix of a partner's deep link, followed by the code."""
WHOLE: Final = 10_000
"""Hundredths of a percent in a whole payment."""
MONTHS_LIMIT: Final = 120
HOLD_DAYS: Final = (14, 365)
"""Range of the hold: a commission is held at least as long as a consumer may withdraw from the contract."""
REFERENCE_LIMIT: Final = 120
SAME_CARD: Final = "same_card"
"""Reference of a reversal because the partner paid: by another Telegram account of their own, or with their own card or
account at the provider.
"""
SAME_PERSON: Final = "same_person"
"""Reference of a reversal because the card or account had paid for another customer of the partner, which makes them
the same person.
"""
REFUSALS: Final = frozenset({SAME_CARD, SAME_PERSON})

_CODE: Final = re.compile(r"[A-Z0-9_-]{3,24}\Z")


def looks_like_partner(text: str) -> bool:
    """Return True if a cleaned text has the form of a partner's code, known or not."""
    return _CODE.match(text) is not None


@dataclass(kw_only=True)
class Partner:
    """Customer whose link brings customers. `ended_at`: time from which it brings none and earns nothing."""

    id: PartnerId
    code: str
    customer_id: CustomerId
    created_at: datetime
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if not looks_like_partner(self.code):
            raise InvalidInput("code", "must be 3 to 24 of A-Z, 0-9, - and _")

    def works_at(self, moment: datetime) -> bool:
        """Return True if the partnership was active at a timestamp."""
        return self.created_at <= moment and (self.ended_at is None or moment < self.ended_at)


class Counts(StrEnum):
    """Payments of a customer that earn a commission. The words are those of promotions."""

    FIRST = "first"
    EACH = "each"


@dataclass(frozen=True, kw_only=True)
class PartnerTerms:
    """Terms of a partner's commission from `since` until the next terms; never changed once stored.

    basis_points: hundredths of a percent of the payment
    sums: instead, a fixed amount per payment by currency, as `EUR:500` in minor units
    months: time for which payments count, from the customer's first payment; None if only the first counts
    plans: slugs of the plans that count, empty for every plan
    hold_days: days after the payment before which nothing is paid out
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
        """Fixed amounts by currency."""
        return _moneys(self.sums)

    @property
    def commission(self) -> str:
        """Commission as typed and shown."""
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
    """Kind of an entry. earned: commission of a payment · reversed: part of a refund, negative if the refund was
    reversed · paid: payout.
    """

    EARNED = "earned"
    REVERSED = "reversed"
    PAID = "paid"


@dataclass(frozen=True, kw_only=True)
class PartnerEntry:
    """Append-only entry of a partner's ledger.

    number: position among the entries of its payment
    held_until: end of the hold
    reference: of a payout, as named by its sender; of a reversal, one of REFUSALS if that is the reason
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
        """Reason why the payment earned nothing from the start because of its payer; otherwise empty."""
        return self.reference if self.kind is EntryKind.REVERSED and self.reference in REFUSALS else ""


@dataclass(frozen=True, kw_only=True)
class PartnerBalance:
    """Balance of a partner's ledger in one currency, in minor units.

    held: commissions less reversals whose hold is not over
    """

    currency: str
    earned: int = 0
    reversed: int = 0
    paid: int = 0
    held: int = 0

    @property
    def owed(self) -> int:
        """Amount owed. Negative after a refund of a commission already paid out, which later commissions make up
        for.
        """
        return self.earned - self.reversed - self.paid

    @property
    def payable(self) -> int:
        """Amount that may be paid out now, never negative."""
        return max(self.owed - self.held, 0)

    def money(self, minor: int) -> Money:
        """Return an amount in the balance's currency."""
        return Money(minor, self.currency)


def balances_of(entries: Iterable[PartnerEntry], now: datetime) -> list[PartnerBalance]:
    """Return the balances of a ledger by currency."""
    sums: dict[str, dict[str, int]] = {}
    for entry in entries:
        of_currency = sums.setdefault(entry.amount.currency, {"earned": 0, "reversed": 0, "paid": 0, "held": 0})
        of_currency[entry.kind] += entry.amount.minor
        if entry.held_until is not None and now < entry.held_until:
            of_currency["held"] += entry.amount.minor if entry.kind is EntryKind.EARNED else -entry.amount.minor
    return [PartnerBalance(currency=currency, **sums[currency]) for currency in sorted(sums)]


@dataclass(frozen=True, kw_only=True)
class PartnerReach:
    """Reach of a partner's link. `came`: people it brought. `buyers`: those of them whose payments earned something."""

    came: int
    buyers: int


@dataclass(frozen=True, kw_only=True)
class Commission:
    """Payment with everything that determines its commission.

    entries: entries of this payment
    others: entries of the customer's other payments
    first_at: time of the customer's first payment that counts
    right_until: end of the withdrawal period, before which nothing is paid out
    refusal: reason against the commission because of the payer, or empty
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
        """Paid amount without an overpayment, which is refunded."""
        excess = self.payment.excess.minor if self.payment.excess is not None else 0
        return self.payment.amount.minor - excess

    def due(self, now: datetime) -> list[PartnerEntry]:
        """Return the missing entries. A commission refused because of the payer is earned and reversed at once,
        permanently.
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
        """Return True if only the first payment counts and another one that was not refunded is the first."""
        if self.terms is None or self.terms.counts is Counts.EACH:
            return False
        signs = {EntryKind.EARNED: 1, EntryKind.REVERSED: -1, EntryKind.PAID: 0}
        return sum(signs[entry.kind] * entry.amount.minor for entry in self.others) > 0

    def _whole(self) -> int:
        """Return the full commission. A partial payment earns a proportional part of a fixed amount."""
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
        """Return the refunded part of the requested amount; all of it if the part is unknown."""
        amount = self.payment.amount
        refunds = [refund for refund in self.refunds if refund.status is RefundStatus.GIVEN]
        if any(refund.amount.currency != amount.currency for refund in refunds):
            return self._base
        returned_amount = PaymentBalance(self.payment, refunds, self.disputes).returned(AT_BANK)
        return max(returned_amount.minor - (amount.minor - self._base), 0)

    def _reversed_of(self, earned_minor: int) -> int:
        """Return the proportional part of the commission. The rounding difference is reversed with the last refund."""
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
    """Return the terms in force at a timestamp."""
    return max((each for each in terms if each.since <= moment), key=lambda each: each.number, default=None)
