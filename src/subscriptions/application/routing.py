"""Routing table from domain events to jobs, and from domain events to webhook events.

An optional capability declares its rows in the constant `EVENTS` of its module `events`; `routes` joins the rows.

A row names an event and the functions that return its jobs, in order. A function is typed by the events it accepts, and
several rows can share it.

Every message to customers or owners, and every start of another use case, is a row here. A use case enqueues a job
directly only if the job is delayed, or has its own key that prevents duplicates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.rooms import declared_by, feature_of, found_features, of_rooms, without_module
from subscriptions.application.feature_failures import contained, named
from subscriptions.domain import events
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.entities.subscription import BAN, DISPUTE, PERIOD_OVER, REMOVED, STAFF
from subscriptions.domain.entities.vip_entry import THIRD_STAGE
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import ChannelId, CustomerId, OrderId, SubscriptionId, short_reference
from subscriptions.domain.ports.job_queue import Job

ABANDONED_AFTER: Final = timedelta(minutes=20)
"""Delay between the end of a checkout and the message that asks whether the customer still wants to buy. During the
delay, the provider is polled for a last-minute payment (`checkout/check_order.py`).
"""
NOT_JOINED_AFTER: Final = (timedelta(hours=1), timedelta(hours=12))
"""Delays after the payment at which a customer who has not joined may be reminded.

