"""Functions of features that process each new receipt, in the transaction that issues it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.payments.issue_receipts import FollowReceipt
from subscriptions.bootstrap.core import CoreContainer


@dataclass(frozen=True)
class ReceiptPart:
    """Factory of a feature's function for each new receipt: the constant `FOLLOWS_RECEIPTS` of its module
    `follows_receipts`. The function is also called while the feature drains.
    """

    module: ClassVar[str] = "follows_receipts"
    make: Callable[[CoreContainer], FollowReceipt]


def receipt_followers(core: CoreContainer) -> Sequence[FollowReceipt]:
    """Return the functions of the features that are on or draining."""
    return [part.make(core) for part in core.features().parts(ReceiptPart)]
