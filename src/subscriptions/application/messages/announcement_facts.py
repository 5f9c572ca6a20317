"""The facts each kind of message shows, read at the moment it is sent. Texts are the bot's business."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from subscriptions.application.channels.expected_wait import expected_at
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.part_facts import failed_facts, paid_for, part_facts, price_again
from subscriptions.application.payments.refunds import gave_no_time
from subscriptions.application.vip.vip_view import vip_view
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.access import OUT, AccessStatus
from subscriptions.domain.entities.channel import InviteStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind, RefundPolicy, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import FIRST
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, PaymentId, SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, payment_policy

Facts = dict[str, str]


class AnnouncementFacts:
    """Reads what a message says; None means that there is nothing to say any more."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._readers: Mapping[str, Callable[[UnitOfWork, UUID], Awaitable[Facts | None]]] = {
            kinds.PAYMENT_RECEIVED: self._payment,
            kinds.RENEWED: self._payment,
            kinds.PAYMENT_FLAGGED: self._payment,
            kinds.PART_RECEIVED: part_facts,
            kinds.CHECKOUT_FAILED: failed_facts,
            kinds.PAYMENT_FAILED: self._failed_charge,
            kinds.INVITE_READY: self._invite,
            kinds.JOINED: self._joined,
            kinds.PROVISIONING_DELAYED: self._delayed,
            kinds.ACTION_REQUIRED: self._hindered,
            kinds.STRANGER_REMOVED: self._stranger,
            kinds.CANCELED: self._subscription,
            kinds.CANCEL_UNDONE: self._subscription,
            kinds.EXPIRED: self._ending,
            kinds.RECOVERED: self._payment,
            kinds.REFUNDED: self._refund,
            kinds.PAUSED: self._subscription,
            kinds.RESUMED: self._subscription,
            kinds.ACCESS_MOVED: self._subscription,
            kinds.SUSPENDED: self._subscription,
            kinds.DISPUTE_OPENED: self._subscription,
            kinds.DISPUTE_WON: self._subscription,
            kinds.DISPUTE_LOST: self._subscription,
            kinds.RENEWAL_COMING: self._subscription,
            kinds.TRIAL_ENDING: self._subscription,
            kinds.ENDING_SOON: self._ending,
            kinds.DUNNING: self._failed_charge,
            kinds.COME_BACK: self._ending,
            kinds.CHANGE_PAID: self._payment,
            kinds.PLAN_SWITCHED: self._switched,
            kinds.PLAN_SWITCH_PLANNED: self._subscription,
            kinds.PLAN_SWITCH_DROPPED: self._subscription,
            kinds.VIP_ENTRY: self._vip_entry,
        }

    async def of(self, uow: UnitOfWork, kind: str, customer: Customer, subject: UUID) -> Facts | None:
        """The facts for `kind` about `subject`. Raises KeyError for a kind without a reader: a test holds that."""
        facts = await self._readers[kind](uow, subject)
        return None if facts is None else {"name": customer.first_name, "brand": self._policy.brand, **facts}

    async def _payment(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        payment = await uow.payments.get(PaymentId(subject))
        if payment is None:
            return None
        order = await uow.orders.get(payment.order_id)
        subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
        plan = await _plan_paid(uow, order, subscription)
        return {
            **_plan(plan),
            "amount": str(await paid_for(uow, payment)),
            "reference": order.reference if order else payment.reference,
            "reason": payment.flag_word,
            "excess": str(payment.excess) if payment.excess is not None else "",
            "receipt": await _receipt(uow, payment.id),
            "until": _moment(subscription),
            "back": _yes(subscription is not None and await self._was_inside(uow, subscription, payment.recorded_at)),
            "longer": _yes(_extends(payment, subscription)),
            **(await self._way_in(uow, plan, subscription)),
        }

    async def _way_in(self, uow: UnitOfWork, plan: ServicePlan | None, subscription: Subscription | None) -> Facts:
        """What a payment for the VIP channel leads to: the first stage of the ritual, for who has to go through it."""
        if plan is None or plan.access is not AccessKind.VIP_CHANNEL or subscription is None:
            return {}
        vip = await vip_view(uow, subscription.customer_id, self._clock.now())
        begins = vip is not None and vip.stage == FIRST and not vip.inside
        return {"vip": "yes", "stage": str(FIRST) if begins else ""}

    async def _was_inside(self, uow: UnitOfWork, subscription: Subscription, paid_at: datetime) -> bool:
        """Whether the customer had been in the channel they get, before they paid; this may be told late."""
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        if channel is None or channel.ready_at is None or channel.ready_at > paid_at:
            return False
        access = await uow.accesses.of(subscription.customer_id, channel.id)
        return access is not None and access.joined_at is not None

    async def _subscription(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        if subscription is None:
            return None
        plan = await uow.plans.get(subscription.plan_id)
        coming = await uow.plans.get(subscription.next_plan_id) if subscription.next_plan_id else None
        return {
            **_plan(plan),
            "soft_id": plan.soft_id if plan else "",
            "price": await price_again(uow, subscription, plan),
            "until": _moment(subscription),
            "amount": str(subscription.price),
            "next_plan": coming.name if coming else "",
            "next_amount": str(coming.price) if coming else "",
            "charge": _iso(subscription.current_period_end or subscription.access_until),
            "ended_at": _iso(subscription.ended_at),
            "kept": _iso(await self._kept_until(uow, subscription)),
            "live": _yes(subscription.live),
            "vip": _yes(plan is not None and plan.access is AccessKind.VIP_CHANNEL),
            "renews": _yes(subscription.renews),
            "renewable": _yes(payment_policy.renewable(subscription, plan)),
            "undo": _yes(subscription.undoable),
            "rests": _yes(subscription.rests),
            "over": _yes(subscription.access_until is not None and subscription.access_until <= self._clock.now()),
        }

    async def _ending(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        """Nothing to say to who stays in the VIP channel for longer, by another plan."""
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        facts = await self._subscription(uow, subject)
        if facts is None or subscription is None or not facts["vip"]:
            return facts
        end = subscription.access_until or self._clock.now()
        live = await uow.vip.live_subscriptions(subscription.customer_id)
        longer = [item for item in live if item.id != subscription.id and (item.access_until or end) > end]
        return None if longer else facts

    async def _switched(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        change = await uow.subscriptions.get_change(subject)
        facts = await self._subscription(uow, change.subscription_id) if change is not None else None
        if change is None or facts is None:
            return None
        before, after = await uow.plans.get(change.from_plan_id), await uow.plans.get(change.to_plan_id)
        return {**facts, **_plan(after), "earlier": before.name if before else "", "amount": str(change.new_price)}

    async def _kept_until(self, uow: UnitOfWork, subscription: Subscription) -> datetime | None:
        """Until when the channel waits for somebody whose access is over."""
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        if channel is None or channel.ready_at is None or not self._policy.retention:
            return None
        return channel.delete_at or (subscription.ended_at and subscription.ended_at + self._policy.retention)

    async def _refund(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        refund = await uow.reversals.get_refund(subject)
        payment = await uow.payments.get(refund.payment_id) if refund is not None else None
        if refund is None or payment is None:
            return None
        order = await uow.orders.get(payment.order_id)
        subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
        plan = await _plan_paid(uow, order, subscription)
        return {
            **_plan(plan),
            "soft_id": plan.soft_id if plan and subscription else "",
            "until": _moment(subscription),
            "live": _yes(subscription is not None and subscription.live),
            "amount": str(refund.amount),
            "paid": str(payment.amount),
            "receipt": await _receipt(uow, payment.id, refund.id),
            "reference": order.reference if order else payment.reference,
            "full": _yes(payment.status is PaymentStatus.REFUNDED),
            "goes_on": _yes(order is not None and order.refund_policy is RefundPolicy.KEEP_ACCESS),
            "difference": _yes(await gave_no_time(uow, payment)),
        }

    async def _failed_charge(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        subscription = await uow.subscriptions.get(SubscriptionId(subject))
        facts = await self._subscription(uow, subject)
        if facts is None or subscription is None or subscription.access_until is None:
            return facts
        if subscription.status is SubscriptionStatus.ACTIVE:
            # It went through since.
            return None
        plan = await uow.plans.get(subscription.plan_id)
        grace = access_policy.grace_of(plan, self._policy.grace)
        return {**facts, "until": (subscription.access_until + grace).isoformat()}

    async def _invite(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        invite = await uow.channels.get_invite(subject)
        channel = await uow.channels.get(invite.channel_id) if invite else None
        if invite is None or channel is None or invite.status is not InviteStatus.LIVE:
            return None
        plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
        first = await uow.channels.first_invite(channel.id)
        subscription = await uow.subscriptions.get(channel.subscription_id) if channel.subscription_id else None
        return {
            **_plan(plan, channel.title),
            "url": invite.url,
            "expires": invite.expires_at.isoformat(),
            "again": _yes(first is not None and first.id != invite.id),
            "trial": _yes(subscription is not None and subscription.status is SubscriptionStatus.TRIALING),
            "given": _yes(subscription is not None and subscription.order_id is None),
        }

    async def _delayed(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        channel = await uow.channels.get(ChannelId(subject))
        if channel is None or channel.customer_id is None:
            return None
        access = await uow.accesses.of(channel.customer_id, channel.id)
        if access is None or access.status is not AccessStatus.PENDING:
            return None
        plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
        return {**_plan(plan, channel.title), "ready": _iso(await expected_at(uow, channel, self._clock.now()))}

    async def _hindered(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        access = await uow.accesses.get(AccessId(subject))
        if access is None or access.status is not AccessStatus.ACTION_REQUIRED:
            return None
        facts = await self._stranger(uow, access.channel_id)
        return None if facts is None else {**facts, "reason": access.reason or ""}

    async def _stranger(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        channel = await uow.channels.get(ChannelId(subject))
        if channel is None:
            return None
        plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
        return _plan(plan, channel.title)

    async def _vip_entry(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        customer_id = CustomerId(subject)
        vip = await vip_view(uow, customer_id, self._clock.now())
        if vip is None or vip.inside or vip.access in OUT:
            return None
        if vip.invite_url is None and vip.stage not in {1, 2}:
            # The link is being made; once it is there, it is what this message hands over.
            return None
        return {
            "plan_name": vip.plan_name,
            "stage": str(vip.stage or ""),
            "until": _iso(vip.access_until),
            "url": vip.invite_url or "",
            "expires": _iso(vip.invite_until),
        }

    async def _joined(self, uow: UnitOfWork, subject: UUID) -> Facts | None:
        access = await uow.accesses.get(AccessId(subject))
        channel = await uow.channels.get(access.channel_id) if access else None
        if access is None or channel is None:
            return None
        plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
        return {
            **_plan(plan, channel.title),
            "until": access.ends_at.isoformat() if access.ends_at else "",
        }


async def _plan_paid(uow: UnitOfWork, order: Order | None, subscription: Subscription | None) -> ServicePlan | None:
    """What a payment was for: the plan the subscription has by now, which may not be the order's any more."""
    plan_id = subscription.plan_id if subscription is not None else order.plan_id if order is not None else None
    return await uow.plans.get(plan_id) if plan_id is not None else None


def _extends(payment: Payment, subscription: Subscription | None) -> bool:
    """Whether a payment of an order of its own was for more time of what was there."""
    return subscription is not None and not payment.is_renewal and subscription.order_id != payment.order_id


def _moment(subscription: Subscription | None) -> str:
    return _iso(subscription.access_until if subscription else None)


def _plan(plan: ServicePlan | None, instead: str = "") -> Facts:
    """A plan by its label, as on a button, and by its name, as in a sentence."""
    return {"plan": plan.label if plan else instead, "plan_name": plan.name if plan else instead}


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _yes(fact: bool) -> str:
    """A fact that chooses between texts: empty where it does not hold."""
    return "yes" if fact else ""


async def _receipt(uow: UnitOfWork, payment_id: PaymentId, source: UUID | None = None) -> str:
    """The number of a payment's receipt, or of what was written about `source`; empty where there is none."""
    found = await uow.receipts.of_payment(payment_id)
    return next((item.label for item in found if item.source_id == (source or payment_id)), "")
