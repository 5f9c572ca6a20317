"""Remaining amount of payments after refunds and disputes, from their rows. The timeline's rules of money decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.money import Money
from subscriptions.domain.services.stored_facts import disputed_facts, paid_fact, returned_facts
from subscriptions.domain.timeline.facts import Facts
from subscriptions.domain.timeline.money import Accounts, Balance

_EVER: Final = datetime.max.replace(tzinfo=UTC)
_TOGETHER: Final = "together"
"""Purchase for which all payments count."""


class DisplayedStatus(StrEnum):
    """Status of a payment as people and programs see it: that of the payment, unless a bank holds or took the money.

    disputed: a dispute is open
    lost: nothing is left of the payment, because a dispute was lost
    """

    CAPTURED = "captured"
    FLAGGED = "flagged"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"


@dataclass(frozen=True)
class PaymentBalance:
    """Payment with its refunds and disputes. Refunds and disputes of other payments are ignored. Refunds in another
    currency are ignored too, because staff must decide how much of the payment they cover.
    """

    payment: Payment
    refunds: Sequence[Refund] = ()
    disputes: Sequence[Dispute] = ()

    @cached_property
    def amounts(self) -> Balance:
        """Amounts of the payment: left, refunded, lost, and at the bank because of open disputes."""
        return _accounts([self.payment], self.refunds, self.disputes).balances(_EVER)[self.payment.id]

    @property
    def left(self) -> Money:
        """Amount of the payment that remains after refunds and lost disputes, never negative."""
        return self.amounts.left

    @property
    def given_back(self) -> Money:
        """Amount that was refunded or lost in disputes."""
        return self.amounts.returned + self.amounts.lost

    @property
    def is_gone(self) -> bool:
        """Return True if nothing counts as left of the payment: all of it went back, or banks took more than half of
        it. Without a recorded refund, the payment's status decides.
        """
        is_refunded = self.payment.status is PaymentStatus.REFUNDED and not any(
            item.payment_id == self.payment.id for item in self.refunds
        )
        return is_refunded or not self.left.minor or are_gone([self.payment], self.refunds, self.disputes)

    @property
    def status(self) -> DisplayedStatus:
        """Status as lists, cards, exports and the API show it. The lists' SQL is `DISPLAYED_STATUS`."""
        if self.amounts.is_open:
            return DisplayedStatus.DISPUTED
        is_lost = self.amounts.has_lost and not self.left.minor
        if is_lost and self.payment.status is not PaymentStatus.REFUNDED:
            return DisplayedStatus.LOST
        return DisplayedStatus(self.payment.status)


def are_gone(payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> bool:
    """Return True if nothing counts as left of payments that were made together: of each, or because banks took more
    than half of the total. Exactly half is not enough. Payments of zero are gone with any lost dispute.
    """
    return _accounts(payments, refunds, disputes).funding(_TOGETHER, _EVER).is_gone


def are_at_stake(payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> bool:
    """Return True if payments that were made together will be gone if the open disputes about them are lost. The
    threshold is that of `are_gone`.
    """
    return _accounts(payments, refunds, disputes).funding(_TOGETHER, _EVER).is_at_stake


def _accounts(payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> Accounts:
    payments = list(payments)
    return Accounts(
        Facts(
            paid=tuple(replace(paid_fact(each), purchase=_TOGETHER) for each in payments),
            returned=tuple(returned_facts(refunds, disputes)),
            disputed=tuple(disputed_facts(disputes)),
        )
    )
