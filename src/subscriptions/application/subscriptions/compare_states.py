"""Comparison of today's answers about subscriptions with those computed from their facts."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.alarms.alarm_kind import ByCause, OfSubscription
from subscriptions.application.alarms.alarms import keep_alarm, subscription_facts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.subscription_timeline import load_rows, load_terms
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.variable import text
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.state_comparison import differences

log = structlog.get_logger(__name__)

SLICE: Final = 100
"""Number of subscriptions compared in one run."""
_COMPARED: Final = text("states_compared")
"""Id of the last compared subscription; empty at the beginning of a round."""


class StateDiffers(OfSubscription):
    """Alarm: answers about a subscription differ from those computed from its facts. `error`: both values of each."""

    name = "state_differs"
    closes = ByCause()
    error: str


@dataclass(frozen=True)
class CompareStates:
    """Job that compares a slice of the live subscriptions with their timelines in each run. It changes nothing, and
    raises one alarm for each subscription whose answers differ, until they are equal again.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self) -> None:
        """Compare the next subscriptions. Idempotent. Raises RetryLater."""
        async with self.units() as uow:
            after = await uow.variables.get(_COMPARED)
            compared = await uow.subscriptions.live_at(None, SubscriptionId(UUID(after)) if after else None, SLICE)
            differing = [str(each.id) for each in compared if await self._find(uow, each)]
            open_alarms = await uow.alarms.open_of(StateDiffers.name, f"{StateDiffers.name}:")
        # The subscription of an open alarm may have ended, so that no round finds it any more.
        alarmed = [alarm.key.split(":")[1] for alarm in open_alarms[:SLICE]]
        for subscription_id in dict.fromkeys([*differing, *alarmed]):
            await self._report(SubscriptionId(UUID(subscription_id)))
        async with self.units() as uow:
            last = str(compared[-1].id) if len(compared) == SLICE else ""
            await uow.variables.set(_COMPARED, last)
            await uow.commit()

    async def _report(self, subscription_id: SubscriptionId) -> None:
        """Compare a subscription again under its lock, and raise, keep or close its alarm."""
        now = self.clock.now()
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            found = await self._find(uow, subscription) if subscription is not None else ""
            alarm = StateDiffers(**subscription_facts(subscription), error=found) if subscription and found else None
            await keep_alarm(uow, StateDiffers, str(subscription_id), alarm, now)
            await uow.commit()
        if found:
            log.warning("an answer differs from the timeline", subscription=str(subscription_id), answers=found)

    async def _find(self, uow: UnitOfWork, subscription: Subscription) -> str:
        """Return the differences; an empty text if there are none."""
        rows, terms = await load_rows(uow, subscription), await load_terms(uow, subscription, self.policy.grace)
        found = differences(rows, terms, self.clock.now())
        return "; ".join(str(each) for each in found)
