"""When the cause of an alarm is gone, by its kind, where nobody is there to see it go."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.payment_causes import id_in, id_in_key
from subscriptions.application.dto.jobs import TendChannel
from subscriptions.domain.entities.access import AWAITING_ENTRY, WITHOUT_RIGHT, Access
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.dispute_response import ResponseStatus
from subscriptions.domain.entities.reversal import FINAL_STATES, DisputeStatus
from subscriptions.domain.entities.subscription import PERIOD_OVER, Subscription
from subscriptions.domain.entities.sweep import SweepStatus, SweepStep
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.entities.variable import number
from subscriptions.domain.ids import AccessId, AccountId, CustomerId, InboxId, PlanId, SubscriptionId, SweepId
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

SAID_FOR: Final = timedelta(minutes=5)
"""How long what was seen again may take to be told: before that, silence says nothing."""
LOOK_EVERY: Final = timedelta(days=1)
"""How often it is seen whether somebody is still in a channel that exists twice."""
DRAWN_UP_EARLY: Final = timedelta(hours=1)
"""How long before its period begins a payment may be dated."""
OF_BEFORE: Final = "double:"
"""How the key of an alarm about such a channel began in an earlier version, which looked after none."""
POOL_SHARE_TOLD: Final = number("pool_share_told")
"""The variable that keeps the highest threshold of the pool that is told, and lasts."""


async def has_access(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    if access is None:
        return access_id is not None
    access = await _in_its_place(uow, access) or access
    # Over without having been inside since is no access: that was paid for nothing.
    has_joined = access.joined_at is not None and access.joined_at >= alarm.raised_at
    return access.status not in AWAITING_ENTRY and (access.status not in WITHOUT_RIGHT or has_joined)


async def _in_its_place(uow: UnitOfWork, access: Access) -> Access | None:
    """The access to the chat that took the place of a lost one: of the same resource, or of the customer and plan."""
    channel = await uow.channels.get(access.channel_id) if access.status in WITHOUT_RIGHT else None
    if channel is None or channel.status is not ChannelStatus.DELETED:
        return None
    another = await uow.resources.place(channel.resource_id) if channel.resource_id is not None else None
    if channel.customer_id is not None and channel.plan_id is not None:
        another = await uow.channels.personal_of(channel.customer_id, channel.plan_id)
    return await uow.accesses.find(access.customer_id, another.id) if another is not None else None


async def account_works(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    number = alarm.facts.get("account", "").partition(" ")[0]
    account = await uow.accounts.get(AccountId(int(number))) if number.isdecimal() else None
    if account is None or account.status is AccountStatus.RETIRED:
        return account is not None
    # One that is only tried again may be refused again.
    return account.status is AccountStatus.ACTIVE and not account.setbacks


async def nobody_waits(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    return not await uow.channels.count_awaited()


_SUCCESSORS: Final = {
    "dispute_inquiry": ("dispute_long", "evidence_offered", "evidence_due", "evidence_refused"),
    "dispute_open": ("dispute_long", "evidence_offered", "evidence_due", "evidence_refused"),
    "evidence_offered": ("dispute_long", "evidence_due", "evidence_refused"),
    "evidence_due": ("dispute_long", "evidence_refused"),
}
"""By an alarm about a dispute, the alarms about the same dispute that take its place: one dispute is one entry."""


async def dispute_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return whether the dispute is decided, or another alarm about it takes the place of this one.

    An inquiry is over as well once the money itself is disputed.
    """
    dispute_id = id_in_key(alarm)
    dispute = await uow.reversals.get_dispute(dispute_id) if dispute_id is not None else None
    if dispute is None or dispute.status in FINAL_STATES:
        return dispute is not None
    if alarm.kind == "dispute_inquiry" and dispute.status is not DisputeStatus.INQUIRY:
        return True
    later = [await uow.alarms.newest(kind, f"{kind}:{dispute.id}") for kind in _SUCCESSORS.get(alarm.kind, ())]
    return any(each.open and each.raised_at >= alarm.raised_at for each in later if each is not None)


