"""Staff commands that cancel, restore, pause and resume renewals."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from subscriptions.application.access.staff_access import live_subscription
from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.application.subscriptions.pause_subscription import pause_of
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, Subscription, SubscriptionStatus
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import RenewalChangeWanted
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    PausesSubscriptions,
    PaymentGateway,
    ResumesSubscriptions,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import pause_policy
from subscriptions.domain.services.staff_policy import StaffAction


class RenewalChange(StrEnum):
    """Change of a subscription's renewals: cancel, undo the cancellation, pause or resume."""

    CANCEL = "cancel"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"

    @property
    def opposite(self) -> "RenewalChange":
        """Change that undoes this one."""
        return _OPPOSITES[self]

    @classmethod
    def parse(cls, word: str) -> "RenewalChange":
        """Return the change with this name. Raises Permanent for an unknown name."""
        try:
            return cls(word)
        except ValueError as error:
            raise Permanent(f"{word} is no change of renewals") from error

    def is_settled(self, subscription: Subscription) -> bool:
        """Return True if the change is already in effect."""
        match self:
            case RenewalChange.CANCEL:
                return subscription.status is SubscriptionStatus.CANCELED
            case RenewalChange.UNDO:
                return subscription.status is not SubscriptionStatus.CANCELED and subscription.cancel_at is None
            case RenewalChange.PAUSE:
                return pause_policy.pauses(subscription)
            case RenewalChange.RESUME:
                return not pause_policy.pauses(subscription)


_OPPOSITES: Final = {
    RenewalChange.CANCEL: RenewalChange.UNDO,
    RenewalChange.UNDO: RenewalChange.CANCEL,
    RenewalChange.PAUSE: RenewalChange.RESUME,
    RenewalChange.RESUME: RenewalChange.PAUSE,
}
_WAIT_LIMIT: Final = timedelta(days=1)
"""Maximum time for which a change that staff requested may wait until the provider can be reached."""
_LINES: Final = 50


async def is_taken_back(
    uow: UnitOfWork, change: RenewalChange, customer_id: CustomerId, plan: ServicePlan, at: datetime
) -> bool:
    """Return True if the latest request of staff is the opposite of this change, and may still be queued."""
    lines = await uow.audit.of_subject(str(customer_id), _LINES)
    wishes = {f"customer.{each}": each for each in (change, change.opposite)}
    latest = next((line for line in lines if line.action in wishes and line.facts.get("plan") == plan.soft_id), None)
    return latest is not None and wishes[latest.action] is change.opposite and at - latest.at < _WAIT_LIMIT


class ChangeRenewals(StaffCommand):
    """Base class of the staff commands that change renewals. The second outcome of each command means that the change
    is already in effect; nothing is recorded then.

    The request is committed together with its job. The job then calls the provider, and the customer is notified of the
    result in the same way as after their own request. If a request and its opposite are both queued, the later one
    counts.
    """

    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    change: ClassVar[RenewalChange]

    gateways: GatewayRegistry

    async def run(self, execution: Execution) -> Outcome:
        """Queue the change. Raises NothingToDo if the provider does not support the change, or if the subscription's
        state does not allow it.
        """
        subscription, customer, plan = await live_subscription(execution)
        wish_outcome, settled_outcome = self.outcomes
        if not self.change.is_settled(subscription):
            self.check(subscription, plan)
        elif not await is_taken_back(execution.uow, self.change, customer.id, plan, execution.at):
            return Outcome(name=settled_outcome)
        execution.uow.record(RenewalChangeWanted(subscription.id, str(self.change), str(execution.operation)))
        return Outcome(name=wish_outcome, audit=[AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})])

    def check(self, subscription: Subscription, plan: ServicePlan) -> None:
        """Raise NothingToDo if the change is not possible."""
        gateway = self.gateways.get(subscription.provider or "")
        if gateway is None or subscription.provider_ref is None:
            raise NothingToDo("no provider charges it")
        if not self.can(subscription, plan, gateway):
            raise NothingToDo("its provider cannot, or it is not in a state for it")

    @abstractmethod
    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Return True if the change is possible for a subscription at its provider."""


class CancelRenewals(ChangeRenewals):
    """Staff command that cancels a subscription's renewals. Access lasts until the end of the paid period."""

    name = "cancel"
    permission = StaffAction.CANCEL_RENEWALS
    outcomes = ("canceling", "canceled_before")
    change = RenewalChange.CANCEL

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Return True if the subscription would be charged again."""
        return subscription.renews


class KeepRenewals(ChangeRenewals):
    """Staff command that undoes a cancellation before it takes effect."""

    name = "undo"
    permission = StaffAction.KEEP_RENEWALS
    outcomes = ("keeping", "renews_already")
    change = RenewalChange.UNDO

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Return True if there is a cancellation that the provider can undo."""
        return isinstance(gateway, ResumesSubscriptions)


class PauseRenewals(ChangeRenewals):
    """Staff command that pauses a subscription for the month after the paid period."""

    name = "pause"
    permission = StaffAction.PAUSE_RENEWALS
    outcomes = ("pausing", "paused_before")
    effects = ("leaves_out",)
    change = RenewalChange.PAUSE

    async def preview(self, execution: Execution) -> Effect:
        """Return the start and end of the pause."""
        subscription, _, plan = await live_subscription(execution)
        self.check(subscription, plan)
        starts, end = pause_of(subscription, execution.at)
        return Effect(name="leaves_out", facts={"starts": starts, "until": end})

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Return True if the customer could also request the pause: the subscription is active and billed monthly, and
        no other change is scheduled for the next charge.
        """
        return isinstance(gateway, PausesSubscriptions) and pause_policy.pausable(subscription, plan)


class ResumeRenewals(ChangeRenewals):
    """Staff command that ends a pause early. If the paused month has begun, it is charged now."""

    name = "resume"
    permission = StaffAction.RESUME_RENEWALS
    outcomes = ("resuming", "not_paused")
    effects = ("charged_now", "charged_later")
    change = RenewalChange.RESUME

    async def preview(self, execution: Execution) -> Effect:
        """Return the price of the next charge and its time: now if the paused month has begun, otherwise the end of the
        paid period.
        """
        subscription, _, plan = await live_subscription(execution)
        self.check(subscription, plan)
        price = await next_amount(execution.uow, subscription, None)
        if subscription.is_paused or pause_policy.has_begun(subscription):
            return Effect(name="charged_now", facts={"price": price})
        starts, _ = pause_of(subscription, execution.at)
        return Effect(name="charged_later", facts={"price": price, "starts": starts})

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Return True if the pause can be ended.

        It can't be ended while access is suspended for another reason, because the customer would pay without having
        access, nor in a period that the provider skipped, because the provider charges only the next period.
        """
        is_barred = bool(subscription.paused_for - {PROVIDER}) or subscription.paused_in_period
        return isinstance(gateway, PausesSubscriptions) and pause_policy.pauses(subscription) and not is_barred


RENEWALS: Final = (CancelRenewals, KeepRenewals, PauseRenewals, ResumeRenewals)
"""Staff commands that change renewals, in display order."""


def offered_changes(
    subscription: Subscription, plan: ServicePlan, gateways: GatewayRegistry
) -> Sequence[type[ChangeRenewals]]:
    """Return the staff commands on renewals that would have an effect on the subscription now."""
    offers = list[type[ChangeRenewals]]()
    for command in RENEWALS:
        try:
            command(gateways).check(subscription, plan)
        except NothingToDo:
            continue
        if subscription.live and not command.change.is_settled(subscription):
            offers.append(command)
    return offers
