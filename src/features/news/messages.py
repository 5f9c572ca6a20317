"""Messages of the activity feed: single entries, or several entries combined into one message."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from features.news.domain import Topic
from features.news.jobs import NoteNews
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PaymentMessage, RefundedMessage
from subscriptions.domain.entities.notification import Message
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import day_edges, total

_TOPIC, _WORD, _THREAD = "topic", "word", "thread"

OWNER_NEWS: Final = "owner_news"


class News(Message):
    """Single entry of the activity feed, as a message.

    said: variant of the text, for topics with several variants
    facts: values as stored, with timestamps in ISO 8601 and amounts as `minor` and `currency`
    thread_id: id of the group's forum topic to which the message is sent; None for the chat itself
    lost: id of the group's forum topic, if it no longer exists
    """

    kind = OWNER_NEWS
    can_wait = True
    is_for_staff = True
    topic: str
    facts: Mapping[str, str]
    said: str = ""
    thread_id: int | None = None
    lost: int | None = None

    @property
    def word(self) -> str:
        """Return the name of the text's variant, for topics with several variants."""
        return self.said

    @property
    def thread(self) -> int | None:
        """Return the id of the group's forum topic; None for the chat itself. Implements `Message.thread`."""
        return self.thread_id

    def astray(self) -> "News | None":
        """Return the message addressed to the chat itself, for use if the forum topic no longer exists; None if the
        message has no forum topic. Implements `Message.astray`.
        """
        return None if self.thread_id is None else replace(self, thread_id=None, lost=self.thread_id)

    @property
    def amount(self) -> Money | None:
        """Return the amount of the entry; None if the entry has none."""
        return Money(int(self.facts["minor"]), self.facts["currency"]) if self.facts.get("minor") else None

    def to_params(self) -> dict[str, str]:
        """Serialize the message for storage: the facts, the topic, the variant and the forum topic."""
        thread = "" if self.thread_id is None else str(self.thread_id)
        return {**self.facts, _TOPIC: self.topic, _WORD: self.said, _THREAD: thread}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Parse the result of `to_params`."""
        facts = {name: value for name, value in params.items() if name not in {_TOPIC, _WORD, _THREAD}}
        thread = params.get(_THREAD, "")
        return cls(
            topic=params.get(_TOPIC, ""),
            said=params.get(_WORD, ""),
            facts=facts,
            thread_id=int(thread) if thread else None,
        )


class NewsTogether(Message):
    """Several entries for one chat, combined into one message."""

    kind = OWNER_NEWS
    can_wait = True
    is_for_staff = True
    news: tuple[News, ...]

    @property
    def thread(self) -> int | None:
        """Return the id of the group's forum topic; None for the chat itself. Implements `Message.thread`."""
        return self.news[0].thread_id

    @property
    def lost(self) -> int | None:
        """Return the id of the forum topic that no longer exists, which is the same for all entries; None if the forum
        topic exists or the entries have none.
        """
        return self.news[0].lost

    def astray(self) -> "NewsTogether | None":
        """Return the message addressed to the chat itself, for use if the forum topic no longer exists; None if the
        message has no forum topic. Implements `Message.astray`.
        """
        news = tuple(each for each in (one.astray() for one in self.news) if each is not None)
        return replace(self, news=news) if news else None


async def load(sources: Sources, job: NoteNews) -> Mapping[str, str] | None:
    """Load the facts of an entry for the activity feed; None if the object that the entry describes no longer exists
    or, for figures, if nothing happened in the period.
    """
    if job.topic in {Topic.DAILY, Topic.WEEKLY}:
        return await _figures(sources, datetime.fromisoformat(job.word), weekly=job.topic == Topic.WEEKLY)
    read_facts = _FACTS.get(job.topic)
    if read_facts is None or job.subject is None or job.customer_id is None:
        return None
    facts = await read_facts(sources, job.subject)
    customer = await sources.uow.customers.get(CustomerId(job.customer_id))
    if facts is None or customer is None:
        return None
    return {"who": customer.mention, "customer": str(customer.id), **facts}


async def _payment_news(sources: Sources, subject: UUID) -> Mapping[str, str] | None:
    payment_message = await PaymentMessage.load(sources, subject)
    return None if payment_message is None else _facts(payment_message.plan_name, payment_message.amount)


async def _refund_news(sources: Sources, subject: UUID) -> Mapping[str, str] | None:
    message = await RefundedMessage.load(sources, subject)
    return None if message is None else _facts(message.plan_name, message.amount)


async def _cancellation_news(sources: Sources, subject: UUID) -> Mapping[str, str] | None:
    """Return the facts of a cancellation; None if it was undone before the notification."""
    subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
    facts = await _subscription_news(sources, subject)
    subscription_status = {SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED}
    if subscription is None or facts is None or subscription.status not in subscription_status:
        return None
    end = subscription.access_until
    reason = {"reason": subscription.cancel_reason or "", "until": end.isoformat() if end else ""}
    return {**facts, **reason}


async def _subscription_news(sources: Sources, subject: UUID) -> Mapping[str, str] | None:
    subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
    plan = await sources.uow.plans.get(subscription.plan_id) if subscription is not None else None
    return None if subscription is None or plan is None else _facts(plan.name, subscription.price)


def _facts(plan: str, amount: Money) -> Mapping[str, str]:
    return {"plan": plan, "minor": str(amount.minor), "currency": amount.currency}


async def _figures(sources: Sources, end: datetime, *, weekly: bool) -> Mapping[str, str] | None:
    """Return the figures of a day or week; None if nothing happened. `end`: midnight at the end of the period."""
    edges = day_edges(end - timedelta(hours=1), sources.policy.zones.home, 7 if weekly else 1)
    days = await sources.uow.numbers.days(edges)
    new, lost_count, earnings = sum(day.new for day in days), sum(day.churn for day in days), total(days)
    if not (new or lost_count or earnings):
        return None
    return {
        "day": edges[0].isoformat(),
        "last": edges[-2].isoformat(),
        "new": str(new),
        "lost": str(lost_count),
        "active": str(days[-1].active),
        "earned": " · ".join(f"{money.decimal} {money.currency}" for money in earnings),
    }


_FACTS: Final[Mapping[str, Callable[[Sources, UUID], Awaitable[Mapping[str, str] | None]]]] = {
    Topic.SALE: _payment_news,
    Topic.RENEWAL: _payment_news,
    Topic.FAILED_CHARGE: _subscription_news,
    Topic.CANCELLATION: _cancellation_news,
    Topic.REFUND: _refund_news,
    Topic.DISPUTE: _subscription_news,
}