async def evidence_settled(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """The provider has it, or the dispute is decided."""
    dispute_id = id_in_key(alarm)
    response = await uow.reversals.get_response(dispute_id) if dispute_id is not None else None
    if response is not None and response.status is ResponseStatus.SENT:
        return True
    return await dispute_over(uow, alarm, now)


async def has_price(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    plan_id, provider = id_in_key(alarm), alarm.facts.get("provider", "")
    price = await uow.plans.price_at(PlanId(plan_id), provider) if plan_id is not None else None
    return price is not None and price.external_price_id is not None


async def period_went_on(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """The subscription is over, or has another end than the one it was about, which stands in the key."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or not subscription.live or subscription.access_until is None:
        return subscription is not None
    return not alarm.key.endswith(subscription.access_until.isoformat())


async def is_payment_accounted_for(uow: UnitOfWork, subscription: Subscription) -> bool:
    """Return True if no payment of the period after the paid one can be missing: the provider has paused the charges,
    had them paused in that period, or charges later; or the payment is on record and was set aside, of which its own
    alarm tells."""
    end, moved_to = subscription.access_until, subscription.charge_moved_to
    is_later = moved_to is not None and end is not None and moved_to > end
    if end is None or subscription.rests or subscription.paused_in_period or is_later:
        return True
    if subscription.order_id is None:
        return False
    payments = await uow.payments.of_order(subscription.order_id)
    return any(each.flag is not None and each.occurred_at >= end - DRAWN_UP_EARLY for each in payments)


async def missing_payment_explained(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """The period went on, or no payment can be missing any more."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or await period_went_on(uow, alarm, now):
        return subscription is not None
    return await is_payment_accounted_for(uow, subscription)


async def answered_since(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    subscription = await _subscription(uow, alarm)
    told_at = subscription.synced_at if subscription is not None else None
    is_ended = subscription is not None and not subscription.live
    return is_ended or (told_at is not None and told_at > alarm.raised_at)


async def event_applied(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    inbox_id = id_in_key(alarm)
    entry = await uow.inbox.get(InboxId(inbox_id)) if inbox_id is not None else None
    return entry is not None and entry.status is InboxStatus.APPLIED


async def let_in(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """There is a channel, and its payer has access to it; or what they paid for is over otherwise than by its time,
    which nobody gave them. Who came with a code still has it."""
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


async def sweep_decided(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    sweep_id = id_in_key(alarm)
    sweep = await uow.sweeps.get(SweepId(sweep_id)) if sweep_id is not None else None
    return sweep is not None and sweep.status is not SweepStatus.ASKING


async def _subscription(uow: UnitOfWork, alarm: Alarm) -> Subscription | None:
    subscription_id = id_in(alarm.facts.get("subscription"))
    return await uow.subscriptions.get(SubscriptionId(subscription_id)) if subscription_id is not None else None


async def less_used(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Less of the pool is used than it was told of: of more there is another alarm."""
    share_then, share_now = "".join(alarm.key.split(":")[1:2]), await uow.variables.get(POOL_SHARE_TOLD)
    return share_now is not None and share_then.isdecimal() and share_now < int(share_then)


async def sweep_final(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """A sweep that was let go can be taken back no more, or was."""
    sweep_id = id_in_key(alarm)
    sweep = await uow.sweeps.get(SweepId(sweep_id)) if sweep_id is not None else None
    if sweep is None or sweep.undo_until is None:
        return False
    return now >= sweep.undo_until or any(
        sweep_decision.step is SweepStep.UNDO for sweep_decision in await uow.sweeps.decisions(sweep.id)
    )


async def charged_no_more(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Its customer has paid time again; or it ended as the provider was seen to charge no more. What ended otherwise
    may be charged all the same, until the provider has taken that it is over."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or subscription.live:
        return await period_went_on(uow, alarm, now)
    return subscription.end_reason == PERIOD_OVER


async def said_no_more(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """The subscription is over, or its provider was asked since and says otherwise by now."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or not subscription.live:
        return subscription is not None
    asked_at_text, asked_at = alarm.facts.get("asked"), subscription.synced_at
    if asked_at_text is None or asked_at is None or now - asked_at < SAID_FOR:
        return False
    return asked_at > datetime.fromisoformat(asked_at_text)


async def work_done(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """No job of that name is kept any more. The last word of it is written down a little after the alarm."""
    if "job" not in alarm.facts or now - alarm.raised_at < SAID_FOR:
        return False
    return not await uow.alarms.work_kept(alarm.facts["job"])


async def sold_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """The provider made a place to pay for that plan since, or nobody can buy it at all."""
    plan, provider = await uow.plans.by_soft_id(alarm.facts.get("plan", "")), alarm.facts.get("provider")
    if plan is None or provider is None:
        return False
    return not plan.active or await uow.orders.has_opened(plan.id, provider, alarm.raised_at)


async def compared_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """A later comparison says what is open by now."""
    newest = await uow.alarms.newest(alarm.kind, f"{alarm.kind}:")
    return newest is not None and newest.id != alarm.id and newest.raised_at > alarm.raised_at


async def price_known(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """A plan has that price, or as above."""
    subscription, price = await _subscription(uow, alarm), alarm.facts.get("price", "")
    provider = subscription.provider if subscription is not None else None
    if provider and price and await uow.plans.list_priced(provider, price):
        return True
    return await said_no_more(uow, alarm, now)


async def double_looked_at(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Never seen from here: its account looks, and closes it. One of an earlier version is given its daily look."""
    customer, account = id_in(alarm.facts.get("customer")), alarm.facts.get("account", "").partition(" ")[0]
    if not alarm.key.startswith(OF_BEFORE) or customer is None or not account.isdecimal():
        return False
    for plan_id in {each.plan_id for each in await uow.subscriptions.of_customer(CustomerId(customer))}:
        channel = await uow.channels.personal_of(CustomerId(customer), plan_id)
        if channel is not None and channel.title == alarm.facts.get("channel"):
            look = TendChannel(account_id=int(account), channel_id=channel.id, look=True)
            await uow.enqueue(look.delayed_job(now + LOOK_EVERY, f"double:{channel.id}:{account}"))
    return False
