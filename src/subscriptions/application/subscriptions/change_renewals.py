"""Renewals canceled and kept, and a month left out, by staff as their customer could."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from subscriptions.application.access.staff_access import live_subscription
from subscriptions.application.catalog.method_prices import next_amount
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    Effect,
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
    """What is to become of a subscription's renewals."""

    CANCEL = "cancel"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"

    @property
    def opposite(self) -> "RenewalChange":
        """The change that takes this one back."""
        return _OPPOSITES[self]

    @classmethod
    def parse(cls, word: str) -> "RenewalChange":
        """Return the change that a job names. Raises Permanent for a word that is none."""
        try:
            return cls(word)
        except ValueError as error:
            raise Permanent(f"{word} is no change of renewals") from error

    def is_settled(self, subscription: Subscription) -> bool:
        """Whether the subscription is already as the change would make it."""
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
"""How long a wish of staff may wait for its provider."""
_LINES: Final = 50


async def is_taken_back(
    uow: UnitOfWork, change: RenewalChange, customer_id: CustomerId, plan: ServicePlan, at: datetime
) -> bool:
    """Whether the latest wish of staff, of this change or its opposite, is the opposite and may still be queued."""
    lines = await uow.audit.of_subject(str(customer_id), _LINES)
    wishes = {f"customer.{each}": each for each in (change, change.opposite)}
    latest = next((line for line in lines if line.action in wishes and line.facts.get("plan") == plan.soft_id), None)
    return latest is not None and wishes[latest.action] is change.opposite and at - latest.at < _WAIT_LIMIT


class ChangeRenewals(StaffCommand):
    """What the four acts share. The wish is committed with its job; the provider is asked afterwards, and the customer
    is told by what it answers, as if they had asked for it. Of a wish and its opposite the later one counts, also while
    the earlier one is queued. The second outcome: it is so already, and nothing is recorded.
    """

    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    change: ClassVar[RenewalChange]

    gateways: GatewayRegistry

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where the provider cannot, or the subscription is not in a state for it."""
        subscription, customer, plan = await live_subscription(act)
        wish_outcome, settled_outcome = self.outcomes
        if not self.change.is_settled(subscription):
            self.check(subscription, plan)
        elif not await is_taken_back(act.uow, self.change, customer.id, plan, act.at):
            return Outcome(name=settled_outcome)
        act.uow.record(RenewalChangeWanted(subscription.id, str(self.change), str(act.operation)))
        return Outcome(name=wish_outcome, audit=[AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})])

    def check(self, subscription: Subscription, plan: ServicePlan) -> None:
        """Raises NothingToDo."""
        gateway = self.gateways.get(subscription.provider or "")
        if gateway is None or subscription.provider_ref is None:
            raise NothingToDo("no provider charges it")
        if not self.can(subscription, plan, gateway):
            raise NothingToDo("its provider cannot, or it is not in a state for it")

    @abstractmethod
    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Whether this may be done to it, at a provider that manages it."""


class CancelRenewals(ChangeRenewals):
    """No further charge; access to the end of what is paid."""

    name = "cancel"
    permission = StaffAction.CANCEL_RENEWALS
    outcomes = ("canceling", "canceled_before")
    change = RenewalChange.CANCEL

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Whatever would be charged again."""
        return subscription.renews


class KeepRenewals(ChangeRenewals):
    """Take a cancellation back before its end."""

    name = "undo"
    permission = StaffAction.KEEP_RENEWALS
    outcomes = ("keeping", "renews_already")
    change = RenewalChange.UNDO

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Where the provider can."""
        return isinstance(gateway, ResumesSubscriptions)


class PauseRenewals(ChangeRenewals):
    """Leave out the month after what is paid."""

    name = "pause"
    permission = StaffAction.PAUSE_RENEWALS
    outcomes = ("pausing", "paused_before")
    effects = ("leaves_out",)
    change = RenewalChange.PAUSE

    async def preview(self, act: Act) -> Effect:
        """From when until when nothing is charged."""
        subscription, _, plan = await live_subscription(act)
        self.check(subscription, plan)
        starts, end = pause_of(subscription, act.at)
        return Effect(name="leaves_out", facts={"starts": starts, "until": end})

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """As customers may: by the month, running, and nothing else settled for the next charge."""
        return isinstance(gateway, PausesSubscriptions) and pause_policy.pausable(subscription, plan)


class ResumeRenewals(ChangeRenewals):
    """End a pause before its time: what has begun to be left out is charged now."""

    name = "resume"
    permission = StaffAction.RESUME_RENEWALS
    outcomes = ("resuming", "not_paused")
    effects = ("charged_now", "charged_later")
    change = RenewalChange.RESUME

    async def preview(self, act: Act) -> Effect:
        """When they are charged again."""
        subscription, _, plan = await live_subscription(act)
        self.check(subscription, plan)
        price = await next_amount(act.uow, subscription, None)
        if subscription.rests or pause_policy.has_begun(subscription):
            return Effect(name="charged_now", facts={"price": price})
        starts, _ = pause_of(subscription, act.at)
        return Effect(name="charged_later", facts={"price": price, "starts": starts})

    def can(self, subscription: Subscription, plan: ServicePlan, gateway: PaymentGateway) -> bool:
        """Not while they are kept out for another reason: they would pay, and stay out. Nor in a period that the
        provider left unpaid: it charges with the next one."""
        is_barred = bool(subscription.paused_for - {PROVIDER}) or subscription.paused_in_period
        return isinstance(gateway, PausesSubscriptions) and pause_policy.pauses(subscription) and not is_barred


RENEWALS: Final = (CancelRenewals, KeepRenewals, PauseRenewals, ResumeRenewals)
"""In the order in which they are offered."""


def offered_changes(
    subscription: Subscription, plan: ServicePlan, gateways: GatewayRegistry
) -> Sequence[type[ChangeRenewals]]:
    """The acts that would change something now."""
    offers = list[type[ChangeRenewals]]()
    for command in RENEWALS:
        try:
            command(gateways).check(subscription, plan)
        except NothingToDo:
            continue
        if subscription.live and not command.change.is_settled(subscription):
            offers.append(command)
    return offers
