"""Checks whether the cause of an alarm is gone, one per kind of alarm, for causes whose end no other code detects."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.payment_causes import id_in, id_in_key
from subscriptions.application.dto.jobs import TendChannel
from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.access import WAITS_FOR_LINK, WITHOUT_RIGHT, Access, AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus, BulkExpiryStep
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.reversal import FINAL_STATES, DisputeStatus
from subscriptions.domain.entities.subscription import PERIOD_OVER, REFUNDED, Subscription, SubscriptionStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.entities.variable import number
from subscriptions.domain.ids import AccessId, AccountId, BulkExpiryId, CustomerId, InboxId, PlanId, SubscriptionId
from subscriptions.domain.ports.chat_membership import REFUSED
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

SAID_FOR: Final = timedelta(minutes=5)
"""Time after a subscription was fetched from its provider during which an alarm about it stays open, because a report
that the problem continues may still follow.
"""
LOOK_EVERY: Final = timedelta(days=1)
"""Interval at which a duplicate channel that still has members is checked again."""
DRAWN_UP_EARLY: Final = timedelta(hours=1)
"""Time before the start of a billing period from which a payment is attributed to that period."""
OF_BEFORE: Final = "double:"
"""Key prefix of alarms about duplicate channels that were raised by an earlier version, which scheduled no check."""
POOL_SHARE_REPORTED: Final = number("pool_share_told")
"""Variable with the highest threshold of pool usage that was reported, until usage falls below that threshold."""


async def has_access(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    if access is None:
        return access_id is not None
    access = await _replacement_access(uow, access) or access
    # An access that ended before the customer ever joined does not count unless the money went back, because the
    # customer paid for nothing.
    has_joined = access.joined_at is not None and access.joined_at >= alarm.raised_at
    if access.status in WITHOUT_RIGHT and not has_joined:
        return await _is_paid_back(uow, access, alarm)
    return not await is_kept_out(uow, access)


async def is_kept_out(uow: UnitOfWork, access: Access) -> bool:
    """Return True if an entitled customer cannot enter, for a reason that only the operator can change: there is no
    invite link yet, Telegram refuses to admit them, or the bot can admit nobody to the shared chat. A customer who has
    entry steps left gets the link after them.
    """
    if access.status not in WAITS_FOR_LINK:
        return False
    is_refused = access.status is AccessStatus.ACTION_REQUIRED and access.reason == REFUSED
    if is_refused or access.status is AccessStatus.FAILED:
        return True
    channel = await uow.channels.get(access.channel_id)
    resource_id = channel.resource_id if channel is not None else None
    if channel is not None and resource_id is not None and resource_id not in await uow.resources.list_admitting():
        return True
    if access.status is not AccessStatus.PENDING:
        return False
    if channel is None or resource_id is None:
        return True
    entry = await uow.of(VIP_ENTRIES_KEY).find(access.customer_id, None if channel.is_vip else resource_id)
    return entry is None or entry.allows_joining


async def _is_paid_back(uow: UnitOfWork, access: Access, alarm: Alarm) -> bool:
    """Return True if the customer's subscription to the chat ended since the alarm because its payment was returned."""
    channel = await uow.channels.get(access.channel_id)
    resource_id = channel.resource_id if channel is not None else None
    resource = await uow.resources.get(resource_id) if resource_id is not None else None
    for each in await uow.subscriptions.of_customer(access.customer_id):
        plan = await uow.plans.get(each.plan_id)
        is_own = channel is not None and channel.plan_id == each.plan_id
        opens = is_own or (plan is not None and resource is not None and resource.soft_id in plan.opens)
        ended_at = each.ended_at if each.end_reason == REFUNDED else None
        if opens and ended_at is not None and ended_at >= alarm.raised_at:
            return True
    return False


