"""Who brings customers and is owed a commission: their terms, and the ledger of what they earned and were paid."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId, PartnerId, PaymentId
from subscriptions.domain.money import Money, currency_code

LINK: Final = "p_"
"""What a partner's deep link begins with, before the code."""
WHOLE: Final = 10_000
"""Hundredths of a percent in all of a payment."""
MONTHS_LIMIT: Final = 120
HOLD_DAYS: Final = (14, 365)
"""A commission is held at least as long as a consumer may withdraw from the contract it comes from."""
REFERENCE_LIMIT: Final = 120
SAME_CARD: Final = "same_card"
"""The reference of what is reversed because the partner paid: by another Telegram account of theirs, or by their own
card or account at the provider."""
SAME_PERSON: Final = "same_person"
"""Likewise, because the card or account had paid for somebody whom the partner brought before: it is one person."""
REFUSALS: Final = frozenset({SAME_CARD, SAME_PERSON})

_CODE: Final = re.compile(r"[A-Z0-9_-]{3,24}\Z")


def looks_like_partner(text: str) -> bool:
    """Whether a cleaned text can be a partner's code, known or not."""
    return _CODE.match(text) is not None


@dataclass(kw_only=True)
class Partner:
    """A customer whose link brings customers. ended_at: since when it brings nobody and earns nothing."""

    id: PartnerId
    code: str
    customer_id: CustomerId
    created_at: datetime
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if not looks_like_partner(self.code):
            raise InvalidInput("code", "must be 3 to 24 of A-Z, 0-9, - and _")

    def works_at(self, moment: datetime) -> bool:
        """Whether the link brings people, and payments earn, at this moment."""
        return self.created_at <= moment and (self.ended_at is None or moment < self.ended_at)


class Counts(StrEnum):
    """Which payments of a customer earn. The words are those of promotions."""

    FIRST = "first"
    EACH = "each"


@dataclass(frozen=True, kw_only=True)
class PartnerTerms:
    """What a partner's customers earn them from `since` on, until the next terms. They are never rewritten.

    basis_points: hundredths of a percent of what was paid. sums: else an amount a payment by currency, as `EUR:500` in
    minor units. months: for how long each payment counts, from the customer's first; None where only that one does.
    plans: soft ids of those that count, none = every plan. hold_days: how long after it was paid nothing is paid out.
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
        """The sums, by currency."""
        return _moneys(self.sums)

    @property
    def commission(self) -> str:
        """As it is typed and shown."""
        return commission_words(f"{self.basis_points}%" if self.basis_points is not None else " ".join(self.sums))


def commission_words(text: str) -> str:
    """`12.5%` of `1250%`, and `5.00 EUR; 6.00 USD` of `EUR:500 USD:600`."""
    if not text.endswith("%"):
        return "; ".join(f"{money.plain} {money.currency}" for money in _moneys(text.split()))
    percent = f"{int(text[:-1]) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{percent}%"


def _moneys(sums: Iterable[str]) -> tuple[Money, ...]:
    parts = (each.partition(":") for each in sorted(sums))
    return tuple(Money(int(minor), currency_code(currency)) for currency, _, minor in parts)


class EntryKind(StrEnum):
    """earned: by a payment · reversed: with money that went back, below zero where it came again · paid: handed on."""

    EARNED = "earned"
    REVERSED = "reversed"
    PAID = "paid"


@dataclass(frozen=True, kw_only=True)
class PartnerEntry:
    """One line of a partner's ledger, which is added and never changed.

    number: its place among those of its payment. held_until: when what its payment earned may be paid out. reference:
    of a payout, as whoever made it calls it; of what is reversed, one of REFUSALS where that is why.
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
        """Why it earned nothing from the start, for who paid it; empty for anything else."""
        return self.reference if self.kind is EntryKind.REVERSED and self.reference in REFUSALS else ""


@dataclass(frozen=True, kw_only=True)
class PartnerBalance:
    """What a partner's ledger comes to in one currency, in minor units.

    held: what was earned, less what went back, by payments whose hold is not over.
    """

    currency: str
    earned: int = 0
    reversed: int = 0
    paid: int = 0
    held: int = 0

    @property
    def owed(self) -> int:
        """Below zero where money went back after it was paid out: the next commissions make up for it."""
        return self.earned - self.reversed - self.paid

    @property
    def payable(self) -> int:
        """What may be paid out now, not less than nothing."""
        return max(self.owed - self.held, 0)

    def money(self, minor: int) -> Money:
        """An amount in its currency."""
        return Money(minor, self.currency)


def balances_of(entries: Iterable[PartnerEntry], now: datetime) -> list[PartnerBalance]:
    """What a ledger comes to, by currency."""
    sums: dict[str, dict[str, int]] = {}
    for entry in entries:
        of_currency = sums.setdefault(entry.amount.currency, {"earned": 0, "reversed": 0, "paid": 0, "held": 0})
        of_currency[entry.kind] += entry.amount.minor
        if entry.held_until is not None and now < entry.held_until:
            of_currency["held"] += entry.amount.minor if entry.kind is EntryKind.EARNED else -entry.amount.minor
    return [PartnerBalance(currency=currency, **sums[currency]) for currency in sorted(sums)]


@dataclass(frozen=True, kw_only=True)
class PartnerReach:
    """How far a partner's link led. came: people it brought. buyers: of them, those who earned something."""

    came: int
    buyers: int