Only one reminder is sent: at the second time if the channel was not ready at the first. The first invite link is still
valid then. No reminder is sent at night: see `Announce`.
"""


Consequences = Sequence[JobPayload | Job]
"""Jobs that one function returns for an event."""

E = TypeVar("E", bound=DomainEvent)
R = TypeVar("R")


class OfOrder(Protocol):
    """Protocol of events about an order."""

    @property
    def order_id(self) -> OrderId: ...


class OfChannel(Protocol):
    """Protocol of events about a channel."""

    @property
    def channel_id(self) -> ChannelId: ...


class OfChat(OfChannel, Protocol):
    """Protocol of events about a channel that state whether the channel is a shared chat."""

    @property
    def is_shared_chat(self) -> bool: ...


# Functions that return the jobs that execute work.


def apply_payment_event(event: events.WebhookStored) -> Consequences:
    return [replace(jobs.ApplyPaymentEvent(inbox_id=event.inbox_id).job(), cause=event.cause)]


def close_checkouts(event: OfOrder) -> Consequences:
    """Close the order's checkouts, so that it can't be paid again."""
    return [jobs.CloseCheckouts(order_id=event.order_id)]


def retire_pages(event: OfOrder) -> Consequences:
    return [jobs.RetirePages(order_id=event.order_id)]


def return_part(event: events.PartGivenUp) -> Consequences:
    return [jobs.ReturnPayment(payment_id=event.payment_id)]


def refund(event: events.RefundWanted) -> Consequences:
    return [jobs.RefundPayment(payment_id=event.payment_id, minor=event.minor, key=event.key)]


def change_renewals(event: events.RenewalChangeWanted) -> Consequences:
    return [jobs.ChangeRenewals(subscription_id=event.subscription_id, change=event.change, key=event.key)]


def settle_flagged(event: events.PaymentFlagged) -> Consequences:
    """Queue the refund of a payment under review, or raise the payment's alarm. If the payment is refunded
    automatically, the alarm is raised when the refund succeeds or fails.
    """
    job_payloads: list[JobPayload] = []
    if event.returns or event.subscription_ref:
        job_payloads.append(jobs.ReturnPayment(payment_id=event.payment_id, subscription_ref=event.subscription_ref))
    if not event.returns:
        facts = {"order": short_reference(event.order_id), "customer": str(event.customer_id)}
        job_payloads.append(
            jobs.RaiseAlarm(key=f"payment:{event.payment_id}", kind=event.reason, facts=facts, at=event.at)
        )
    return job_payloads


def stop_billing(event: events.BillingToStop) -> Consequences:
    return [jobs.StopBilling(subscription_id=event.subscription_id)]


def pause_billing(event: events.BillingSyncDue) -> Consequences:
    return [jobs.PauseBilling(subscription_id=event.subscription_id, since=event.rest_start)]


def sync_prices(event: events.PlanChanged) -> Consequences:
    return [jobs.SyncPlanPrices(plan_id=event.plan_id)]


def narrow_plan(event: events.PlanNarrowed) -> Consequences:
    return [jobs.NarrowPlan(plan_id=event.plan_id, removed=event.lost_resources)]


def open_plan(event: events.PlanOpened) -> Consequences:
    return [jobs.OpenPlan(plan_id=event.plan_id, added=event.new_resources)]


def assign_channel(event: OfChannel) -> Consequences:
    return [jobs.AssignChannel(channel_id=event.channel_id)]


def see_to_channel(event: events.ChannelOutdated) -> Consequences:
    """Queue an update of an outdated channel, with at most one waiting job per channel."""
    return [jobs.AssignChannel(channel_id=event.channel_id).keyed_job(event.channel_id)]


def prepare_entry(event: OfChat) -> Consequences:
    """Queue the work of the userbot account on a personal channel. Nothing is queued for a shared chat, in which the
    bot creates the invite links.
    """
    return [] if event.is_shared_chat else assign_channel(event)


def tend_channel(event: events.ChannelAssigned) -> Consequences:
    return [jobs.TendChannel(account_id=event.account_id, channel_id=event.channel_id, awaited=event.is_awaited)]


def look_at_double(event: events.ChannelDoubled) -> Consequences:
    return [jobs.TendChannel(account_id=event.account_id, channel_id=event.channel_id, look=True)]


def replace_channel(event: events.ChannelMissed) -> Consequences:
    return [jobs.ReplaceChannel(channel_id=event.channel_id)]


def deliver_missed(event: events.ChannelMended) -> Consequences:
    return [jobs.DeliverMissed(channel_id=event.channel_id)]


def end_access(event: events.AccessEnding) -> Consequences:
    removal = jobs.RemovePerson(access_id=event.access_id)
    return [removal] if event.is_shared_chat else [removal, *assign_channel(event)]


def begin_vip_entry(event: events.VipEntryBegun) -> Consequences:
    """Show the customer the current entry step, and request the invite link.

    Without entry steps, only the link is requested, and the customer is notified when it is ready. A step that the
    payment's message already shows is not sent again. At the third step the link is checked too, because it may have
    expired while the plan was paused.
    """
    channel_id = event.chat_link.channel_id if event.chat_link is not None else None
    link = jobs.TendVipEntry(customer_id=event.customer_id, channel_id=channel_id)
    if event.stage is None:
        return [link]
    if event.is_told:
        return []
    entry = _entry(event, f"{event.cause}:{event.stage}")
    return [entry, link] if event.stage == THIRD_STAGE else [entry]


def renew_vip_link(event: events.VipLinkOutdated) -> Consequences:
    """Queue the renewal of a customer's links to a chat, at most one waiting job at a time."""
    tend = jobs.TendVipEntry(
        customer_id=event.customer_id, upkeep=event.upkeep, channel_id=event.channel_id, also=event.other_channels
    )
    return [tend.keyed_job(":".join([tend.who, *(["upkeep"] if tend.upkeep else []), *map(str, tend.also)]))]


def fan_out(event: events.PostAccepted) -> Consequences:
    job = jobs.FanOutPost(post_id=event.post_id)
    return [job if event.publish_at is None else job.delayed_job(event.publish_at, f"publish:{event.post_id}")]


def fan_out_again(event: events.PostChanged) -> Consequences:
    return [jobs.FanOutPost(post_id=event.post_id, first=False)]


def deliver_post(event: events.DeliveryDue) -> Consequences:
    return [jobs.DeliverPost(delivery_id=event.delivery_id, deleted=event.is_deletion, refusal=event.refusal)]


def delete_post(event: events.DeletionDue) -> Consequences:
    return [jobs.TendChannel(account_id=event.account_id, channel_id=event.channel_id, delete_post=event.delivery_id)]


# Functions that return messages to customers and owners.


def raise_alarm(event: events.AlarmRaised) -> Consequences:
    return [jobs.RaiseAlarm(key=event.key, kind=event.kind, facts=dict(event.facts), at=event.at)]


