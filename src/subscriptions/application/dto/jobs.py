"""The wire contract between processes: every job's name and payload, with its version.

A payload only ever gains optional fields, so that a worker of the previous version can read it and the other way round.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.entities import notification
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    AppPressId,
    BroadcastId,
    ChannelId,
    CustomerId,
    DeliveryId,
    InboxId,
    OrderId,
    PaymentId,
    PickId,
    PlanId,
    SubscriptionId,
    TelegramId,
)
from subscriptions.domain.ports.job_queue import Job, Priority


class ApplyPaymentEvent(JobPayload):
    """Apply one inbox entry."""

    name = "core.apply_payment_event"
    priority = Priority.HIGH
    inbox_id: InboxId


class AskSubscription(JobPayload):
    """Ask the provider how a subscription stands, and take that over: what changed there may never be told."""

    name = "core.ask_subscription"
    subscription_id: SubscriptionId


class AskListed(JobPayload):
    """The same about all subscriptions that a provider lists, by the page."""

    name = "core.ask_listed"
    provider: str


class CheckSubscription(JobPayload):
    """A period is over: ask the provider, then renew or end."""

    name = "core.check_subscription"
    goes_by_time = True
    subscription_id: SubscriptionId


class AskUnpaid(JobPayload):
    """A charge failed: ask the provider whether it went through since, and its event got lost."""

    name = "core.ask_unpaid"
    goes_by_time = True
    subscription_id: SubscriptionId


class StopBilling(JobPayload):
    """Tell the provider to charge no more, at once."""

    name = "core.stop_billing"
    subscription_id: SubscriptionId


class HoldCharges(JobPayload):
    """Have a provider charge nothing while a customer is kept out, and again once they are not. since: when that began,
    where it is over."""

    name = "core.hold_charges"
    subscription_id: SubscriptionId
    since: datetime | None = None


class Remind(JobPayload):
    """See what is to be said about a subscription now, and when to look again."""

    name = "core.remind"
    goes_by_time = True
    priority = Priority.LOW
    subscription_id: SubscriptionId


class MoveCharge(JobPayload):
    """Have the provider charge later whoever has time in advance."""

    name = "core.move_charge"
    goes_by_time = True
    subscription_id: SubscriptionId


class CheckOrder(JobPayload):
    """Ask the provider what became of an order's checkouts: no webhook may ever come."""

    name = "core.check_order"
    priority = Priority.HIGH
    order_id: OrderId


class SyncPlanPrices(JobPayload):
    """Give a plan its price object at every provider that keeps such, so that it can be bought."""

    name = "core.sync_plan_prices"
    plan_id: PlanId


class LookInside(JobPayload):
    """Ask who of its customers is inside a shared chat, so many at a time. after: the last access asked about.
    customer_id: of one customer alone."""

    name = "bot.look_inside"
    priority = Priority.LOW
    channel_id: ChannelId
    after: UUID | None = None
    customer_id: CustomerId | None = None


class OpenTopics(JobPayload):
    """Make the topics of the plans that open a group."""

    name = "bot.open_topics"
    channel_id: ChannelId


class OpenPlan(JobPayload):
    """Let whoever has a plan into what it opens since it was changed. added: soft ids of resources. after: the
    subscription behind which to go on."""

    name = "core.open_plan"
    plan_id: PlanId
    added: tuple[str, ...]
    after: UUID | None = None


class NarrowPlan(JobPayload):
    """Put whoever has a plan out of what it opens no longer. removed: soft ids of resources. after: as of OpenPlan."""

    name = "core.narrow_plan"
    plan_id: PlanId
    removed: tuple[str, ...]
    after: UUID | None = None


class CloseCheckouts(JobPayload):
    """See to it that nothing more can be paid for what an order was about."""

    name = "core.close_checkouts"
    priority = Priority.HIGH
    order_id: OrderId


class RetirePages(JobPayload):
    """Have the messages that lead to an order's dead pages say so, and lead to a new one."""

    name = "bot.retire_pages"
    order_id: OrderId


