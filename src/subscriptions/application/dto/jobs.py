"""Contract between processes: the name, payload and version of every job. A payload may only be extended by optional
fields, so that workers of the previous and the next version can read it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.entities import notification
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    ChannelId,
    CustomerId,
    DeliveryId,
    InboxId,
    OrderId,
    PaymentId,
    PlanId,
    PostId,
    SubscriptionId,
    TelegramId,
)
from subscriptions.domain.ports.job_queue import Job, Priority


class ApplyPaymentEvent(JobPayload):
    """Job that applies one payment event stored in the inbox."""

    name = "core.apply_payment_event"
    priority = Priority.HIGH
    inbox_id: InboxId


class PollSubscription(JobPayload):
    """Job that syncs a subscription from its provider, in case the provider never reports a change by webhook."""

    name = "core.ask_subscription"
    subscription_id: SubscriptionId


RECEIPT: Final = "receipt"
"""Value of `RouteEvent.event` for a new receipt that a feature failed to process. Facts: the receipt's id."""
WEBHOOK_EVENTS: Final = "webhook_events"
"""Value of `RouteEvent.event` for webhook events that a feature failed to store. Facts: the events and their time."""


class RouteEvent(JobPayload):
    """Job that queues a feature's jobs for an event, if this failed when the event was committed. event: name of the
    event's class, RECEIPT or WEBHOOK_EVENTS. facts: fields of the event.
    """

    name = "core.route_event"
    feature: str
    event: str
    facts: Mapping[str, Any]


class PollListed(JobPayload):
    """Job that syncs all subscriptions that a provider lists, page by page."""

    name = "core.ask_listed"
    provider: str


class CheckSubscription(JobPayload):
    """Job that fetches a subscription from its provider at the end of a period, and renews or ends it."""

    name = "core.check_subscription"
    goes_by_time = True
    subscription_id: SubscriptionId


class CheckUnpaid(JobPayload):
    """Job that checks at the provider whether a failed charge has succeeded since then, in case the webhook was
    lost.
    """

    name = "core.ask_unpaid"
    goes_by_time = True
    subscription_id: SubscriptionId


class StopBilling(JobPayload):
    """Job that cancels the billing of a subscription at the provider at once."""

    name = "core.stop_billing"
    subscription_id: SubscriptionId


class PauseBilling(JobPayload):
    """Job that pauses billing while a customer has no access, and resumes it afterwards. `since`: start of a pause that
    has ended.
    """

    name = "core.hold_charges"
    subscription_id: SubscriptionId
    since: datetime | None = None


class Remind(JobPayload):
    """Job that sends the due reminder about a subscription, such as an upcoming charge, and schedules
    the next check.
    """

    name = "core.remind"
    goes_by_time = True
    priority = Priority.LOW
    subscription_id: SubscriptionId


class RescheduleCharge(JobPayload):
    """Job that reschedules billing at the provider for a customer with time paid in advance."""

    name = "core.move_charge"
    goes_by_time = True
    subscription_id: SubscriptionId


class CheckOrder(JobPayload):
    """Job that polls an order's checkouts at the provider, because a webhook may never arrive."""

    name = "core.check_order"
    priority = Priority.HIGH
    order_id: OrderId


class SyncPlanPrices(JobPayload):
    """Job that creates a plan's price objects at every provider that requires them, so that customers can buy
    the plan. `only_checks`: True to find out whether the providers would refuse the existing ones.
    """

    name = "core.sync_plan_prices"
    plan_id: PlanId
    only_checks: bool = False

    @classmethod
    def checks(cls, plan_id: PlanId) -> Job:
        """Return the job that checks a plan's price objects. At most one is queued for each plan."""
        return cls(plan_id=plan_id, only_checks=True).keyed_job(f"check:{plan_id}")


class LookInside(JobPayload):
    """Job that checks a page of a shared chat's customers at Telegram.

    after: access after which to continue; None begins with the first
    customer_id: customer to check; None checks all customers
    """

    name = "bot.look_inside"
    priority = Priority.LOW
    channel_id: ChannelId
    after: UUID | None = None
    customer_id: CustomerId | None = None


class CheckChat(JobPayload):
    """Job that fetches the state of a shared chat, in which the bot may have lost its rights."""

    name = "bot.check_chat"
    channel_id: ChannelId


class OpenTopics(JobPayload):
    """Job that creates the topics of the plans that include a group."""

    name = "bot.open_topics"
    channel_id: ChannelId


