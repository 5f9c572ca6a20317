"""Money of each payment: what is left of it, and when the time that it bought has no money behind it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.timeline.facts import Asked, Disputed, DisputeState, Facts, Paid, Returned

_About = TypeVar("_About", Returned, Asked, Disputed)
_COURSE: Final = tuple(DisputeState)
"""States in a dispute's course."""


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Amounts of one payment: paid = left + returned + lost.

    asked: refunds that were requested and are not reported yet
    returned: amount refunded
    lost: amount that banks took in lost disputes
    at_bank: part of what is left that open disputes concern
    has_lost: True if a dispute was lost
    is_open: True if a dispute is open
    """

    paid: Money
    asked: Money
    returned: Money
    lost: Money
    at_bank: Money
    has_lost: bool
    is_open: bool

    @property
    def left(self) -> Money:
        """Amount that remains after refunds and lost disputes, never negative."""
        return self.paid - self.returned - self.lost


@dataclass(frozen=True, kw_only=True)
class Funding:
    """Money behind one purchase at a given moment: sums over its payments, in minor units.

    returned: amount refunded; zero if refunds do not end what was bought
    are_gone: True if each payment is gone by itself
    would_be_gone: True if each payment will be gone by itself if the open disputes are lost
    is_open: True if a dispute about one of the payments is open
    is_awaited: True if the first payment arrives later
    """

    paid: int
    are_gone: bool = False
    would_be_gone: bool = False
    returned: int = 0
    lost: int = 0
    at_bank: int = 0
    has_lost: bool = False
    is_open: bool = False
    is_awaited: bool = False

    @property
    def is_gone(self) -> bool:
        """Return True if nothing is left, or if banks took more than half."""
        return self.are_gone or _is_gone(self.paid, self.returned, self.lost, has_lost=self.has_lost)

    @property
    def is_at_stake(self) -> bool:
        """Return True if the money will be gone if the open disputes are lost."""
        is_gone = _is_gone(self.paid, self.returned, self.lost + self.at_bank, has_lost=True)
        return self.is_open and (self.would_be_gone or is_gone)


@dataclass(frozen=True, kw_only=True)
class _Amounts:
    """Amounts of one payment in minor units, see `Balance`."""

    paid: int
    returned: int = 0
    lost: int = 0
    at_bank: int = 0
    has_lost: bool = False
    is_open: bool = False

    @property
    def is_gone(self) -> bool:
        return _is_gone(self.paid, self.returned, self.lost, has_lost=self.has_lost)

    @property
    def would_be_gone(self) -> bool:
        has_lost = self.has_lost or self.is_open
        return _is_gone(self.paid, self.returned, self.lost + self.at_bank, has_lost=has_lost)


class Accounts:
    """Payments of a subscription with their refunds and disputes. Refunds in another currency than their payment are
    left out, because staff must decide how much of the payment they cover.

    keeps_refunded: True if a full refund does not end the time that the payment bought
    """

    def __init__(self, facts: Facts, *, keeps_refunded: bool = False) -> None:
        self._keeps_refunded = keeps_refunded
        self._paid = {paid.payment: paid for paid in facts.paid}
        self._payments: defaultdict[str, list[Paid]] = defaultdict(list)
        for paid in self._paid.values():
            self._payments[paid.purchase].append(paid)
        self._returned = _by_payment({each.key: each for each in facts.returned}.values(), self._paid)
        self._asked = _by_payment({each.key: each for each in facts.asked}.values(), self._paid)
        # Of two states at the same moment, the later one in a dispute's course applies.
        disputed = sorted(set(facts.disputed), key=lambda each: (each.at, _COURSE.index(each.state), each.key))
        self._disputed = _by_payment(disputed, self._paid)
        self._answered_at = {each.key: each.at for each in facts.returned}
        self._moments: dict[str, Sequence[datetime]] = {}
        self._fundings: dict[tuple[str, int], Funding] = {}

    def balances(self, at: datetime) -> Mapping[PaymentId, Balance]:
        """Return the balance of each payment that was captured by the given time."""
        return {payment: self._balance(paid, at) for payment, paid in self._paid.items() if paid.at <= at}

    def funding(self, purchase: str, at: datetime) -> Funding:
        """Return the money behind a purchase at the given time."""
        if purchase not in self._moments:
            self._moments[purchase] = sorted(self.changes(purchase))
        # The money is the same between two changes.
        span = (purchase, bisect_right(self._moments[purchase], at))
        if span not in self._fundings:
            self._fundings[span] = self._funding(purchase, at)
        return self._fundings[span]

    def changes(self, purchase: str) -> Iterator[datetime]:
        """Yield the times at which the money behind a purchase may change."""
        for paid in self._payments.get(purchase, ()):
            yield paid.at
            yield from (each.at for each in self._disputed.get(paid.payment, ()))
            for refund in self._returned.get(paid.payment, ()):
                yield refund.at
                if refund.failed_at is not None:
                    yield refund.failed_at

    def _funding(self, purchase: str, at: datetime) -> Funding:
        of_purchase = self._payments.get(purchase, ())
        payments = [paid for paid in of_purchase if paid.at <= at]
        if not payments or not (self._returned or self._disputed):
            return Funding(
                paid=sum(paid.amount.minor for paid in payments), is_awaited=bool(of_purchase) and not payments
            )
        amounts = [self._amounts(paid, at) for paid in payments]
        if self._keeps_refunded:
            amounts = [replace(each, returned=0) for each in amounts]
        return Funding(
            paid=sum(paid.amount.minor for paid in payments),
            are_gone=all(each.is_gone for each in amounts),
            would_be_gone=all(each.would_be_gone for each in amounts),
            returned=sum(each.returned for each in amounts),
            lost=sum(each.lost for each in amounts),
            at_bank=sum(each.at_bank for each in amounts),
            has_lost=any(each.has_lost for each in amounts),
            is_open=any(each.is_open for each in amounts),
        )

    def _balance(self, paid: Paid, at: datetime) -> Balance:
        amounts, currency = self._amounts(paid, at), paid.amount.currency
        pending = (each.amount.minor for each in self._asked.get(paid.payment, ()) if self._is_pending(each, at))
        return Balance(
            paid=paid.amount,
            asked=Money(sum(pending), currency),
            returned=Money(amounts.returned, currency),
            lost=Money(amounts.lost, currency),
            at_bank=Money(amounts.at_bank, currency),
            has_lost=amounts.has_lost,
            is_open=amounts.is_open,
        )

    def _amounts(self, paid: Paid, at: datetime) -> _Amounts:
        refunds, whole = self._returned.get(paid.payment, ()), paid.amount.minor
        # Each dispute in the state that it had at the given time.
        disputes = {each.key: each for each in self._disputed.get(paid.payment, ()) if each.at <= at}.values()
        if not refunds and not disputes:
            return _Amounts(paid=whole)
        lost = {each.key: _minor(each, whole) for each in disputes if each.state is DisputeState.LOST}
        at_bank = [_minor(each, whole) for each in disputes if each.state is DisputeState.OPEN]
        own = (each.amount.minor for each in refunds if _is_in_effect(each, at) and each.repeats not in lost)
        returned = min(whole, sum(own))
        taken = min(whole - returned, sum(lost.values()))
        return _Amounts(
            paid=whole,
            returned=returned,
            lost=taken,
            at_bank=min(whole - returned - taken, sum(at_bank)),
            has_lost=bool(lost),
            is_open=bool(at_bank),
        )

    def _is_pending(self, asked: Asked, at: datetime) -> bool:
        answered_at = self._answered_at.get(asked.key)
        return asked.at <= at and (answered_at is None or answered_at > at)


def _is_gone(paid: int, returned: int, lost: int, *, has_lost: bool) -> bool:
    """Apply the one threshold for open and lost disputes. What cost nothing has no money behind it once a dispute about
    it is lost.
    """
    return returned + lost >= paid or 2 * lost > paid if paid else has_lost


def _minor(dispute: Disputed, whole: int) -> int:
    return whole if dispute.amount is None else dispute.amount.minor


def _is_in_effect(refund: Returned, at: datetime) -> bool:
    return refund.at <= at and (refund.failed_at is None or at < refund.failed_at)


def _by_payment(items: Iterable[_About], paid: Mapping[PaymentId, Paid]) -> Mapping[PaymentId, Sequence[_About]]:
    found = defaultdict[PaymentId, list[_About]](list)
    for each in items:
        amount: Money | None = each.amount
        if each.payment in paid and (amount is None or amount.currency == paid[each.payment].amount.currency):
            found[each.payment].append(each)
    return found
