"""Functions of features that are called for each new receipt, in the transaction that issues the receipt."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from subscriptions.application.feature_failures import PATIENCE_S, contained
from subscriptions.application.payments.issue_receipts import FollowReceipt
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ReceiptPart:
    """Factory of a feature's function for each new receipt: the constant `FOLLOWS_RECEIPTS` of its module
    `follows_receipts`. The function is called while the feature is on or draining.
    """

    module: ClassVar[str] = "follows_receipts"
    make: Callable[[CoreContainer], FollowReceipt]


def receipt_followers(core: CoreContainer) -> Sequence[FollowReceipt]:
    """Return the functions of the features that are on or draining. If a function fails, its changes are rolled back
    and the receipt is still issued. A timeout also rolls back the receipt, so that the job is repeated, because the
    cause may be a slow database.
    """
    found = core.features().made(ReceiptPart, lambda part: part.make(core))
    return [partial(_follow, name, follow) for name, follow in found]


async def _follow(feature: str, follow: FollowReceipt, uow: UnitOfWork, receipt: Receipt) -> None:
    with contained(feature, "receipts", passes=(UmbralError, TimeoutError)):
        async with asyncio.timeout(PATIENCE_S), uow.attempt():
            await follow(uow, receipt)