class OpenPlan(JobPayload):
    """Job that grants subscribers access to the resources added to their plan.

    added: slugs of the resources
    after: subscription after which to continue; None begins with the first
    """

    name = "core.open_plan"
    plan_id: PlanId
    added: tuple[str, ...]
    after: UUID | None = None


class NarrowPlan(JobPayload):
    """Job that ends subscribers' access to the resources removed from their plan.

    removed: slugs of the resources
    after: subscription after which to continue; None begins with the first
    """

    name = "core.narrow_plan"
    plan_id: PlanId
    removed: tuple[str, ...]
    after: UUID | None = None


class CloseCheckouts(JobPayload):
    """Job that closes an order's remaining checkouts, and those of the customer's other orders for the plan that are no
    longer open.
    """

    name = "core.close_checkouts"
    priority = Priority.HIGH
    order_id: OrderId


class RetirePages(JobPayload):
    """Job that updates the messages that link to an order's expired checkouts, so that they link to a new checkout."""

    name = "bot.retire_pages"
    order_id: OrderId


class ReturnPayment(JobPayload):
    """Job that refunds a duplicate payment, and ends the second provider subscription that was created with the
    payment. `subscription_ref`: that subscription; empty if there is none.
    """

    name = "core.return_payment"
    payment_id: PaymentId
    subscription_ref: str = ""


class RefundPayment(JobPayload):
    """Job that makes a refund requested by staff.

    minor: amount in minor units of the payment's currency
    key: id of the request, which is executed only once
    """

    name = "core.refund_payment"
    payment_id: PaymentId
    minor: int
    key: str


class ChangeRenewals(JobPayload):
    """Job that cancels, restores, pauses or resumes a subscription's renewals at the provider, as requested by staff.

    change: name of the change
    key: id of the request
    """

    name = "core.change_renewals"
    subscription_id: SubscriptionId
    change: str
    key: str


class WatchAccess(JobPayload):
    """Job that checks whether a paying customer can enter. If not, it alerts the owners, and returns the payment in the
    end.
    """

    name = "core.watch_access"
    goes_by_time = True
    access_id: AccessId


class WatchDispute(JobPayload):
    """Job that fetches the current state of a dispute, identified by the provider's id."""

    name = "core.watch_dispute"
    provider: str
    dispute_key: str


class CheckWebhooks(JobPayload):
    """Job that checks the webhook endpoints registered at a provider."""

    name = "core.check_webhooks"
    provider: str


class Reconcile(JobPayload):
    """Job that compares external records with the database and reports to the owners. `key`: id of the request."""

    name = "core.reconcile"
    key: str


class PollEvents(JobPayload):
    """Job that fetches the events that a provider recorded since the last fetch."""

    name = "core.ask_events"
    provider: str


class Announce(JobPayload):
    """Job that sends a customer a message once. `subject`: id of the object that the message is about. The type of the
    object depends on the kind of message.
    """

    name = "bot.announce"
    kind: str
    customer_id: CustomerId
    subject: UUID
    key: str

    def urgency(self) -> Priority:
        """Return a high priority for messages that customers wait for, and a low one for reminders."""
        if self.kind in notification.AWAITED_KINDS:
            return Priority.HIGH
        return Priority.LOW if self.kind in notification.REMINDERS else self.priority


class RaiseAlarm(JobPayload):
    """Job that alerts the owners once. `at`: time at which the cause was detected. An alarm that was closed after this
    time stays closed.
    """

    name = "bot.alarm"
    priority = Priority.HIGH
    key: str
    kind: str
    facts: dict[str, str]
    at: datetime | None = None


class HandleUpdates(JobPayload):
    """Job that handles the waiting updates of one chat with one bot. `known`: False for a new customer, only in jobs
    queued by an earlier version.
    """

    name = "bot.updates"
    bot_id: int
    chat_key: int
    known: bool = True

    def urgency(self) -> Priority:
        """Return a high priority for known customers, so that they do not wait behind many new customers."""
        return Priority.HIGH if self.known else self.priority


class HandleNewcomerUpdates(JobPayload):
    """Job that handles the waiting updates in a new customer's chat. It is a separate kind of job, so that many new
    customers never use all slots of a process.
    """

    name = "bot.newcomer_updates"
    bot_id: int
    chat_key: int


class FanOutPost(JobPayload):
    """Job that plans the deliveries of a post, or updates the existing deliveries.

    `first`: True for a new post; False after an edit or withdrawal, which affects only the channels of the first run.
    """

    name = "bot.fan_out_pick"
    post_id: PostId = Field(validation_alias="pick_id", serialization_alias="pick_id")
    first: bool = True


