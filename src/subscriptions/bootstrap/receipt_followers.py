"""Functions of features that process each new receipt, in the transaction that issues it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from uuid import UUID

from subscriptions.application.dto.jobs import RECEIPT, RouteEvent
from subscriptions.application.dto.rooms import with_module
from subscriptions.application.feature_failures import LONGEST_WORK_S, PATIENCE_S, contained, named_call
from subscriptions.application.payments.issue_receipts import FollowReceipt
from subscriptions.application.recovery.route_kept import RouteKeptEvent
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ReceiptPart:
    """Factory of the function with which a feature processes each new receipt: the constant `FOLLOWS_RECEIPTS` of its
    module `follows_receipts`. The function is called unless the feature is off without open obligations, and again for
    the same receipt after a failure.
    """

    module: ClassVar[str] = "follows_receipts"
    make: Callable[[CoreContainer], FollowReceipt]


def receipt_followers(core: CoreContainer) -> Sequence[FollowReceipt]:
    """Return the functions with which features process a new receipt. Features that are off are skipped, except those
    that still have obligations.

    If a function fails, its changes are rolled back, the receipt is still issued, and the job `core.route_event` calls
    the function again. If a database statement of a function times out, the receipt is rolled back too, because the
    database may be slow, and the caller must retry.
    """
    features = core.features()
    found = features.made(ReceiptPart, lambda part: part.make(core))
    # Only features that are on or draining are asked, because a feature that is off is not imported.
    unmade = with_module(ReceiptPart.module, features.now.names_loaded) - {name for name, _ in found}
    return [*(partial(_follow, name, follow) for name, follow in found), *(partial(_keep, name) for name in unmade)]


def follow_kept_receipts(core: CoreContainer) -> RouteKeptEvent:
    """Return the function that processes a receipt again for a feature that failed to process it when it was issued."""
    followers = dict(core.features().made(ReceiptPart, lambda part: part.make(core)))

    async def route(kept: RouteEvent) -> None:
        async with core.units()() as uow:
            receipt = await uow.receipts.get(UUID(kept.facts["receipt_id"]))
            if receipt is None or kept.feature not in followers:
                raise Permanent(f"the feature {kept.feature} or its receipt is not there")
            follow = named_call(kept.feature, "receipts", followers[kept.feature], LONGEST_WORK_S)
            await follow(uow, receipt)
            await uow.commit()

    return route


async def _follow(feature: str, follow: FollowReceipt, uow: UnitOfWork, receipt: Receipt) -> None:
    with contained(feature, "receipts", passes=(UmbralError,)):
        async with asyncio.timeout(PATIENCE_S), uow.attempt():
            await follow(uow, receipt)
        return
    await _keep(feature, uow, receipt)


async def _keep(feature: str, uow: UnitOfWork, receipt: Receipt) -> None:
    kept = RouteEvent(feature=feature, event=RECEIPT, facts={"receipt_id": str(receipt.id)})
    await uow.enqueue(kept.keyed_job(f"{feature}:{receipt.id}"))