def notify_payment(event: events.PaymentReceived) -> Consequences:
    kind = MessageKind.RENEWED if event.is_renewal else MessageKind.PAYMENT_RECEIVED
    kind = MessageKind.RECOVERED if event.recovers else kind
    kind = MessageKind.CHANGE_PAID if event.settles_change else kind
    return [_announce(kind, event.customer_id, event.payment_id)]


def notify_flagged(event: events.PaymentFlagged) -> Consequences:
    return [_announce(MessageKind.PAYMENT_FLAGGED, event.customer_id, event.payment_id)]


def notify_part(event: events.PartReceived) -> Consequences:
    return [_announce(MessageKind.PART_RECEIVED, event.customer_id, event.payment_id)]


def notify_refund(event: events.PaymentRefunded) -> Consequences:
    return [_announce(MessageKind.REFUNDED, event.customer_id, event.refund_id)]


def notify_withdrawal(event: events.ContractWithdrawn) -> Consequences:
    return [_announce(MessageKind.WITHDRAWN, event.customer_id, event.withdrawal_id)]


def notify_failed_charge(event: events.PaymentFailed) -> Consequences:
    key = f"{event.subscription_id}:{event.period_end.isoformat()}"
    kind = MessageKind.CONFIRM_CHARGE if event.confirm else MessageKind.PAYMENT_FAILED
    return [_announce(kind, event.customer_id, event.subscription_id, key)]


def notify_failed_checkout(event: events.CheckoutFailed) -> Consequences:
    key = f"{event.order_id}:{event.number}"
    return [_announce(MessageKind.CHECKOUT_FAILED, event.customer_id, event.order_id, key)]


def notify_abandoned(event: events.OrderExpired) -> Consequences:
    nudge = _announce(MessageKind.ABANDONED, event.customer_id, event.order_id)
    return [nudge.delayed_job(event.at + ABANDONED_AFTER, event.order_id)]


def remind_to_join(event: events.OrderPaid) -> Consequences:
    nudge = _announce(MessageKind.NOT_JOINED, event.customer_id, event.order_id)
    moments = [event.at + duration for duration in NOT_JOINED_AFTER]
    return [nudge.delayed_job(moment, f"{nudge.key}:{moment.isoformat()}") for moment in moments]


def notify_canceled(event: events.SubscriptionCanceled) -> Consequences:
    return [_announce(MessageKind.CANCELED, event.customer_id, event.subscription_id, dated_key(event))]


def notify_cancellation_undone(event: events.CancellationUndone) -> Consequences:
    return [_announce(MessageKind.CANCEL_UNDONE, event.customer_id, event.subscription_id, dated_key(event))]


def notify_given_up(event: events.ChargeGivenUp) -> Consequences:
    """Announce the end of a subscription whose refund or lost dispute had left it open because a charge was under
    way.
    """
    return [_announce(MessageKind.EXPIRED, event.customer_id, event.subscription_id)]


def notify_expired(event: events.SubscriptionExpired) -> Consequences:
    """Announce the end of a subscription. An end because of a refund or lost dispute has its own message and is not
    announced here.
    """
    if event.reason not in {PERIOD_OVER, REMOVED}:
        return []
    return [_announce(MessageKind.EXPIRED, event.customer_id, event.subscription_id)]


def notify_paused(event: events.SubscriptionPaused) -> Consequences:
    """Announce a pause. A pause for a ban is not announced, because the message about the ban mentions the pause."""
    if event.reason == BAN:
        return []
    kind = _PAUSED_FOR.get(event.reason, MessageKind.PAUSED)
    return [_announce(kind, event.customer_id, event.subscription_id, dated_key(event))]


def notify_resumed(event: events.SubscriptionResumed) -> Consequences:
    kind = MessageKind.DISPUTE_WON if event.reason == DISPUTE else MessageKind.RESUMED
    return [_announce(kind, event.customer_id, event.subscription_id, dated_key(event))]


def notify_dispute_lost(event: events.DisputeLost) -> Consequences:
    key = str(event.dispute_id)
    return [_announce(MessageKind.DISPUTE_LOST, event.customer_id, event.subscription_id, key)]


def notify_switched(event: events.PlanSwitched) -> Consequences:
    return [_announce(MessageKind.PLAN_SWITCHED, event.customer_id, event.change_id)]