class DeliverPost(JobPayload):
    """Job that sends, edits or deletes a post in one channel to match the post's current state.

    deleted: True if the owning account deleted the post
    refusal: reason why the account could not delete the post
    """

    name = "bot.deliver_pick"
    delivery_id: DeliveryId
    deleted: bool = False
    refusal: str = ""


class ReplaceChannel(JobPayload):
    """Job that checks with the bot whether a channel that its account reported as gone no longer exists, and has the
    channel replaced.

    rehome: True if the channel exists but its account is permanently lost
    again: True if the bot also did not find the channel some time ago
    """

    name = "bot.replace_channel"
    priority = Priority.HIGH
    channel_id: ChannelId
    rehome: bool = False
    again: bool = False


class DeliverMissed(JobPayload):
    """Job that sends the posts that a channel missed, once the channel can receive them."""

    name = "bot.deliver_missed"
    channel_id: ChannelId


class TendVipEntry(JobPayload):
    """Job that revokes a customer's used invite links to a shared chat, and creates a link if one is needed.

    upkeep: True to only revoke links
    channel_id: the chat; None for the VIP channel
    also: other chats whose links are sent in the same message
    """

    name = "bot.tend_vip_entry"
    priority = Priority.HIGH
    customer_id: CustomerId
    upkeep: bool = False
    channel_id: ChannelId | None = None
    also: tuple[UUID, ...] = ()

    @property
    def who(self) -> str:
        """Return a text that identifies the customer and the chat, used in the key that prevents duplicate jobs."""
        return f"{self.customer_id}" if self.channel_id is None else f"{self.customer_id}:{self.channel_id}"


class SyncBan(JobPayload):
    """Job that pauses or resumes the subscriptions that include a chat, after a customer was banned from it or
    unbanned. `key`: id of the ban or of its end.
    """

    name = "core.follow_ban"
    access_id: AccessId
    key: str


class SyncHold(JobPayload):
    """Job that pauses or resumes one subscription to match its customer's bans, after the resources of its plan
    changed.
    """

    name = "core.follow_hold"
    subscription_id: SubscriptionId


class RemovePerson(JobPayload):
    """Job that removes a person from a channel after their access ended."""

    name = "bot.remove_person"
    goes_by_time = True
    access_id: AccessId


class RemoveStranger(JobPayload):
    """Job that removes a person without access from a channel. `link`: another customer's link by which the person
    joined a shared chat.
    """

    name = "bot.remove_stranger"
    priority = Priority.HIGH
    channel_id: ChannelId
    telegram_id: TelegramId
    link: str = ""


class EmptyOldChat(JobPayload):
    """Job that removes the remaining customers from a replaced chat, page by page. `after`: id of the last access of
    the previous page; None for the first page.
    """

    name = "bot.empty_old_chat"
    priority = Priority.LOW
    channel_id: ChannelId
    after: UUID | None = None


class AssignChannel(JobPayload):
    """Job that chooses the userbot account that is to own a channel, and queues the work for the account."""

    name = "userbot.assign"
    priority = Priority.HIGH
    channel_id: ChannelId


class TendChannel(JobPayload):
    """Job that changes one channel to its intended state. Only the process that holds the lease of the owning account
    runs it, so the job's name contains the account.

    upkeep: True to only revoke links and create none
    look: True to check for duplicates
    put_out: person whom the account must remove because the bot cannot; None if there is none
    awaited: True if a paying customer is waiting
    mend: True to check and repair the setup
    delete_post: delivery whose post the account must delete because the bot may no longer delete it; None if there is
        none
    """

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
        """Return the priority. Because an account does one job at a time, jobs that create channels run before
        cleanup.
        """
        if self.upkeep or self.look:
            return Priority.LOW
        return Priority.HIGH if self.awaited and self.put_out is None and self.delete_post is None else Priority.NORMAL

    def job(self) -> Job:
        """Return the job's row, which only the process with this account's lease takes."""
        return replace(super().job(), name=account_job_name(self.account_id))


ACCOUNT_JOBS: Final = "userbot.acc."
"""Prefix of the names of jobs that a particular account must run."""


def account_job_name(account_id: int) -> str:
    """Return the name of the queue entrypoint that only the process with this account's lease serves."""
    return f"{ACCOUNT_JOBS}{account_id}"
