"""The one table: which jobs a domain event leads to, and which of them the operator's own programs are told.

Whatever customers or owners are told, and whatever another use case is to begin, is a row here. A use case enqueues by
itself only what is due later, and what it names by a key of its own so that asking twice asks once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from subscriptions.application.dto import jobs, news_jobs, promotion_jobs, vip_jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain import events
from subscriptions.domain.entities.news import LOST, OPENED, WON, Topic
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.outgoing import Happened, Happening
from subscriptions.domain.entities.subscription import DISPUTE, PERIOD_OVER, REMOVED, STAFF
from subscriptions.domain.entities.vip_entry import HANDED_OVER
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import short_reference
from subscriptions.domain.ports.job_queue import Job

ABANDONED_AFTER: Final = timedelta(minutes=20)
"""How long after the end of its page somebody is asked whether they still want it: until then the provider is asked
whether they paid in the last moment (`checkout/check_order.py`).
"""
NOT_JOINED_AFTER: Final = (timedelta(hours=1), timedelta(hours=12))
"""How long after paying somebody who is not inside is reminded of it, once: at the second look where their channel was
not ready at the first. By then their first link still works. Nobody is woken: see `Announce`."""


REASON_AFTER: Final = timedelta(minutes=3)
"""How long after a cancellation the owners hear of it: why, a customer is asked only then."""


def _payment_received(event: events.PaymentReceived) -> list[JobPayload]:
    kind = MessageKind.RENEWED if event.is_renewal else MessageKind.PAYMENT_RECEIVED
    kind = MessageKind.RECOVERED if event.recovers else kind
    kind = MessageKind.CHANGE_PAID if event.settles_change else kind
    topic = Topic.RENEWAL if event.is_renewal else Topic.SALE
    return [_announce(kind, event.customer_id, event.payment_id), _news(topic, event.customer_id, event.payment_id)]


def _payment_flagged(event: events.PaymentFlagged) -> list[JobPayload]:
    """Nothing more is to be paid for that order. What goes back by itself raises its alarm once it went, or cannot."""
    after: list[JobPayload] = [
        _announce(MessageKind.PAYMENT_FLAGGED, event.customer_id, event.payment_id),
        jobs.CloseCheckouts(order_id=event.order_id),
    ]
    if event.returning or event.subscription_ref:
        after.append(jobs.ReturnPayment(payment_id=event.payment_id, subscription_ref=event.subscription_ref))
    if not event.returning:
        facts = {"order": short_reference(event.order_id), "customer": str(event.customer_id)}
        after.append(jobs.RaiseAlarm(key=f"payment:{event.payment_id}", kind=event.reason, facts=facts, at=event.at))
    return after


def _gift_paid(event: events.GiftPaid) -> list[JobPayload]:
    told = _announce(MessageKind.GIFT_READY, event.customer_id, event.payment_id)
    return [told, _news(Topic.SALE, event.customer_id, event.payment_id)]


def _order_paid(event: events.OrderPaid) -> list[JobPayload | Job]:
    nudge = _announce(MessageKind.NOT_JOINED, event.customer_id, event.order_id)
    moments = [event.at + after for after in NOT_JOINED_AFTER]
    looks = [nudge.later(moment, f"{nudge.key}:{moment.isoformat()}") for moment in moments]
    return [jobs.CloseCheckouts(order_id=event.order_id), *looks]


def _payment_failed(event: events.PaymentFailed) -> list[JobPayload]:
    key = f"{event.subscription_id}:{event.period_end.isoformat()}"
    kind = MessageKind.CONFIRM_CHARGE if event.confirm else MessageKind.PAYMENT_FAILED
    told = _announce(kind, event.customer_id, event.subscription_id, key)
    return [told, _news(Topic.FAILED_CHARGE, event.customer_id, event.subscription_id, key)]


def _canceled(event: events.SubscriptionCanceled) -> list[JobPayload | Job]:
    key = f"{event.subscription_id}:{event.at.isoformat()}"
    news = _news(Topic.CANCELLATION, event.customer_id, event.subscription_id, key)
    told = _announce(MessageKind.CANCELED, event.customer_id, event.subscription_id, key)
    return [told, news.later(event.at + REASON_AFTER, key)]


def _refunded(event: events.PaymentRefunded) -> list[JobPayload]:
    told = _announce(MessageKind.REFUNDED, event.customer_id, event.refund_id)
    return [told, _news(Topic.REFUND, event.customer_id, event.refund_id)]


def _dispute_lost(event: events.DisputeLost) -> list[JobPayload]:
    told = _announce(MessageKind.DISPUTE_LOST, event.customer_id, event.subscription_id, str(event.dispute_id))
    news = _news(Topic.DISPUTE, event.customer_id, event.subscription_id, str(event.dispute_id), word=LOST)
    return [told, news]


def _expired(event: events.SubscriptionExpired) -> list[JobPayload]:
    """A refund or a lost dispute is told as such, with its amount or reason; not a second time as an end."""
    if event.reason not in {PERIOD_OVER, REMOVED}:
        return []
    return [_announce(MessageKind.EXPIRED, event.customer_id, event.subscription_id)]


def _paused(event: events.SubscriptionPaused) -> list[JobPayload]:
    kind = _PAUSED_FOR.get(event.reason, MessageKind.PAUSED)
    return _rested(kind, OPENED, event)


_PAUSED_FOR: Final = {DISPUTE: MessageKind.DISPUTE_OPENED, STAFF: MessageKind.SUSPENDED}


def _resumed(event: events.SubscriptionResumed) -> list[JobPayload]:
    kind = MessageKind.DISPUTE_WON if event.reason == DISPUTE else MessageKind.RESUMED
    return _rested(kind, WON, event)


def _rested(
    kind: MessageKind, word: str, event: events.SubscriptionPaused | events.SubscriptionResumed
) -> list[JobPayload]:
    key = f"{event.subscription_id}:{event.at.isoformat()}"
    told = _announce(kind, event.customer_id, event.subscription_id, key)
    if event.reason != DISPUTE:
        return [told]
    return [told, _news(Topic.DISPUTE, event.customer_id, event.subscription_id, key, word=word)]


def _access_ending(event: events.AccessEnding) -> list[JobPayload]:
    out: list[JobPayload] = [jobs.RemovePerson(access_id=event.access_id)]
    return out if event.shared else [*out, jobs.AssignChannel(channel_id=event.channel_id)]


def _vip_entry_begun(event: events.VipEntryBegun) -> list[JobPayload]:
    """Without a stage to show, the customer hears of it once their link is made; a payment's message shows its own.

    Where all of the ritual but the link is behind them, theirs may have died while the plan rested.
    """
    link = jobs.TendVipEntry(customer_id=event.customer_id)
    if event.stage is None:
        return [link]
    if event.told:
        return []
    told = _announce(MessageKind.VIP_ENTRY, event.customer_id, event.customer_id, f"{event.cause}:{event.stage}")
    return [told, link] if event.stage == HANDED_OVER else [told]


def _hindered(event: events.CustomerHindered) -> list[JobPayload]:
    key = f"{event.access_id}:{event.reason}:{event.last_inside.isoformat() if event.last_inside else '-'}"
    return [_announce(MessageKind.ACTION_REQUIRED, event.customer_id, event.access_id, key)]


def _send(event: events.BroadcastDue) -> Job:
    send, key = jobs.SendBroadcast(broadcast_id=event.broadcast_id), f"broadcast:{event.broadcast_id}"
    return send.once(key) if event.at is None else send.later(event.at, key)


def _switch(kind: str, event: events.PlanSwitchPlanned | events.PlanSwitchDropped) -> jobs.Announce:
    return _announce(kind, event.customer_id, event.subscription_id, f"{event.subscription_id}:{event.at.isoformat()}")


def _announce(kind: str, customer: Any, subject: Any, key: str | None = None) -> jobs.Announce:
    return jobs.Announce(kind=kind, customer_id=customer, subject=subject, key=key or str(subject))


def _news(topic: Topic, customer: Any, subject: Any, key: str | None = None, *, word: str = "") -> news_jobs.NoteNews:
    key = f"{topic}:{word}:{key or subject}"
    return news_jobs.NoteNews(topic=topic, key=key, customer_id=customer, subject=subject, word=word)


ROUTES: Final[Mapping[type[DomainEvent], Callable[[Any], Sequence[JobPayload | Job]]]] = {
    events.WebhookStored: lambda e: [replace(jobs.ApplyPaymentEvent(inbox_id=e.inbox_id).job(), cause=e.cause)],
    events.PaymentReceived: _payment_received,
    events.GiftPaid: _gift_paid,
    events.GiftOpened: lambda e: [_announce(MessageKind.GIFT_OPENED, e.customer_id, e.order_id)],
    events.GiftHeld: lambda e: [_announce(MessageKind.GIFT_HELD, e.customer_id, e.order_id, str(e.key))],
    events.GiftReturned: lambda e: [_announce(MessageKind.GIFT_RETURNED, e.customer_id, e.order_id, str(e.key))],
    events.GiftTaken: lambda e: [_announce(MessageKind.GIFT_TAKEN, e.customer_id, e.subscription_id, str(e.key))],
    events.PartReceived: lambda e: [_announce(MessageKind.PART_RECEIVED, e.customer_id, e.payment_id)],
    events.CheckoutFailed: lambda e: [
        _announce(MessageKind.CHECKOUT_FAILED, e.customer_id, e.order_id, f"{e.order_id}:{e.number}")
    ],
    events.PaymentFlagged: _payment_flagged,
    events.PaymentFailed: _payment_failed,
    events.SubscriptionCanceled: _canceled,
    events.CancellationUndone: lambda e: [
        _announce(
            MessageKind.CANCEL_UNDONE, e.customer_id, e.subscription_id, f"{e.subscription_id}:{e.at.isoformat()}"
        )
    ],
    events.SubscriptionExpired: _expired,
    events.PlanSwitched: lambda e: [_announce(MessageKind.PLAN_SWITCHED, e.customer_id, e.change_id)],
    events.PlanSwitchPlanned: lambda e: [_switch(MessageKind.PLAN_SWITCH_PLANNED, e)],
    events.PlanSwitchDropped: lambda e: [_switch(MessageKind.PLAN_SWITCH_DROPPED, e)],
    events.SubscriptionPaused: _paused,
    events.SubscriptionResumed: _resumed,
    events.ChargesToFollow: lambda e: [jobs.HoldCharges(subscription_id=e.subscription_id, since=e.since)],
    events.BillingToStop: lambda e: [jobs.StopBilling(subscription_id=e.subscription_id)],
    events.PaymentRefunded: _refunded,
    events.DisputeLost: _dispute_lost,
    events.AccessMoved: lambda e: [_announce(MessageKind.ACCESS_MOVED, e.customer_id, e.subscription_id, e.key)],
    events.ReferralPaid: lambda e: [promotion_jobs.ReferralDue(payment_id=e.payment_id)],
    events.ReferralReversed: lambda e: [promotion_jobs.ReferralDue(payment_id=e.payment_id, back=True)],
    events.ReferralGiven: lambda e: [_announce(MessageKind.REFERRED, e.customer_id, e.subscription_id, e.key)],
    events.RefundWanted: lambda e: [jobs.RefundPayment(payment_id=e.payment_id, minor=e.minor, key=e.key)],
    events.ReminderDue: lambda e: [_announce(e.kind, e.customer_id, e.subscription_id, e.key)],
    events.AccessRequested: lambda e: [jobs.AssignChannel(channel_id=e.channel_id)],
    events.ChannelAssigned: lambda e: [
        jobs.TendChannel(account_id=e.account_id, channel_id=e.channel_id, awaited=e.awaited)
    ],
    events.InviteReady: lambda e: [_announce(MessageKind.INVITE_READY, e.customer_id, e.invite_id)],
    events.CustomerJoined: lambda e: [
        _announce(MessageKind.JOINED, e.customer_id, e.access_id, f"{e.access_id}:{e.at.isoformat()}"),
        jobs.AssignChannel(channel_id=e.channel_id),
    ],
    events.CustomerHindered: _hindered,
    events.CustomerCameBack: lambda e: [_announce(e.kind, e.customer_id, e.subject, e.key)],
    events.ChannelOutdated: lambda e: [jobs.AssignChannel(channel_id=e.channel_id)],
    events.ChannelDoubled: lambda e: [jobs.TendChannel(account_id=e.account_id, channel_id=e.channel_id, look=True)],
    events.ChannelMissed: lambda e: [jobs.ReplaceChannel(channel_id=e.channel_id)],
    events.ChannelReplaced: lambda e: [_announce(MessageKind.CHANNEL_REPLACED, e.customer_id, e.channel_id)],
    events.ChannelMended: lambda e: [jobs.DeliverMissed(channel_id=e.channel_id)],
    events.ChannelDelayed: lambda e: [_announce(MessageKind.PROVISIONING_DELAYED, e.customer_id, e.channel_id)],
    events.StrangerRemoved: lambda e: [_announce(MessageKind.STRANGER_REMOVED, e.customer_id, e.channel_id, e.key)],
    events.ErasureHeld: lambda e: [_announce(MessageKind.ERASURE_HELD, e.customer_id, e.customer_id, e.key)],
    events.InviteAskedAgain: lambda e: [_announce(MessageKind.INVITE_READY, e.customer_id, e.invite_id, e.key)],
    events.AccessEnding: _access_ending,
    events.VipEntryBegun: _vip_entry_begun,
    events.VipChannelReady: lambda e: [vip_jobs.AdmitWaiting()],
    events.VipChannelMissed: lambda e: [vip_jobs.AdmitToVip(customer_id=e.customer_id)],
    events.VipInviteReady: lambda e: [
        _announce(MessageKind.VIP_ENTRY, e.customer_id, e.customer_id, str(e.invite_id)),
    ],
    events.VipEntryAskedAgain: lambda e: [_announce(MessageKind.VIP_ENTRY, e.customer_id, e.customer_id, e.key)],
    events.VipWayOutdated: lambda e: [jobs.TendVipEntry(customer_id=e.customer_id, upkeep=e.upkeep)],
    events.PlanChanged: lambda e: [jobs.SyncPlanPrices(plan_id=e.plan_id)],
    events.PickAccepted: lambda e: [jobs.FanOutPick(pick_id=e.pick_id)],
    events.PickChanged: lambda e: [jobs.FanOutPick(pick_id=e.pick_id, first=False)],
    events.DeliveryDue: lambda e: [jobs.DeliverPick(delivery_id=e.delivery_id)],
    events.BroadcastDue: lambda e: [_send(e)],
    events.OrderPaid: _order_paid,
    events.PageOpenedLate: lambda e: [jobs.CloseCheckouts(order_id=e.order_id)],
    events.PartGivenUp: lambda e: [jobs.ReturnPayment(payment_id=e.payment_id)],
    events.PagesExpired: lambda e: [jobs.RetirePages(order_id=e.order_id)],
    events.OrderExpired: lambda e: [
        jobs.RetirePages(order_id=e.order_id),
        _announce(MessageKind.ABANDONED, e.customer_id, e.order_id).later(e.at + ABANDONED_AFTER, e.order_id),
    ],
    events.AlarmRaised: lambda e: [jobs.RaiseAlarm(key=e.key, kind=e.kind, facts=dict(e.facts), at=e.at)],
}


def jobs_for(event: DomainEvent) -> Sequence[Job]:
    """The jobs that follow from `event`. Raises KeyError for one without a row: a test holds that none is missing."""
    return [each if isinstance(each, Job) else each.job() for each in ROUTES[type(event)](event)]


def _about_subscription(kind: Happening, event: Any) -> Happened:
    """Of an event with a subscription, with its reason where it has one."""
    facts = {"reason": event.reason} if hasattr(event, "reason") else {}
    return Happened(kind=kind, customer_id=event.customer_id, subscription_id=event.subscription_id, facts=facts)


_SUBSCRIPTIONS: Final[Mapping[type[DomainEvent], Happening]] = {
    events.SubscriptionCanceled: Happening.SUBSCRIPTION_CANCELED,
    events.CancellationUndone: Happening.SUBSCRIPTION_KEPT,
    events.SubscriptionPaused: Happening.SUBSCRIPTION_PAUSED,
    events.SubscriptionResumed: Happening.SUBSCRIPTION_RESUMED,
    events.AccessMoved: Happening.SUBSCRIPTION_EXTENDED,
    events.PlanSwitched: Happening.SUBSCRIPTION_SWITCHED,
    events.SubscriptionExpired: Happening.SUBSCRIPTION_ENDED,
    events.PaymentFailed: Happening.PAYMENT_FAILED,
    events.DisputeLost: Happening.DISPUTE_LOST,
}
TOLD_OUTSIDE: Final[Mapping[type[DomainEvent], Callable[[Any], Happened]]] = {
    events.PaymentReceived: lambda e: Happened(
        kind=Happening.PAYMENT_RECEIVED,
        customer_id=e.customer_id,
        payment_id=e.payment_id,
        subscription_id=e.subscription_id,
    ),
    events.GiftPaid: lambda e: Happened(
        kind=Happening.PAYMENT_RECEIVED, customer_id=e.customer_id, payment_id=e.payment_id
    ),
    events.PaymentFlagged: lambda e: Happened(
        kind=Happening.PAYMENT_FLAGGED, customer_id=e.customer_id, payment_id=e.payment_id, facts={"reason": e.reason}
    ),
    events.PaymentRefunded: lambda e: Happened(
        kind=Happening.PAYMENT_REFUNDED, customer_id=e.customer_id, refund_id=e.refund_id
    ),
    events.OrderExpired: lambda e: Happened(
        kind=Happening.CHECKOUT_ABANDONED, customer_id=e.customer_id, facts={"order": str(e.order_id)}
    ),
    events.CustomerJoined: lambda e: Happened(kind=Happening.CUSTOMER_JOINED, customer_id=e.customer_id),
    **{kind: partial(_about_subscription, happening) for kind, happening in _SUBSCRIPTIONS.items()},
}


def told_outside(event: DomainEvent) -> Happened | None:
    """What the operator's own programs are told of `event`; None: nothing."""
    tell = TOLD_OUTSIDE.get(type(event))
    return None if tell is None else tell(event)
