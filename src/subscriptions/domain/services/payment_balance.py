"""Remaining amount of a payment after refunds and disputes. All code that needs this amount uses this module."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.money import Money

LOST: Final = frozenset({DisputeStatus.LOST})
AT_BANK: Final = frozenset({DisputeStatus.OPEN, DisputeStatus.LOST})
"""Dispute statuses in which the customer's bank holds the money."""


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

    def refunded(self, states: Collection[DisputeStatus] = LOST) -> Money:
        """Return the refunded amount. Refunds by which the provider reports the money taken in a dispute are excluded
        if the dispute has one of these statuses.
        """
        disputes = self._disputes(states)
        amounts = (item.amount for item in self._given() if not any(dispute.reports(item) for dispute in disputes))
        return sum(amounts, self._zero)

    def returned(self, states: Collection[DisputeStatus] = LOST) -> Money:
        """Return the amount that was refunded, or taken by disputes in one of these statuses. It is at most the
        payment's amount.
        """
        disputed_amount = sum((self.disputed(item) for item in self._disputes(states)), self._zero)
        return max(self._zero, min(self.payment.amount, self.refunded(states) + disputed_amount))

    @property
    def left(self) -> Money:
        """Amount of the payment that remains after refunds and lost disputes, never negative."""
        return max(self._zero, self.payment.amount - self.returned())

    @property
    def is_gone(self) -> bool:
        """Return True if nothing counts as left of the payment: all of it went back, or banks took more than half of
        it. Without a recorded refund, the payment's status decides.
        """
        is_refunded = self.payment.status is PaymentStatus.REFUNDED and not any(
            item.payment_id == self.payment.id for item in self.refunds
        )
        return is_refunded or not self.left.minor or is_mostly_disputed([self.payment], self.disputes, LOST)

    @property
    def status(self) -> DisplayedStatus:
        """Status as lists, cards, exports and the API show it. The lists' SQL is `DISPLAYED_STATUS`."""
        if self._disputes({DisputeStatus.OPEN}):
            return DisplayedStatus.DISPUTED
        is_lost = bool(self._disputes(LOST)) and not self.left.minor
        if is_lost and self.payment.status is not PaymentStatus.REFUNDED:
            return DisplayedStatus.LOST
        return DisplayedStatus(self.payment.status)

    def disputed(self, dispute: Dispute) -> Money:
        """Return the amount that a dispute concerns: the whole payment if the dispute states no amount."""
        return dispute.amount or self.payment.amount

    @property
    def _zero(self) -> Money:
        return Money(0, self.payment.amount.currency)

    def _given(self) -> list[Refund]:
        own_refunds = (item for item in self.refunds if item.payment_id == self.payment.id)
        return [
            item
            for item in own_refunds
            if item.status is RefundStatus.GIVEN and item.amount.currency == self.payment.amount.currency
        ]

    def _disputes(self, states: Collection[DisputeStatus]) -> list[Dispute]:
        return [item for item in self.disputes if item.payment_id == self.payment.id and item.status in states]


def are_gone(payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> bool:
    """Return True if nothing counts as left of payments that were made together, as with `PaymentBalance.is_gone`."""
    payments = list(payments)
    each_is_gone = all(PaymentBalance(each, refunds, disputes).is_gone for each in payments)
    return each_is_gone or is_mostly_disputed(payments, disputes, LOST)


def is_mostly_disputed(
    payments: Iterable[Payment], disputes: Iterable[Dispute], states: Collection[DisputeStatus] = AT_BANK
) -> bool:
    """Return True if banks hold or took more than half of the payments' total. Exactly half is not enough. The same
    threshold applies when a dispute is opened and, with `LOST` as `states`, when it is lost.

    Payments with a total of zero count as completely disputed if there is any dispute.
    """
    payments = list(payments)
    payment_ids = {each.id for each in payments}
    held = [each for each in disputes if each.payment_id in payment_ids and each.status in states]
    total = sum(each.amount.minor for each in payments)
    at_bank = sum(PaymentBalance(each, (), held).returned(states).minor for each in payments)
    return 2 * at_bank > total if total else bool(held)