def notify_switch_planned(event: events.PlanSwitchPlanned) -> Consequences:
    return [_announce(MessageKind.PLAN_SWITCH_PLANNED, event.customer_id, event.subscription_id, dated_key(event))]


def notify_switch_dropped(event: events.PlanSwitchDropped) -> Consequences:
    return [_announce(MessageKind.PLAN_SWITCH_DROPPED, event.customer_id, event.subscription_id, dated_key(event))]


def notify_access_moved(event: events.AccessMoved) -> Consequences:
    return [_announce(MessageKind.ACCESS_MOVED, event.customer_id, event.subscription_id, event.key)]


def notify_waiting_time(event: events.WaitingTimeBegan) -> Consequences:
    return [_announce(MessageKind.WAITING_TIME_BEGAN, event.customer_id, event.subscription_id, event.key)]


def remind(event: events.ReminderDue) -> Consequences:
    return [_announce(event.kind, event.customer_id, event.subscription_id, event.key)]


def invite(event: events.InviteReady) -> Consequences:
    return [_announce(MessageKind.INVITE_READY, event.customer_id, event.invite_id)]


def invite_again(event: events.InviteAskedAgain) -> Consequences:
    return [_announce(MessageKind.INVITE_READY, event.customer_id, event.invite_id, event.key)]


def hand_over(event: events.ContentOpened) -> Consequences:
    return [_announce(MessageKind.CONTENT, event.customer_id, event.resource_id, event.key)]


def notify_joined(event: events.CustomerJoined) -> Consequences:
    key = f"{event.access_id}:{event.at.isoformat()}"
    return [_announce(MessageKind.JOINED, event.customer_id, event.access_id, key)]


def notify_hindrance(event: events.CustomerHindered) -> Consequences:
    key = f"{event.access_id}:{event.reason}:{event.last_inside.isoformat() if event.last_inside else '-'}"
    return [_announce(MessageKind.ACTION_REQUIRED, event.customer_id, event.access_id, key)]


def sync_ban(event: events.AccessBanned | events.BanLifted) -> Consequences:
    return [jobs.SyncBan(access_id=event.access_id, key=f"{event.access_id}:{event.at.isoformat()}")]


def sync_hold(event: events.HoldOutdated) -> Consequences:
    return [jobs.SyncHold(subscription_id=event.subscription_id)]


def notify_banned(event: events.CustomerBanned) -> Consequences:
    return [_announce(MessageKind.BANNED, event.customer_id, event.access_id, event.key)]


def notify_again(event: events.CustomerCameBack) -> Consequences:
    return [_announce(event.kind, event.customer_id, event.subject, event.key)]


def notify_replaced(event: events.ChannelReplaced) -> Consequences:
    return [_announce(MessageKind.CHANNEL_REPLACED, event.customer_id, event.channel_id)]


def notify_delayed(event: events.ChannelDelayed) -> Consequences:
    return [_announce(MessageKind.PROVISIONING_DELAYED, event.customer_id, event.channel_id)]


def notify_entry_delayed(event: events.EntryDelayed) -> Consequences:
    return [_announce(MessageKind.ENTRY_DELAYED, event.customer_id, event.subscription_id, event.key)]


def notify_stranger_removed(event: events.StrangerRemoved) -> Consequences:
    return [_announce(MessageKind.STRANGER_REMOVED, event.customer_id, event.channel_id, event.key)]


def notify_new_terms(event: events.TermsChanged) -> Consequences:
    key = f"{event.version}:{event.customer_id}"
    return [_announce(MessageKind.TERMS_CHANGED, event.customer_id, event.customer_id, key)]


def notify_erasure_held(event: events.ErasureHeld) -> Consequences:
    return [_announce(MessageKind.ERASURE_HELD, event.customer_id, event.customer_id, event.key)]


def notify_colleague(event: events.ColleagueConfirmed) -> Consequences:
    return [_announce(MessageKind.COLLEAGUE_CONFIRMED, event.customer_id, event.customer_id, str(event.invitation_id))]


