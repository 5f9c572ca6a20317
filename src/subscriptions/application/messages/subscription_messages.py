"""Messages about subscriptions: charges, end, pauses and plan changes."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from subscriptions.application.access.brought_days import lasting_end
from subscriptions.application.access.plan_chats import gives_own, own_names
from subscriptions.application.catalog.method_prices import charged_next, next_amount
from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import PATIENCE_S, contained
from subscriptions.application.features import FeatureState
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.services import access_policy, payment_policy


class SubscriptionMessage(Announcement):
    """Message about the state of a subscription.

    amount: amount of the next charge, which is due at `charge`
    price: price of buying the plan again
    until: end of access
    kept: time until which the channel is kept after the customer's access ended
    over: True if the paid time is over
    next_plan, next_amount: plan and amount agreed for the next charge; empty or None if unchanged
    undo: True if a cancellation can be undone
    unsaid: True if the customer gave no reason for the cancellation
    back: end of a period that the customer skipped; None otherwise
    renewable: True if more time can be bought
    given: True for a renewing plan that was granted without payment
    repeatable: True if a former subscriber may buy the plan again
    shared: True if the plan includes resources other than personal channels
    ends_at: end of renewals, if the provider has an end date
    uncharged: True if the provider skips the charge for the current period and charges again at its end
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
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the subscription does not exist. `subject`: id of the subscription."""
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        plan = await sources.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None:
            return None
        uow, end = sources.uow, await lasting_end(sources.uow, subscription, sources.now)
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
            undo=subscription.undoable(sources.now),
            rests=subscription.is_paused,
            over=end is not None and end <= sources.now,
            unsaid=subscription.cancel_reason is None,
            repeatable=plan.repeatable,
            ends_at=subscription.cancel_at if subscription.renews else None,
            uncharged=subscription.paused_in_period and subscription.pause_until is not None,
        )


class CancelUndone(SubscriptionMessage, kind=MessageKind.CANCEL_UNDONE):
    """Notice that a cancellation was undone."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the plan changes with the next charge."""
        return "changing" if self.next_plan else "other"


class PausedMessage(SubscriptionMessage, kind=MessageKind.PAUSED):
    """Notice of a pause."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether only charges are paused, on whether the customer
        requested the pause, and on the plan's chats.
        """
        if self.uncharged:
            return "uncharged"
        return "wanted" if self.back else "vip" if self.shared else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the subscription has ended, or if the message would announce the charge
        after a pause although the subscription was canceled: its end is announced instead. `subject`: id of the
        subscription.
        """
        message = await super().load(sources, subject)
        if message is None or not message.live:
            return None
        return None if message.back is not None and not message.renews else message


class WithGrace(SubscriptionMessage):
    """Message about a subscription in which `until` includes the grace period while a charge is overdue, and a period
    whose charge is under way.
    """

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the subscription does not exist. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if message is None or subscription is None:
            return message
        plan = await sources.uow.plans.get(subscription.plan_id)
        grace = access_policy.grace_of(plan, sources.policy.grace)
        if subscription.on_hold or subscription.charging_until(sources.now) is not None:
            return replace(message, until=access_policy.shown_end(subscription, grace, sources.now))
        return replace(message, until=access_policy.over_at(subscription, grace))


class ResumedMessage(WithGrace, kind=MessageKind.RESUMED):
    """Notice that a pause ended."""

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if no time is left. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        is_over = message is not None and message.until is not None and message.until <= sources.now
        return None if message is None or not message.live or is_over else message


class AccessMovedMessage(SubscriptionMessage, kind=MessageKind.ACCESS_MOVED):
    """Notice that staff changed the end of access.

    held: True while Umbral suspends the customer's access, so that the time is paused and `until` is not the end
    """

    held: bool = False

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the subscription does not exist. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        return replace(message, held=subscription is not None and subscription.on_hold) if message else None


class WaitingTimeBeganMessage(SubscriptionMessage, kind=MessageKind.WAITING_TIME_BEGAN):
    """Notice that time of a plan began which had waited while the customer had another plan."""

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if access is paused or no time is left. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        return None if message is None or message.rests or message.over or not message.live else message


class SuspendedMessage(SubscriptionMessage, kind=MessageKind.SUSPENDED, may_need_help=True):
    """Notice that staff suspended the customer."""


class CanceledMessage(SubscriptionMessage, kind=MessageKind.CANCELED):
    """Notice of a cancellation.

    charging: True if a charge that was under way before the cancellation may still be made; `until` is then the end of
        its period
    """

    charging: bool = False

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the subscription does not exist. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if message is None or subscription is None:
            return message
        end = subscription.charging_until(sources.now)
        return message if end is None else replace(message, charging=True, until=max(end, message.until or end))

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the remaining time. In the grace period after a failed
        charge, no time is left and the cancellation can't be undone.
        """
        if self.rests:
            return "rests"
        if self.charging:
            return "charging"
        return "over" if self.over else "undo" if self.undo else "other"


class PlanSwitchPlannedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCH_PLANNED):
    """Notice that the plan changes with the next charge."""


class PlanSwitchDroppedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCH_DROPPED):
    """Notice that a planned change of the plan was dropped."""


class RenewalComingMessage(SubscriptionMessage, kind=MessageKind.RENEWAL_COMING):
    """Announcement of the next charge."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the plan changes or the next period is free."""
        return "changing" if self.next_plan else "other" if self.amount.minor else "free"


class TrialEndingMessage(SubscriptionMessage, kind=MessageKind.TRIAL_ENDING):
    """Announcement of the end of a trial."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the plan renews after the trial and whether the
        renewal is charged.
        """
        if not self.renews:
            return "other"
        return "charged" if (self.next_amount or self.amount).minor else "free"


class PlanSwitchedMessage(SubscriptionMessage, kind=MessageKind.PLAN_SWITCHED):
    """Notice of an immediate plan change.

    earlier: name of the previous plan
    once: True for a plan that is paid once, whose credit was transferred
    """

    earlier: str
    once: bool = False

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the kind of payment and on further charges. A planned change
        can take effect while access is paused.
        """
        if self.once:
            return "once"
        if self.rests:
            return "rests"
        return "other" if self.renews else "ends"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the plan change does not exist. `subject`: id of the plan change."""
        change = await sources.uow.subscriptions.get_change(subject)
        subscription_message = (
            await SubscriptionMessage.load(sources, change.subscription_id) if change is not None else None
        )
        if change is None or subscription_message is None:
            return None
        before_service_plan, service_plan = [
            await sources.uow.plans.get(item) for item in (change.from_plan_id, change.to_plan_id)
        ]
        subscription_message = replace(subscription_message, plan_name=service_plan.name if service_plan else "")
        subscription = await sources.uow.subscriptions.get(change.subscription_id)
        is_one_off = subscription is not None and subscription.provider_ref is None
        return cls(
            **vars(subscription_message),
            earlier=before_service_plan.name if before_service_plan else "",
            once=is_one_off,
        )


class ChargeFailedMessage(WithGrace):
    """Base of the messages about a failed charge. `amount`: amount of that charge, or the price if the amount is
    unknown.

    provider: provider of the charge
    rests: True if access is paused until the charge succeeds
    """

    provider: str = ""
    rests: bool = False

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the charge has succeeded in the meantime. `subject`: id of the
        subscription.
        """
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if message is None or subscription is None or message.until is None:
            return message
        if subscription.status is SubscriptionStatus.ACTIVE or subscription.owed_since is None:
            return None
        return replace(
            message,
            amount=subscription.owed_amount or message.amount,
            provider=subscription.provider or "",
            rests=subscription.is_paused,
        )


class PaymentFailedMessage(ChargeFailedMessage, kind=MessageKind.PAYMENT_FAILED, may_need_help=True):
    """Notice that a charge failed."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether access continues until the charge succeeds."""
        return "rests" if self.rests else "other"


class ConfirmCharge(ChargeFailedMessage, kind=MessageKind.CONFIRM_CHARGE, may_need_help=True):
    """Notice that the customer must confirm a charge with their bank."""


class DunningMessage(ChargeFailedMessage, kind=MessageKind.DUNNING, may_need_help=True):
    """Reminder of a failed charge."""