class ReturnPayment(JobPayload):
    """Give a second capture back, and end the second subscription that came with it (empty where none did)."""

    name = "core.return_payment"
    payment_id: PaymentId
    subscription_ref: str = ""


class RefundPayment(JobPayload):
    """Give money back, as staff wants it. minor: of the payment's currency; key: of the wish, which is done once."""

    name = "core.refund_payment"
    payment_id: PaymentId
    minor: int
    key: str


class ChangeRenewals(JobPayload):
    """Cancel, keep, pause or resume renewals at the provider, as staff wants it. change: which; key: of the wish."""

    name = "core.change_renewals"
    subscription_id: SubscriptionId
    change: str
    key: str


class WatchAccess(JobPayload):
    """Look whether somebody who paid has a way in by now."""

    name = "core.watch_access"
    access_id: AccessId


class WatchDispute(JobPayload):
    """Ask what became of a dispute, by its provider's name of it."""

    name = "core.watch_dispute"
    provider: str
    dispute_key: str


class OfferEvidence(JobPayload):
    """Ask by when a dispute is to be answered, and tell the owners."""

    name = "core.offer_evidence"
    dispute_id: UUID


class RemindEvidence(JobPayload):
    """See whether a dispute was answered, while there is time."""

    name = "core.remind_evidence"
    dispute_id: UUID


class SubmitEvidence(JobPayload):
    """Answer a dispute with what is on record."""

    name = "core.submit_evidence"
    dispute_id: UUID


class CheckWebhooks(JobPayload):
    """Ask a provider where it sends its webhooks."""

    name = "core.check_webhooks"
    provider: str


class AskResults(JobPayload):
    """Ask the source of results how events of tips ended."""

    name = "core.ask_results"


class Reconcile(JobPayload):
    """Compare what others say with our books, and tell the owners. key: of the wish."""

    name = "core.reconcile"
    key: str


class AskEvents(JobPayload):
    """Ask a provider what happened there since it was asked last."""

    name = "core.ask_events"
    provider: str


class Announce(JobPayload):
    """Tell a customer something once. subject: the id of what it is about; its meaning depends on kind."""

    name = "bot.announce"
    kind: str
    customer_id: CustomerId
    subject: UUID
    key: str

    def urgency(self) -> Priority:
        """Who waits to get in hears first; what is only coming can wait."""
        if self.kind in notification.AWAITED_KINDS:
            return Priority.HIGH
        return Priority.LOW if self.kind in notification.REMINDERS else self.priority


class RaiseAlarm(JobPayload):
    """Tell the owners once that something needs a person. at: when that was seen; what closed since stays so."""

    name = "bot.alarm"
    priority = Priority.HIGH
    key: str
    kind: str
    facts: dict[str, str]
    at: datetime | None = None


class HandleUpdates(JobPayload):
    """Work on the waiting updates of one chat with one bot. known: False in an earlier version's job for a newcomer."""

    name = "bot.updates"
    bot_id: int
    chat_key: int
    known: bool = True

    def urgency(self) -> Priority:
        """Who is known waits behind no crowd."""
        return Priority.HIGH if self.known else self.priority


class HandleNewcomerUpdates(JobPayload):
    """Work on the waiting updates of a newcomer's chat. A kind of its own: a crowd of them never takes all the places
    of a process."""

    name = "bot.newcomer_updates"
    bot_id: int
    chat_key: int


class AnswerPress(JobPayload):
    """Answer a press in the Mini App as it would be answered in the chat. platform: the app it was made in, as the page
    tells; empty where it does not."""

    name = "bot.answer_press"
    priority = Priority.HIGH
    press_id: AppPressId
    platform: str = ""


class FanOutPick(JobPayload):
    """Plan the deliveries of a pick, or bring the existing ones up to date. first: it is new; otherwise it was edited
    or withdrawn, and reaches only the channels it was meant for."""

    name = "bot.fan_out_pick"
    pick_id: PickId
    first: bool = True


class DeliverPick(JobPayload):
    """Bring one channel to what the pick says now. deleted: the account that owns it has deleted the pick; refusal: why
    that account could not."""

    name = "bot.deliver_pick"
    delivery_id: DeliveryId
    deleted: bool = False
    refusal: str = ""


