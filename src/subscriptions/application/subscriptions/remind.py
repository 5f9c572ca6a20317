"""Job that sends reminders about a subscription, each once, such as notices of charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.poll_subscription import PollSubscription
from subscriptions.application.subscriptions.reschedule_charge import RescheduleCharge
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.notification import NOTICES, MessageKind
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import ReminderDue
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, charge_policy, reminder_policy
from subscriptions.domain.services.reminder_policy import Reminder

log = structlog.get_logger(__name__)

FRESH: Final = timedelta(minutes=15)
"""Maximum age of the provider's last report of the next charge that a notice uses without a new request."""
PATIENCE: Final = timedelta(hours=12)
"""Maximum time for which a due notice waits for an unreachable provider."""
NO_REMINDER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Time of the next check of a subscription that gets no further reminders unless it changes."""


def next_look(subscription: Subscription, reminders: Sequence[Reminder], now: datetime, notice: timedelta) -> datetime:
    """Return the time of the next check: the next reminder, or the time at which a charge is rescheduled before its
    notice. `notice`: time between the notice and the charge.
    """
    moments = [reminder_policy.next_due(reminders, now), charge_policy.moves_at(subscription, notice)]
    return min((moment for moment in moments if moment is not None and moment > now), default=NO_REMINDER)


@dataclass(frozen=True)
class Remind:
    """Job that plans the reminders from the subscription's current state, sends the due one, and schedules the next
    check.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    poll_subscription: PollSubscription
    reschedule_charge: RescheduleCharge

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Send the due reminder. The key of the message prevents a second one.

        Before a reminder of a failed charge, the provider is polled for a payment. Before a notice of a charge, the
        charge is rescheduled if necessary, and the provider's latest report is fetched. While the provider is
        unreachable, nothing is sent and the schedule retries within minutes; a notice waits for half a day at most and
        then uses the last report.
        """
        try:
            if await self._duns(subscription_id) and not await self.poll_subscription(subscription_id):
                return
            if await self._puts_off(subscription_id):
                await self.reschedule_charge(subscription_id)
            await self._learn_charge(subscription_id)
        except GatewayUnavailable as error:
            log.warning("nobody is reminded for now", subscription=str(subscription_id), reason=str(error))
            return
        now = self.clock.now()
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is None:
                return
            reminders = await plan_reminders(uow, self.policy, subscription)
            reminder = reminder_policy.due(reminders, now)
            if reminder is not None and not reminder_policy.is_stale(subscription, reminder, now):
                uow.record(ReminderDue(subscription.id, subscription.customer_id, reminder.kind, reminder.key))
            subscription.next_reminder_at = next_look(subscription, reminders, now, self.policy.renewal_notice)
            await uow.subscriptions.save(subscription)
            await uow.commit()

    async def _puts_off(self, subscription_id: SubscriptionId) -> bool:
        """Return True if the next charge must be rescheduled now."""
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        moves_at = charge_policy.moves_at(subscription, self.policy.renewal_notice) if subscription else None
        return moves_at is not None and moves_at <= self.clock.now()

    async def _learn_charge(self, subscription_id: SubscriptionId) -> None:
        """Fetch and store the provider's report of the next charge if the notice about the charge is due, or the
        announcement that access ends because nothing is charged for now. Raises GatewayUnavailable.
        """
        subscription, reminder = await self._due(subscription_id)
        if subscription is None or reminder is None:
            return
        is_notice, is_unbilled = (
            reminder.kind in NOTICES,
            reminder.kind == MessageKind.ENDING_SOON and subscription.renews,
        )
        now, upcoming = self.clock.now(), subscription.upcoming
        is_fresh = upcoming is not None and now - upcoming.learned_at < FRESH
        if is_fresh or not (is_unbilled or (is_notice and now - reminder.due_at < PATIENCE)):
            return
        try:
            await self.poll_subscription(subscription_id)
        except GatewayUnavailable:
            raise
        except RetryLater as error:
            # A provider that is not configured in this process is never polled.
            log.warning("a charge is announced by its last word", subscription=str(subscription_id), reason=str(error))

    async def _duns(self, subscription_id: SubscriptionId) -> bool:
        """Return True if the due reminder is about a failed charge."""
        _, reminder = await self._due(subscription_id)
        return reminder is not None and reminder.kind == MessageKind.DUNNING

    async def _due(self, subscription_id: SubscriptionId) -> tuple[Subscription | None, Reminder | None]:
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
            if subscription is None:
                return None, None
            reminders = await plan_reminders(uow, self.policy, subscription)
        return subscription, reminder_policy.due(reminders, self.clock.now())


async def plan_reminders(uow: UnitOfWork, policy: Policy, subscription: Subscription) -> Sequence[Reminder]:
    """Return all reminders for the subscription's current state, at times in the customer's time zone."""
    plan, customer = await uow.plans.get(subscription.plan_id), await uow.customers.get(subscription.customer_id)
    zone = policy.zones.home if customer is None else policy.zones.zone_of(customer.language, customer.zone)
    grace, end, length = access_policy.grace_of(plan, policy.grace), subscription.access_until, None
    if end is not None:
        length = ledger.longest(await uow.ledger.of_subscription(subscription.id), end - reminder_policy.LONG_PERIOD)
    return reminder_policy.reminders(subscription, grace, zone, policy.win_back, length, policy.renewal_notice)
