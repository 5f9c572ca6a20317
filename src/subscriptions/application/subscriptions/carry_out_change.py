"""Job that cancels, restores, pauses or resumes renewals at the provider, as staff requested."""

from dataclasses import dataclass

from subscriptions.application.alarms.alarm_kind import ByPerson, OfSubscription
from subscriptions.application.subscriptions.change_renewals import RenewalChange, is_taken_back
from subscriptions.application.subscriptions.pause_subscription import NothingToPause, PauseSubscription
from subscriptions.application.subscriptions.subscription_handler import (
    CancelSubscription,
    CannotUndo,
    NothingToCancel,
    UndoCancellation,
)
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class RenewalsUnchanged(OfSubscription):
    """Alarm: the provider did not make a change of renewals that staff requested. `change`: cancel, undo, pause or
    resume.
    """

    name = "renewals_unchanged"
    closes = ByPerson("whether the change is still wanted is not recorded")
    change: str
    reason: str


@dataclass(frozen=True)
class CarryOutChange:
    """Job that sends a change of renewals requested by staff to the provider, in the same way as a customer's own
    request. The result is applied and announced as usual.
    """

    units: UnitOfWorkFactory
    clock: Clock
    cancel_subscription: CancelSubscription
    undo_cancellation: UndoCancellation
    pause_subscription: PauseSubscription

    async def __call__(self, subscription_id: SubscriptionId, change: RenewalChange, key: str) -> None:
        """Request the change. `key`: id of the request of staff.

        Raises GatewayUnavailable and RetryLater, after which the job runs again. A rejection is reported to the owners.
        Nothing is done if the change is already in effect, staff canceled the request, or the subscription has ended.
        """
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
            customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            if subscription is None or customer is None or plan is None:
                return
            is_over = not subscription.live or change.is_settled(subscription)
            if is_over or await is_taken_back(uow, change, customer.id, plan, self.clock.now()):
                return
        try:
            await self._ask(change, customer.telegram_id, plan.soft_id)
        except (NothingToCancel, CannotUndo, NothingToPause, GatewayRejected) as refusal:
            await self._raise_alarm(subscription, change, key, str(refusal))

    async def _ask(self, change: RenewalChange, person: TelegramId, soft_id: str) -> None:
        match change:
            case RenewalChange.CANCEL:
                await self.cancel_subscription(person, soft_id)
            case RenewalChange.UNDO:
                await self.undo_cancellation(person, soft_id)
            case RenewalChange.PAUSE:
                await self.pause_subscription(person, soft_id)
            case RenewalChange.RESUME:
                await self.pause_subscription.end(person, soft_id)

    async def _raise_alarm(self, subscription: Subscription, change: RenewalChange, key: str, reason: str) -> None:
        alarm = RenewalsUnchanged(
            subscription=subscription.id, customer=subscription.customer_id, change=str(change), reason=reason
        )
        async with self.units() as uow:
            uow.record(alarm.raise_event(f"{alarm.name}:{key}", self.clock.now()))
            await uow.commit()