def notify_second_factor_locked(event: events.SecondFactorLocked) -> Consequences:
    return [_announce(MessageKind.SECOND_FACTOR_LOCKED, event.customer_id, event.customer_id, event.key)]


def show_vip_link(event: events.VipInviteReady) -> Consequences:
    return [_entry(event, str(event.invite_id))]


def show_vip_entry_again(event: events.VipEntryAskedAgain) -> Consequences:
    return [_entry(event, event.key)]


def _entry(event: events.VipEntryBegun | events.VipInviteReady | events.VipEntryAskedAgain, key: str) -> jobs.Announce:
    """Return the message that shows a customer's entry step. Its key includes the access, because one cause can start
    the entry to several chats.
    """
    if event.chat_link is None:
        return _announce(MessageKind.VIP_ENTRY, event.customer_id, event.customer_id, key)
    access_id = event.chat_link.access_id
    return _announce(MessageKind.VIP_ENTRY, event.customer_id, access_id, f"{key}:{access_id}")


_PAUSED_FOR: Final = {DISPUTE: MessageKind.DISPUTE_OPENED, STAFF: MessageKind.SUSPENDED}


class WithDate(Protocol):
    @property
    def subscription_id(self) -> SubscriptionId: ...
    @property
    def at(self) -> datetime: ...


def dated_key(event: WithDate) -> str:
    """Return a message key for an event that can happen to a subscription more than once."""
    return f"{event.subscription_id}:{event.at.isoformat()}"


def _announce(kind: str, customer: CustomerId, subject: UUID, key: str | None = None) -> jobs.Announce:
    return jobs.Announce(kind=kind, customer_id=customer, subject=subject, key=key or str(subject))


@dataclass(frozen=True)
class Row(Generic[R]):
    """Row of the job table or the webhook table. `answers`: function that calls the row's handlers in order and returns
    their results.
    """

    event: type[DomainEvent]
    answers: Callable[[DomainEvent], Sequence[R]]


def on(kind: type[E], *handlers: Callable[[E], R]) -> Row[R]:
    """Build the row of an event from handlers that accept the event or a supertype of the event."""

    def answers(event: DomainEvent) -> Sequence[R]:
        if not isinstance(event, kind):
            raise TypeError(f"the row of {kind.__name__} takes no {type(event).__name__}")
        return [handler(event) for handler in handlers]

    return Row(kind, answers)


def _table(*rows: Row[R]) -> Mapping[type[DomainEvent], Row[R]]:
    return {row.event: row for row in rows}


