"""Messages about the life of a subscription: its charges, its end, its pauses, another plan."""

from dataclasses import replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from subscriptions.application.access.way import gives_own, own_names
from subscriptions.application.catalog.method_prices import charged_next, next_amount
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.application.promotions.deals import serves
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.promotions import PROMOTIONS_KEY
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.services import access_policy, payment_policy


class SubscriptionMessage(Announcement):
    """How a subscription stands. amount: of its next charge, which is at `charge`. price: of buying it again. until:
    when access ends. kept: until when the channel waits for who left. over: what was paid has run out. next_plan,
    next_amount: of the plan agreed for the next charge, empty where it stays. undo: a cancellation can be taken back.
    unsaid: nobody said why. back: when a month left out is over. renewable: more can be bought. given: renews, unpaid.
    repeatable: who had it may come back to it. shared: it opens other things than what is made for its customer alone.
    ends_at: until when it renews, where its provider ends it then. uncharged: the provider was paused for the period
    that runs, and charges again at the end of it.
    """

    plan_name: str
    soft_id: str
    price: Money
    amount: Money
    until: datetime | None
    charge: datetime | None
    ended_at: datetime | None
    kept: datetime | None
    back: datetime | None
    next_plan: str
    next_amount: Money | None
    live: bool
    shared: bool
    renews: bool
    renewable: bool
    given: bool
    undo: bool
    rests: bool
    over: bool
    unsaid: bool
    repeatable: bool = True
    ends_at: datetime | None = None
    uncharged: bool = False

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the subscription."""
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        plan = await sources.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None:
            return None
        uow, end = sources.uow, subscription.access_until
        service_plan = await uow.plans.get(subscription.coming_plan_id) if subscription.coming_plan_id else None
        return cls(
            plan_name=plan.name,
            soft_id=plan.soft_id,
            price=await _price_again(sources, subscription, plan),
            amount=await next_amount(uow, subscription, service_plan),
            until=end,
            charge=subscription.next_charge or subscription.pause_until or subscription.current_period_end or end,
            ended_at=subscription.ended_at,
            kept=await _kept_until(sources, subscription),
            back=subscription.pause_until,
            next_plan=service_plan.name if service_plan else "",
            next_amount=await charged_next(uow, subscription, service_plan),
            live=subscription.live,
            shared=not (await own_names(uow)).issuperset(plan.opens),
            renews=subscription.renews,
            renewable=payment_policy.renewable(subscription, plan, sources.policy.zones.home),
            given=plan.recurring and subscription.provider is None,
            undo=subscription.undoable,
            rests=subscription.rests,
            over=end is not None and end <= sources.now,
            unsaid=subscription.cancel_reason is None,
            repeatable=plan.repeatable,
            ends_at=subscription.cancel_at if subscription.renews else None,
            uncharged=subscription.paused_in_period and subscription.pause_until is not None,
        )


class CancelUndone(SubscriptionMessage, kind=MessageKind.CANCEL_UNDONE):
    """It goes on after all."""

    @property
    def word(self) -> str:
        """By whether the plan changes at the next charge, as was agreed before."""
        return "changing" if self.next_plan else "other"


class PausedMessage(SubscriptionMessage, kind=MessageKind.PAUSED):
    """It rests."""

    @property
    def word(self) -> str:
        """By whether its customer wanted it so or only waits for the next charge, else by where they are kept out."""
        if self.uncharged:
            return "uncharged"
        return "wanted" if self.back else "vip" if self.shared else "other"


class WithGrace(SubscriptionMessage):
    """until: with the days of grace, where a charge is owed."""

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the subscription."""
        message = await super().gather(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if message is None or subscription is None:
            return message
        plan = await sources.uow.plans.get(subscription.plan_id)
        grace = access_policy.grace_of(plan, sources.policy.grace)
        return replace(message, until=access_policy.over_at(subscription, grace))


class ResumedMessage(WithGrace, kind=MessageKind.RESUMED):
    """It goes on after a pause."""

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the subscription. None where nothing is left of it by now."""
        message = await super().gather(sources, subject)
        is_over = message is not None and message.until is not None and message.until <= sources.now
        return None if message is None or not message.live or is_over else message


class AccessMovedMessage(SubscriptionMessage, kind=MessageKind.ACCESS_MOVED):
    """Staff moved its end."""


class ReferredMessage(SubscriptionMessage, kind=MessageKind.REFERRED):
    """Days for a link."""


class SuspendedMessage(SubscriptionMessage, kind=MessageKind.SUSPENDED, may_need_help=True):
    """Staff put its customer out for now."""


class CanceledMessage(SubscriptionMessage, kind=MessageKind.CANCELED):
    """No further charge."""

    @property
    def word(self) -> str:
        """By what is left. In the grace days of a failed charge that is nothing, and nothing to undo."""
        return "rests" if self.rests else "over" if self.over else "undo" if self.undo else "other"


class PlanSwitchPlannedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCH_PLANNED):
    """Another plan from the next charge on."""


class PlanSwitchDroppedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCH_DROPPED):
    """It keeps its plan after all."""


class RenewalComingMessage(SubscriptionMessage, kind=MessageKind.RENEWAL_COMING):
    """Before it is charged."""

    @property
    def word(self) -> str:
        """By whether the plan changes, or nothing is charged for the period that begins."""
        return "changing" if self.next_plan else "other" if self.amount.minor else "free"


class TrialEndingMessage(SubscriptionMessage, kind=MessageKind.TRIAL_ENDING):
    """Before a trial ends."""

    @property
    def word(self) -> str:
        """By whether it goes on then, and what that costs."""
        if not self.renews:
            return "other"
        return "charged" if (self.next_amount or self.amount).minor else "free"


class PlanSwitchedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCHED):
    """Another plan from now on. earlier: the name of the one before. once: what was left of one payment went over."""

    earlier: str
    once: bool = False

    @property
    def word(self) -> str:
        """By what it is paid by."""
        return "once" if self.once else "other"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the change."""
        change = await sources.uow.subscriptions.get_change(subject)
        subscription_message = (
            await SubscriptionMessage.gather(sources, change.subscription_id) if change is not None else None
        )
        if change is None or subscription_message is None:
            return None
        before_service_plan, service_plan = [
            await sources.uow.plans.get(item) for item in (change.from_plan_id, change.to_plan_id)
        ]
        subscription_message = replace(
            subscription_message, plan_name=service_plan.name if service_plan else "", amount=change.new_price
        )
        subscription = await sources.uow.subscriptions.get(change.subscription_id)
        is_one_off = subscription is not None and subscription.provider_ref is None
        return cls(
            **vars(subscription_message),
            earlier=before_service_plan.name if before_service_plan else "",
            once=is_one_off,
        )


class ChargeFailedMessage(WithGrace):
    """provider: who could not charge it. rests: nobody is in before it is charged."""

    provider: str = ""
    rests: bool = False

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """None where it went through since."""
        message = await super().gather(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if message is None or subscription is None or message.until is None:
            return message
        if subscription.status is SubscriptionStatus.ACTIVE or subscription.owed_since is None:
            return None
        return replace(message, provider=subscription.provider or "", rests=subscription.rests)


class PaymentFailedMessage(ChargeFailedMessage, kind=MessageKind.PAYMENT_FAILED, may_need_help=True):
    """A charge did not go through."""

    @property
    def word(self) -> str:
        """By whether its customer is inside meanwhile."""
        return "rests" if self.rests else "other"


class ConfirmCharge(ChargeFailedMessage, kind=MessageKind.CONFIRM_CHARGE, may_need_help=True):
    """The customer's bank waits for their word."""


class DunningMessage(ChargeFailedMessage, kind=MessageKind.DUNNING, may_need_help=True):
    """It still has not."""


class EndMessage(SubscriptionMessage):
    """About the end of access."""

    @property
    def word(self) -> str:
        """By whether the channel is kept."""
        return "kept" if self.kept else "other"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """None for who has the plan again, or stays for longer in all that it opened, by other plans."""
        message = await super().gather(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        plan = await sources.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if message is None or subscription is None or plan is None:
            return message
        live = await sources.uow.subscriptions.live_for(subscription.customer_id, plan.id)
        if live is not None and live.id != subscription.id:
            return None
        if await gives_own(sources.uow, plan):
            return message
        end = message.until or sources.now
        for soft_id in plan.opens:
            others = await sources.uow.of(VIP_KEY).live_subscriptions(subscription.customer_id, soft_id)
            if not any(item.id != subject and (item.access_until or end) > end for item in others):
                return message
        return None


class ExpiredMessage(EndMessage, kind=MessageKind.EXPIRED):
    """It has come. barred: its customer may buy nothing more, so no way back is offered."""

    barred: bool = False

    @property
    def word(self) -> str:
        """By whether the customer may come back, and the channel is kept."""
        return "barred" if self.barred else super().word

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """As for every end."""
        message = await super().gather(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        customer = await sources.uow.customers.get(subscription.customer_id) if subscription is not None else None
        is_barred = customer is not None and customer.barred_at is not None
        return replace(message, barred=is_barred) if message is not None else None


class ComeBack(EndMessage, kind=MessageKind.COME_BACK):
    """Some time after it. promotion: the code of what is offered with it, empty for nothing; percent, off, days: what
    that gives.
    """

    promotion: str = ""
    percent: int | None = None
    off: Money | None = None
    days: int | None = None

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """None for who has the plan again, is barred, was forgotten, or asked to be left in peace; and of a plan whose
        last day is over, or that nobody may have a second time.
        """
        message, uow = await super().gather(sources, subject), sources.uow
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
        if message is None or subscription is None or customer is None:
            return None
        if customer.barred_at is not None or customer.quiet_at is not None or customer.is_forgotten:
            return None
        plan = await uow.plans.get(subscription.plan_id)
        if plan is None or not plan.repeatable or plan.is_over(sources.now, sources.policy.zones.home):
            return None
        code = sources.policy.win_back_promotion
        offer = await uow.of(PROMOTIONS_KEY).by_code(code) if code else None
        if offer is None or not await serves(uow, offer, customer.id, plan, sources.now):
            return message
        return replace(message, promotion=offer.code, percent=offer.percent, off=offer.amount, days=offer.days)


class EndingSoon(EndMessage, kind=MessageKind.ENDING_SOON):
    """Some time before it."""

    @property
    def word(self) -> str:
        """By what can be done about it."""
        if self.undo or not self.renewable:
            return "undo" if self.undo else "other"
        return "given" if self.given else "renew"


async def _price_again(sources: Sources, subscription: Subscription, plan: ServicePlan) -> Money:
    """What it would cost to buy a plan again the same way."""
    agreed_price = await sources.uow.plans.price_at(plan.id, subscription.provider or "")
    return agreed_price.price if agreed_price is not None and agreed_price.price is not None else plan.price


async def _kept_until(sources: Sources, subscription: Subscription) -> datetime | None:
    channel = await sources.uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    if channel is None or channel.ready_at is None or not sources.policy.retention:
        return None
    return channel.delete_at or (subscription.ended_at and subscription.ended_at + sources.policy.retention)


class TermsChangedMessage(Announcement, kind=MessageKind.TERMS_CHANGED):
    """The terms are others than those somebody with a live subscription accepted. version: of the new ones. since:
    from which day on they hold, where that is known."""

    version: str
    since: date | None = None

    @property
    def word(self) -> str:
        """By whether there is a day to name."""
        return "dated" if self.since is not None else "other"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the customer. None once they accepted them, or have nothing any more."""
        customer = await sources.uow.customers.get(CustomerId(subject))
        if customer is None or customer.consent is None or customer.has_accepted(*sources.policy.terms):
            return None
        subscriptions = await sources.uow.subscriptions.of_customer(customer.id)
        policy = sources.policy
        new = cls(version=policy.terms_version, since=policy.terms_since)
        return new if any(each.live for each in subscriptions) else None
