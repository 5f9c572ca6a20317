"""Readmission of a person after an owner undid the bulk expiry that removed the person."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid5

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.bulk_expiry import BulkExpiryEntry, BulkExpiryEntryState
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.subscription import PERIOD_OVER, Subscription, SubscriptionEvent
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.ledger import LEDGER

log = structlog.get_logger(__name__)

EXTENSION: Final = timedelta(days=7)
"""Access time granted to a person who is readmitted, in which the owner can fix the cause of the wrong expiry."""

_MAY_COME_BACK: Final = frozenset({BulkExpiryEntryState.REMOVED, BulkExpiryEntryState.STAYS})


@dataclass(frozen=True)
class RestoreExpired:
    """Use case that readmits one removed person with a new subscription without charges. The ended subscription stays
    ended.
    """

    units: UnitOfWorkFactory
    clock: Clock
    grant_access: GrantAccess

    async def __call__(self, sweep_id: BulkExpiryId, subscription_id: SubscriptionId) -> None:
        """Readmit the person, once per bulk expiry. Nothing is done for a person who was not removed, has access again,
        or was erased.
        """
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            cases = await uow.bulk_expiries.list_entries(sweep_id)
            case = next((case for case in cases if case.subscription_id == subscription_id), None)
            if subscription is None or case is None or case.state not in _MAY_COME_BACK:
                return
            if subscription.live or subscription.end_reason != PERIOD_OVER:
                return
            if await uow.subscriptions.live_for(subscription.customer_id, subscription.plan_id) is None:
                await self._bring_back(uow, subscription, case)
            case.state = BulkExpiryEntryState.RESTORED
            await uow.bulk_expiries.save_entries([case])
            await uow.commit()
        log.info("brought back", bulk_expiry=str(sweep_id), subscription=str(subscription_id))

    async def _bring_back(self, uow: UnitOfWork, subscription: Subscription, case: BulkExpiryEntry) -> None:
        now = self.clock.now()
        customer, plan = await uow.customers.get(subscription.customer_id), await uow.plans.get(subscription.plan_id)
        if customer is None or customer.is_forgotten or plan is None:
            return
        given_subscription = Subscription.give(subscription.customer_id, subscription.plan_id, subscription.price, now)
        # The id is the same for every attempt, so that an interrupted attempt is continued.
        given_subscription.id = SubscriptionId(uuid5(case.sweep_id, subscription.id.hex))
        given_subscription.apply(SubscriptionEvent.PAID, now)
        await uow.subscriptions.save(given_subscription)
        entry = LedgerEntry(
            subscription_id=given_subscription.id,
            kind=LedgerKind.ADMIN_GRANT,
            source_key=f"sweep:{case.sweep_id}",
            starts_at=now,
            length=EXTENSION,
            plan_id=given_subscription.plan_id,
            note="a sweep was taken back",
            created_at=now,
        )
        await uow.write(LEDGER).add_if_new(entry)
        await self.grant_access.recount(uow, given_subscription)
        await uow.subscriptions.save(given_subscription)
        await self.grant_access.settle(uow, given_subscription, customer, plan, now)
        await uow.audit.record(
            actor="system",
            action="sweep.restored",
            subject=str(given_subscription.id),
            reason="an owner took the sweep back",
            at=now,
            facts={"sweep": str(case.sweep_id), "instead_of": str(subscription.id)},
        )