class SendBroadcast(JobPayload):
    """Go on with a broadcast for a while."""

    name = "bot.send_broadcast"
    priority = Priority.LOW
    broadcast_id: BroadcastId


class PostPublicly(JobPayload):
    """Post what was written down for the public channel of a plan."""

    name = "bot.post_publicly"
    plan_id: PlanId
    kind: str
    subject: str


class ReplaceChannel(JobPayload):
    """Look whether the bot, too, misses a channel that its account says is gone, and have another one made.

    rehome: the channel is there, and its account lost for good. again: the bot missed it a while ago.
    """

    name = "bot.replace_channel"
    priority = Priority.HIGH
    channel_id: ChannelId
    rehome: bool = False
    again: bool = False


class DeliverMissed(JobPayload):
    """Send the picks that a channel did not get, now that it can."""

    name = "bot.deliver_missed"
    channel_id: ChannelId


class TendVipEntry(JobPayload):
    """Revoke what has served of a customer's links into a shared chat, make one they lack. upkeep: only revoke.
    channel_id: which chat; None for the VIP channel. also: others whose links are handed over in the same message.
    """

    name = "bot.tend_vip_entry"
    priority = Priority.HIGH
    customer_id: CustomerId
    upkeep: bool = False
    channel_id: ChannelId | None = None
    also: tuple[UUID, ...] = ()

    @property
    def who(self) -> str:
        """Whose links into which chat: the end of the keys by which one such job waits at most."""
        return f"{self.customer_id}" if self.channel_id is None else f"{self.customer_id}:{self.channel_id}"


class FollowBan(JobPayload):
    """Bring the subscriptions that open a chat in line with whether their customer is banned from it. key: of the ban
    or its end."""

    name = "core.follow_ban"
    access_id: AccessId
    key: str


class FollowHold(JobPayload):
    """Bring one subscription in line with the bans of its customer, after what it opens has changed."""

    name = "core.follow_hold"
    subscription_id: SubscriptionId


class RemovePerson(JobPayload):
    """Put somebody out of a channel whose right has ended."""

    name = "bot.remove_person"
    goes_by_time = True
    access_id: AccessId


class RemoveStranger(JobPayload):
    """Put somebody out who has no business in a channel. link: another's, by which they came into the shared one."""

    name = "bot.remove_stranger"
    priority = Priority.HIGH
    channel_id: ChannelId
    telegram_id: TelegramId
    link: str = ""


class AssignChannel(JobPayload):
    """See to a channel: choose the account that owns it, then hand the work to that account."""

    name = "userbot.assign"
    priority = Priority.HIGH
    channel_id: ChannelId


class TendChannel(JobPayload):
    """Bring one channel to what is due, under the lease of the owning account, hence a name per account.

    upkeep: only put things away, make no link. look: see whether the account made the channel more than once. put_out:
    only put this person out, where the bot cannot. awaited: somebody who has paid waits for it. mend: see whether it is
    there, and as it was made. delete_post: only delete the post of this delivery, which the bot may not any more."""

    name = "userbot.acc"
    account_id: AccountId
    channel_id: ChannelId
    upkeep: bool = False
    look: bool = False
    put_out: TelegramId | None = None
    awaited: bool = True
    mend: bool = False
    delete_post: DeliveryId | None = None

    def urgency(self) -> Priority:
        """An account does one thing at a time: making comes before putting away."""
        if self.upkeep or self.look:
            return Priority.LOW
        return Priority.HIGH if self.awaited and self.put_out is None and self.delete_post is None else Priority.NORMAL

    def job(self) -> Job:
        """A row that only the holder of this account's lease takes."""
        return replace(super().job(), name=account_job_name(self.account_id))


ACCOUNT_JOBS: Final = "userbot.acc."
"""How the names of jobs begin that belong to one account."""


def account_job_name(account_id: int) -> str:
    """The entrypoint worked on by whoever holds the lease of this account."""
    return f"{ACCOUNT_JOBS}{account_id}"