ROUTES: Final[Mapping[type[DomainEvent], Row[Consequences]]] = _table(
    on(events.WebhookStored, apply_payment_event),
    on(events.PaymentReceived, notify_payment),
    on(events.PaidForAnother),
    on(events.HandedOver),
    on(events.HandoverHeld),
    on(events.HandoverReturned),
    on(events.HandoverRevoked),
    on(events.PartReceived, notify_part),
    on(events.CheckoutFailed, notify_failed_checkout),
    on(events.PaymentFlagged, notify_flagged, close_checkouts, settle_flagged),
    on(events.PaymentFailed, notify_failed_charge),
    on(events.SubscriptionCanceled, notify_canceled),
    on(events.CancellationUndone, notify_cancellation_undone),
    on(events.SubscriptionExpired, notify_expired),
    on(events.ChargeGivenUp, notify_given_up),
    on(events.PlanSwitched, notify_switched),
    on(events.PlanSwitchPlanned, notify_switch_planned),
    on(events.PlanSwitchDropped, notify_switch_dropped),
    on(events.SubscriptionPaused, notify_paused),
    on(events.SubscriptionResumed, notify_resumed),
    on(events.BillingSyncDue, pause_billing),
    on(events.BillingToStop, stop_billing),
    on(events.PaymentRefunded, notify_refund),
    on(events.DisputeLost, notify_dispute_lost),
    on(events.ContractWithdrawn, notify_withdrawal),
    on(events.TermsChanged, notify_new_terms),
    # The core has no job for these events, but features add jobs. The events stay valid if the feature's folder is
    # deleted.
    on(events.CodeActivated),
    on(events.PaymentBalanceChanged),
    on(events.BroughtCustomerPaid),
    on(events.BroughtPaymentReversed),
    on(events.AccessMoved, notify_access_moved),
    on(events.WaitingTimeBegan, notify_waiting_time),
    on(events.RefundWanted, refund),
    # This event is routed only by features.
    on(events.DisputeBegun),
    on(events.RenewalChangeWanted, change_renewals),
    on(events.ReminderDue, remind),
    on(events.AccessRequested, prepare_entry),
    on(events.ChannelAssigned, tend_channel),
    on(events.InviteReady, invite),
    on(events.CustomerJoined, notify_joined, prepare_entry),
    on(events.CustomerHindered, notify_hindrance),
    on(events.AccessBanned, sync_ban),
    on(events.BanLifted, sync_ban),
    on(events.HoldOutdated, sync_hold),
    on(events.CustomerBanned, notify_banned),
    on(events.CustomerCameBack, notify_again),
    on(events.ChannelOutdated, see_to_channel),
    on(events.ChannelDoubled, look_at_double),
    on(events.ChannelMissed, replace_channel),
    on(events.ChannelReplaced, notify_replaced),
    on(events.ChannelMended, deliver_missed),
    on(events.ChannelDelayed, notify_delayed),
    on(events.EntryDelayed, notify_entry_delayed),
    on(events.StrangerRemoved, notify_stranger_removed),
    on(events.ErasureHeld, notify_erasure_held),
    on(events.ColleagueConfirmed, notify_colleague),
    on(events.SecondFactorLocked, notify_second_factor_locked),
    on(events.InviteAskedAgain, invite_again),
    on(events.ContentOpened, hand_over),
    on(events.AccessEnding, end_access),
    on(events.VipEntryBegun, begin_vip_entry),
    on(events.VipInviteReady, show_vip_link),
    on(events.VipEntryAskedAgain, show_vip_entry_again),
    on(events.VipLinkOutdated, renew_vip_link),
    on(events.PlanChanged, sync_prices),
    on(events.PlanNarrowed, narrow_plan),
    on(events.PlanOpened, open_plan),
    on(events.PostAccepted, fan_out),
    on(events.PostChanged, fan_out_again),
    on(events.DeliveryDue, deliver_post),
    on(events.DeletionDue, delete_post),
    on(events.OrderPaid, close_checkouts, remind_to_join),
    on(events.PageOpenedLate, close_checkouts),
    on(events.PartGivenUp, return_part),
    on(events.PagesExpired, retire_pages),
    on(events.OrderExpired, retire_pages, notify_abandoned),
    on(events.AlarmRaised, raise_alarm),
)


@cache
def routes(features: frozenset[str] | None = None) -> Mapping[type[DomainEvent], Row[Consequences]]:
    """Return the rows of the core, of each package's module `events` and of the features, keyed by event. `features`:
    names of the features to include; None includes every installed feature.
    """
    brought = [
        _of_feature(name, row)
        for name in declared_by("events", "EVENTS")
        if features is None or name in features
        for row in _rows_of(name)
    ]
    # The routes of a feature whose module cannot be imported are unknown, so every event is kept for it.
    whole = with_more(ROUTES, [*of_rooms("events", "EVENTS"), *brought])
    kept = [_kept_for(name, kind) for name in sorted(without_module("events") & (features or set())) for kind in whole]
    return with_more(whole, kept)


def with_more(
    routes: Mapping[type[DomainEvent], Row[Consequences]], more: Iterable[Row[Consequences]]
) -> Mapping[type[DomainEvent], Row[Consequences]]:
    """Return `routes` extended by `more`. If an event then has several rows, the jobs of the added rows come last."""
    joined = dict(routes)
    for row in more:
        before = joined.get(row.event)
        joined[row.event] = row if before is None else _joined(before, row)
    return joined


def _joined(first: Row[R], second: Row[R]) -> Row[R]:
    return Row(first.event, lambda event: [*first.answers(event), *second.answers(event)])


def _rows_of(feature: str) -> Sequence[Row[Consequences]]:
    """Return the rows that a feature declares. Entries of the wrong type are reported and left out."""
    found = list[Row[Consequences]]()
    for row in declared_by("events", "EVENTS").get(feature, ()):
        with contained(feature, "events", lasts=True):
            if not isinstance(row, Row):
                raise TypeError("a member of EVENTS is no row; use `on`")
            found.append(row)
    return found