async def has_entered(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the customer is in the chat, or no longer entitled to be there."""
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    return access is None or access.status is AccessStatus.ACTIVE or access.status in WITHOUT_RIGHT


async def _replacement_access(uow: UnitOfWork, access: Access) -> Access | None:
    """Return the customer's access to the chat that replaces a lost chat: a chat of the same resource, or of the same
    customer and plan. Return None if the chat was not lost or the customer has no access to a replacement.
    """
    channel = await uow.channels.get(access.channel_id) if access.status in WITHOUT_RIGHT else None
    if channel is None or channel.status is not ChannelStatus.DELETED:
        return None
    another = await uow.resources.channel(channel.resource_id) if channel.resource_id is not None else None
    if channel.customer_id is not None and channel.plan_id is not None:
        another = await uow.channels.personal_of(channel.customer_id, channel.plan_id)
    return await uow.accesses.find(access.customer_id, another.id) if another is not None else None


async def account_works(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    number = alarm.facts.get("account", "").partition(" ")[0]
    account = await uow.accounts.get(AccountId(int(number))) if number.isdecimal() else None
    if account is None or account.status is AccountStatus.RETIRED:
        return account is not None
    # An account that is only retried may be refused again.
    return account.status is AccountStatus.ACTIVE and not account.setbacks


async def nobody_waits(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    return not await uow.channels.count_awaited()


_SUCCESSOR: Final = "dispute_long"
_SUCCEEDED: Final = ("dispute_inquiry", "dispute_open")


def _successors(kind: str) -> Sequence[str]:
    """Return the kinds of alarm that replace an alarm of this kind about the same dispute, so that a dispute has only
    one open alarm.

    A feature declares pairs of a kind and its successor as `SUCCESSORS` in its module `alarms`.
    """
    pairs = [(each, _SUCCESSOR) for each in _SUCCEEDED]
    for name, declared in declared_by("alarms", "SUCCESSORS").items():
        with contained(name, "alarms", lasts=True):
            pairs += [(replaced, successor) for replaced, successor in declared]
    return [successor for replaced, successor in pairs if replaced == kind]


async def dispute_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the dispute is decided, or if another alarm about the dispute replaces this one.

    An inquiry is also over once the payment itself is disputed.
    """
    dispute_id = id_in_key(alarm)
    dispute = await uow.reversals.get_dispute(dispute_id) if dispute_id is not None else None
    if dispute is None or dispute.status in FINAL_STATES:
        return dispute is not None
    if alarm.kind == "dispute_inquiry" and dispute.status is not DisputeStatus.INQUIRY:
        return True
    later = [await uow.alarms.newest(kind, f"{kind}:{dispute.id}") for kind in _successors(alarm.kind)]
    return any(each.open and each.raised_at >= alarm.raised_at for each in later if each is not None)


async def has_price(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    plan_id, provider = id_in_key(alarm), alarm.facts.get("provider", "")
    price = await uow.plans.price_at(PlanId(plan_id), provider) if plan_id is not None else None
    return price is not None and price.external_price_id is not None and price.fault is None


async def period_went_on(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the subscription ended, or if its end of access differs from the one in the alarm's key."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or not subscription.live or subscription.access_until is None:
        return subscription is not None
    return not alarm.key.endswith(subscription.access_until.isoformat())


async def is_payment_accounted_for(uow: UnitOfWork, subscription: Subscription) -> bool:
    """Return True if it is certain that no payment for the period after the last paid period is missing.

    That is the case if the charge failed, if the provider pauses charges or had paused them in that period, if the next
    charge was postponed, or if the payment is recorded as under review and has its own alarm.
    """
    if subscription.status is SubscriptionStatus.PAST_DUE:
        return True
    end, moved_to = subscription.access_until, subscription.charge_moved_to
    is_later = moved_to is not None and end is not None and moved_to > end
    if end is None or subscription.is_paused or subscription.paused_in_period or is_later:
        return True
    if subscription.order_id is None:
        return False
    payments = await uow.payments.of_order(subscription.order_id)
    return any(each.flag is not None and each.occurred_at >= end - DRAWN_UP_EARLY for each in payments)


async def missing_payment_explained(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the period was renewed, or if no payment can be missing any more."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or await period_went_on(uow, alarm, now):
        return subscription is not None
    return await is_payment_accounted_for(uow, subscription)


async def answered_since(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    subscription = await _subscription(uow, alarm)
    synced_at = subscription.synced_at if subscription is not None else None
    is_ended = subscription is not None and not subscription.live
    return is_ended or (synced_at is not None and synced_at > alarm.raised_at)


async def event_applied(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    inbox_id = id_in_key(alarm)
    entry = await uow.inbox.get(InboxId(inbox_id)) if inbox_id is not None else None
    return entry is not None and entry.status is InboxStatus.APPLIED


async def let_in(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the paying customer now has access to the VIP channel, or if their subscription ended before its
    paid period was over.

    A customer with an activation code can use the code again. For an alarm about a code, it is enough that a VIP
    channel exists.
    """
    channel = await uow.of(VIP_KEY).channel()
    if channel is None:
        return await _ended_otherwise(uow, alarm)
    if "subscription" not in alarm.facts:
        return True
    subscription = await _subscription(uow, alarm)
    access = await uow.accesses.find(subscription.customer_id, channel.id) if subscription is not None else None
    return access is not None or await _ended_otherwise(uow, alarm)


async def _ended_otherwise(uow: UnitOfWork, alarm: Alarm) -> bool:
    subscription = await _subscription(uow, alarm)
    return subscription is not None and not subscription.live and subscription.end_reason != PERIOD_OVER


async def bulk_expiry_decided(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    sweep_id = id_in_key(alarm)
    bulk_expiry = await uow.bulk_expiries.get(BulkExpiryId(sweep_id)) if sweep_id is not None else None
    return bulk_expiry is not None and bulk_expiry.status is not BulkExpiryStatus.ASKING


async def _subscription(uow: UnitOfWork, alarm: Alarm) -> Subscription | None:
    subscription_id = id_in(alarm.facts.get("subscription"))
    return await uow.subscriptions.get(SubscriptionId(subscription_id)) if subscription_id is not None else None


async def less_used(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the pool's usage has fallen below the threshold that the alarm reported. Higher usage raises
    another alarm.
    """
    share_then, share_now = "".join(alarm.key.split(":")[1:2]), await uow.variables.get(POOL_SHARE_REPORTED)
    return share_now is not None and share_then.isdecimal() and share_now < int(share_then)


async def bulk_expiry_final(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if a bulk expiry was undone or can no longer be undone."""
    sweep_id = id_in_key(alarm)
    bulk_expiry = await uow.bulk_expiries.get(BulkExpiryId(sweep_id)) if sweep_id is not None else None
    if bulk_expiry is None or bulk_expiry.undo_until is None:
        return False
    return now >= bulk_expiry.undo_until or any(
        bulk_expiry_decision.step is BulkExpiryStep.UNDO
        for bulk_expiry_decision in await uow.bulk_expiries.decisions(bulk_expiry.id)
    )


async def charged_no_more(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the customer paid again, or if the subscription ended because the provider stopped charging.

    If the subscription ended for another reason, the customer may still be charged until the provider confirms the end.
    """
    subscription = await _subscription(uow, alarm)
    if subscription is None or subscription.live:
        return await period_went_on(uow, alarm, now)
    return subscription.end_reason == PERIOD_OVER


async def said_no_more(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the subscription ended, or if the provider's later data no longer showed the problem."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or not subscription.live:
        return subscription is not None
    asked_at_text, asked_at = alarm.facts.get("asked"), subscription.synced_at
    if asked_at_text is None or asked_at is None or now - asked_at < SAID_FOR:
        return False
    return asked_at > datetime.fromisoformat(asked_at_text)


async def work_done(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if no quarantined job with the name in the alarm is left. The job's row is written shortly after the
    alarm, so a very recent alarm does not count as done.
    """
    if "job" not in alarm.facts or now - alarm.raised_at < SAID_FOR:
        return False
    return not await uow.alarms.work_kept(alarm.facts["job"])


async def sold_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the provider has opened a checkout for the plan since the alarm, or the plan is no longer for
    sale.
    """
    plan, provider = await uow.plans.by_soft_id(alarm.facts.get("plan", "")), alarm.facts.get("provider")
    if plan is None or provider is None:
        return False
    return not plan.active or await uow.orders.has_opened(plan.id, provider, alarm.raised_at)


async def compared_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if a later reconciliation raised a newer alarm of the same kind, which replaces this one."""
    newest = await uow.alarms.newest(alarm.kind, f"{alarm.kind}:")
    return newest is not None and newest.id != alarm.id and newest.raised_at > alarm.raised_at


async def price_known(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the unknown price that the alarm reported belongs to a plan now, or if `said_no_more` returns
    True.
    """
    subscription, price = await _subscription(uow, alarm), alarm.facts.get("price", "")
    provider = subscription.provider if subscription is not None else None
    if provider and price and await uow.plans.list_priced(provider, price):
        return True
    return await said_no_more(uow, alarm, now)


async def double_looked_at(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return False: the job that checks the duplicate channel closes the alarm.

    For an alarm of an earlier version, schedule the daily check.
    """
    customer, account = id_in(alarm.facts.get("customer")), alarm.facts.get("account", "").partition(" ")[0]
    if not alarm.key.startswith(OF_BEFORE) or customer is None or not account.isdecimal():
        return False
    for plan_id in {each.plan_id for each in await uow.subscriptions.of_customer(CustomerId(customer))}:
        channel = await uow.channels.personal_of(CustomerId(customer), plan_id)
        if channel is not None and channel.title == alarm.facts.get("channel"):
            look = TendChannel(account_id=int(account), channel_id=channel.id, look=True)
            await uow.enqueue(look.delayed_job(now + LOOK_EVERY, f"double:{channel.id}:{account}"))
    return False