class EndMessage(SubscriptionMessage):
    """Base of the messages about the end of access."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the channel is kept."""
        return "kept" if self.kept else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer has the plan again, or keeps access to all of its chats
        through other plans. `subject`: id of the subscription.
        """
        message = await super().load(sources, subject)
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
    """Notice that access ended. `barred`: True if the customer is barred from buying; the message then offers no
    renewal.
    """

    barred: bool = False

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on whether the customer may buy again and whether the channel
        is kept.
        """
        return "barred" if self.barred else super().word

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message about an end of access, or None as in EndMessage. `subject`: id of the subscription."""
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        customer = await sources.uow.customers.get(subscription.customer_id) if subscription is not None else None
        is_barred = customer is not None and customer.barred_at is not None
        return replace(message, barred=is_barred) if message is not None else None


class ComeBack(EndMessage, kind=MessageKind.COME_BACK):
    """Invitation to come back, sent some time after the end of access.

    promotion: code of the offered promotion; empty for none
    percent, off, days: discount or extra days of the promotion
    """

    promotion: str = ""
    percent: int | None = None
    off: Money | None = None
    days: int | None = None

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. `subject`: id of the subscription.

        Return None if the customer has the plan again, is barred or erased, or opted out, if the plan's last day is
        over, or if the plan can be bought only once.
        """
        message, uow = await super().load(sources, subject), sources.uow
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        customer = await uow.customers.get(subscription.customer_id) if subscription is not None else None
        if message is None or subscription is None or customer is None:
            return None
        if customer.barred_at is not None or customer.quiet_at is not None or customer.is_forgotten:
            return None
        plan = await uow.plans.get(subscription.plan_id)
        if plan is None or not plan.repeatable or plan.is_over(sources.now, sources.policy.zones.home):
            return None
        return replace(message, **await _win_back_offer(sources, customer.id, plan))


class EndingSoon(EndMessage, kind=MessageKind.ENDING_SOON):
    """Announcement of the end of access."""

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the customer's options to keep access, and on whether the
        seller paused the charges.
        """
        if self.renews:
            return "unbilled"
        if self.undo or not self.renewable:
            return "undo" if self.undo else "other"
        return "given" if self.given else "renew"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if access has ended, which another message reports, or if the next charge has
        a date, so that access continues. `subject`: id of the subscription.
        """
        message = await super().load(sources, subject)
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        is_charged = subscription is not None and subscription.next_charge is not None
        return None if message is None or message.over or is_charged else message


async def _price_again(sources: Sources, subscription: Subscription, plan: ServicePlan) -> Money:
    """Return the price of buying the plan again with the same payment method."""
    agreed_price = await sources.uow.plans.price_at(plan.id, subscription.provider or "")
    return agreed_price.price if agreed_price is not None and agreed_price.price is not None else plan.price


async def _kept_until(sources: Sources, subscription: Subscription) -> datetime | None:
    channel = await sources.uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    if channel is None or channel.ready_at is None or not sources.policy.retention:
        return None
    return channel.delete_at or (subscription.ended_at and subscription.ended_at + sources.policy.retention)


class TermsChangedMessage(Announcement, kind=MessageKind.TERMS_CHANGED):
    """Notice of new terms to a subscriber who accepted earlier terms.

    version: new version of the terms
    since: date from which the new terms apply, if known
    """

    version: str
    since: date | None = None

    @property
    def word(self) -> str:
        """Return the variant of the text: with or without a date."""
        return "dated" if self.since is not None else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer accepted the terms or has no live subscription. `subject`: id
        of the customer.
        """
        customer = await sources.uow.customers.get(CustomerId(subject))
        if customer is None or customer.consent is None or customer.has_accepted(*sources.policy.terms):
            return None
        subscriptions = await sources.uow.subscriptions.of_customer(customer.id)
        policy = sources.policy
        new = cls(version=policy.terms_version, since=policy.terms_since)
        return new if any(each.live for each in subscriptions) else None


async def _win_back_offer(sources: Sources, customer_id: CustomerId, plan: ServicePlan) -> Mapping[str, Any]:
    """Return the facts of the first offer that a feature has for the customer; empty if there is none. A feature that
    fails is left out.
    """
    for name, finders in declared_by("offers", "WIN_BACK").items():
        for find_offer in finders:
            with contained(name, "offers"):
                if sources.state_of(type(find_offer)) is not FeatureState.ON:
                    continue
                async with asyncio.timeout(PATIENCE_S), sources.uow.attempt():
                    offer = await find_offer(sources, customer_id, plan)
                if offer is not None:
                    terms = {"percent": offer.percent, "off": offer.amount, "days": offer.days}
                    return {"promotion": offer.code, **terms}
    return {}