def _of_feature(feature: str, row: Row[Consequences]) -> Row[Consequences]:
    """Wrap the row of a feature, so that a failure of the row does not prevent the commit. After a failure, the event
    is stored in a job that repeats the routing until it succeeds or staff handle the job.
    """

    def answers(event: DomainEvent) -> Sequence[Consequences]:
        with contained(feature, f"events: {type(event).__name__}"):
            return [_as_jobs(row.answers(event))]
        return [_kept(feature, event)]

    return Row(row.event, answers)


def _kept_for(feature: str, kind: type[DomainEvent]) -> Row[Consequences]:
    return Row(kind, lambda event: [_kept(feature, event)])


def _kept(feature: str, event: DomainEvent) -> Sequence[jobs.RouteEvent]:
    """Return the jobs that route an event later: one job, or none if the fields of the event cannot be stored."""
    with contained(feature_of(type(event)) or feature, f"kept event: {type(event).__name__}"):
        facts = TypeAdapter(type(event)).dump_python(event, mode="json")
        return [jobs.RouteEvent(feature=feature, event=event.stored_name(), facts=facts)]
    return []


def jobs_for(event: DomainEvent, features: frozenset[str] | None = None) -> Sequence[Job]:
    """Return the jobs that result from `event`. `features`: see `routes`.

    Raises KeyError for an event without a row. A test checks that the core has a row for each event of the domain. An
    event that a feature declares is kept while the feature's module `events` cannot be imported.
    """
    row, owner = routes(features).get(type(event)), feature_of(type(event))
    if row is None and owner in without_module("events"):
        return _as_jobs([_kept(owner, event)])
    return _as_jobs((row or routes(features)[type(event)]).answers(event))


def jobs_kept(job: jobs.RouteEvent) -> Sequence[Job]:
    """Return the jobs of a feature that result from an event that was stored because the feature failed. Raises
    Permanent for an event or a feature that is not installed, and the errors of the feature.
    """
    if job.feature in without_module("events"):
        raise Permanent(f"the events of the feature {job.feature} cannot be imported")
    kinds = [each for each in routes() if each.stored_name() == job.event]
    if not kinds or job.feature not in found_features().packages:
        raise Permanent(f"the feature {job.feature} or the event {job.event} is not installed")
    # Two features may give their events the same name.
    rows = [row for row in _rows_of(job.feature) if row.event in kinds]
    with named(job.feature, f"events: {job.event}"):
        events_kept = [(row, TypeAdapter(row.event).validate_python(job.facts)) for row in rows]
        return [each for row, event in events_kept for each in _as_jobs(row.answers(event))]


def _as_jobs(answers: Sequence[Consequences]) -> Sequence[Job]:
    return [each if isinstance(each, Job) else each.job() for part in answers for each in part]


# Webhook events.


@cache
def published() -> Mapping[type[DomainEvent], Row[WebhookEvent]]:
    """Return the rows that convert domain events to webhook events, which features declare as `WEBHOOK_EVENTS` in their
    module `events`.

    If several features declare a row for an event, the first one counts: features that are folders come before those of
    other packages.
    """
    found = dict[type[DomainEvent], Row[WebhookEvent]]()
    for name, rows in declared_by("events", "WEBHOOK_EVENTS").items():
        for row in rows:
            if isinstance(row, Row):
                found.setdefault(row.event, _contained_row(name, row))
    return found


def _contained_row(feature: str, row: Row[WebhookEvent]) -> Row[WebhookEvent]:
    """Wrap a row of a feature, so that the row publishes nothing if the feature fails and the event is
    still committed.
    """

    def answers(event: DomainEvent) -> Sequence[WebhookEvent]:
        with contained(feature, f"webhook event: {type(event).__name__}"):
            return row.answers(event)
        return []

    return Row(row.event, answers)


def webhook_event_of(event: DomainEvent) -> WebhookEvent | None:
    """Return the webhook event for a domain event. Return None if the event is not published."""
    row = published().get(type(event))
    return None if row is None else next(iter(row.answers(event)), None)
