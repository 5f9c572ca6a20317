"""Saying what is coming, each thing once."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.ask_subscription import AskSubscription
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import ReminderDue
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, reminder_policy

log = structlog.get_logger(__name__)

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Nothing more to say, unless the subscription changes."""


class Remind:
    """Plans anew from the subscription as it stands, says what is due, and notes when to look again."""

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, policy: Policy, ask_subscription: AskSubscription
    ) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._ask_subscription = ask_subscription

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """The message's key makes it one, however often this runs.

        Who may have paid is not told that a charge failed: the provider is asked first. While it does not answer
        nothing is said, and the clock begins this anew in some minutes.
        """
        try:
            if await self._duns(subscription_id) and not await self._ask_subscription(subscription_id):
                return
        except GatewayUnavailable as away:
            log.warning("nobody is reminded for now", subscription=str(subscription_id), reason=str(away))
            return
        now = self._clock.now()
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is None:
                return
            plan = await uow.plans.get(subscription.plan_id)
            grace = access_policy.grace_of(plan, self._policy.grace)
            zone = await self._zone(uow, subscription)
            planned = reminder_policy.reminders(subscription, grace, zone, self._policy.win_back)
            reminder = reminder_policy.due(planned, now)
            if reminder is not None and now - reminder.due_at < reminder_policy.STALE:
                uow.record(ReminderDue(subscription.id, subscription.customer_id, reminder.kind, reminder.key))
            subscription.next_reminder_at = reminder_policy.next_due(planned, now) or NEVER
            await uow.subscriptions.save(subscription)
            await uow.commit()

    async def _duns(self, subscription_id: SubscriptionId) -> bool:
        """Whether what is due now is said because of a failed charge."""
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
            if subscription is None:
                return False
            grace = access_policy.grace_of(await uow.plans.get(subscription.plan_id), self._policy.grace)
            zone = await self._zone(uow, subscription)
            planned = reminder_policy.reminders(subscription, grace, zone, self._policy.win_back)
        reminder = reminder_policy.due(planned, self._clock.now())
        return reminder is not None and reminder.kind == MessageKind.DUNNING

    async def _zone(self, uow: UnitOfWork, subscription: Subscription) -> ZoneInfo:
        customer = await uow.customers.get(subscription.customer_id)
        if customer is None:
            return self._policy.zones.home
        return self._policy.zones.of(customer.language, customer.zone)
