"""In-memory repository of broadcasts, and a bot that records its messages in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from features.broadcasts.domain import (
    Addressee,
    Audience,
    Broadcast,
    BroadcastDelivery,
    BroadcastId,
    BroadcastStatus,
    DeliveryState,
    Segment,
)
from features.broadcasts.ports import Counts
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.delivery import BLOCKED_BOT
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import variants
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import ChatId, CustomerId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.post_sender import SentPost
from subscriptions.domain.ports.repositories.people import Record
from tests.fakes.memory import Rows, Working
from tests.fakes.returned_money import counts, returned


class MemoryBroadcasts:
    """In-memory BroadcastRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Broadcast] = Rows(
            working, "broadcasts", lambda b: b.id, {"one_broadcast_per_key": lambda b: b.key}
        )
        self._deliveries: Rows[BroadcastDelivery] = Rows(
            working, "broadcast_deliveries", lambda d: (d.broadcast_id, d.customer_id)
        )
        self._openings: Rows[tuple[BroadcastId, CustomerId]] = Rows(working, "broadcast_openings", lambda o: o)
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)
        self._subscriptions: Rows[Subscription] = Rows(working, "subscriptions", lambda s: s.id)
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)
        self._resources: Rows[Resource] = Rows(working, "resources", lambda r: r.id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)

    async def get(self, broadcast_id: BroadcastId, *, lock: bool = False) -> Broadcast | None:
        return self._rows.one(lambda b: b.id == broadcast_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Broadcast | None:
        return self._rows.one(lambda b: b.key == key, lock=lock)

    async def add_if_new(self, broadcast: Broadcast) -> bool:
        return self._rows.add_if_new(broadcast)

    async def save(self, broadcast: Broadcast) -> None:
        self._rows.save(broadcast)

    async def note_withdrawn(self, broadcast: Broadcast) -> None:
        self._rows.save(broadcast)

    async def remove(self, broadcast_id: BroadcastId) -> None:
        self._rows.remove(lambda b: b.id == broadcast_id)

    async def newest(self, limit: int, offset: int = 0) -> Sequence[Broadcast]:
        found = self._rows.many(lambda _: True, order=lambda b: (b.created_at, b.id))[::-1]
        return found[offset : offset + limit]

    async def list_mirrored(self, chat: ChatId, start: datetime) -> Sequence[Broadcast]:
        return self._rows.many(
            lambda b: (
                b.key.startswith(f"mirror:{chat}:")
                and b.created_at >= start
                and b.status is not BroadcastStatus.WITHDRAWN
            ),
            order=lambda b: (b.created_at, b.id),
        )

    async def size(self, audience: Audience, now: datetime) -> tuple[int, int]:
        meant = self._meant(audience, now)
        return len(meant), sum(customer.reachable for customer in meant)

    async def address(self, broadcast: Broadcast, audience: Audience, now: datetime) -> int:
        planned = 0
        for customer in self._meant(audience, now):
            fresh = BroadcastDelivery(broadcast_id=broadcast.id, customer_id=customer.id)
            if not customer.reachable:
                fresh.status, fresh.failed = DeliveryState.FAILED, BLOCKED_BOT
            planned += self._deliveries.add_if_new(fresh)
        return planned

    async def claim(self, broadcast_id: BroadcastId, limit: int, now: datetime) -> Sequence[Addressee]:
        free = self._of(broadcast_id, lambda d: d.status is DeliveryState.PENDING)[:limit]
        for delivery in free:
            delivery.status, delivery.sending_since = DeliveryState.SENDING, now
            self._deliveries.save(delivery)
        return self._addressed(free)

    async def list_outdated(self, broadcast: Broadcast, limit: int) -> Sequence[Addressee]:
        late = self._of(broadcast.id, lambda d: d.status is DeliveryState.SENT and d.revision < broadcast.revision)
        return self._addressed(late[:limit])

    async def settle(self, deliveries: Sequence[BroadcastDelivery]) -> None:
        for each in deliveries:
            if self._of(each.broadcast_id, lambda d, who=each.customer_id: d.customer_id == who):
                self._deliveries.save(each)

    async def list_buyers(self, broadcast: Broadcast, window: timedelta) -> Sequence[tuple[int, Money]]:
        if broadcast.begun_at is None:
            return []
        reached = {each.customer_id for each in self._of(broadcast.id, lambda d: d.status is DeliveryState.SENT)}
        since, until = broadcast.begun_at, broadcast.begun_at + window
        payments = [
            each
            for each in self._payments.all()
            if each.customer_id in reached
            and since <= each.occurred_at < until
            and not each.is_renewal
            and counts(each)
        ]
        found = []
        for currency in sorted({each.amount.currency for each in payments}):
            mine = [each for each in payments if each.amount.currency == currency]
            people = {each.customer_id for each in mine}
            found.append((len(people), self._left(mine, currency)))
        return found

    async def give_up(self, broadcast_id: BroadcastId, cutoff: datetime) -> int:
        late = self._of(
            broadcast_id,
            lambda d: d.status is DeliveryState.SENDING and d.sending_since is not None and d.sending_since < cutoff,
        )
        for delivery in late:
            delivery.status = DeliveryState.UNKNOWN
            self._deliveries.save(delivery)
        return len(late)

    async def try_again(self, broadcast_id: BroadcastId) -> int:
        unknown = self._of(broadcast_id, lambda d: d.status is DeliveryState.UNKNOWN)
        for delivery in unknown:
            delivery.status, delivery.sending_since = DeliveryState.PENDING, None
            self._deliveries.save(delivery)
        return len(unknown)

    async def note_opening(self, broadcast_id: BroadcastId, telegram_id: TelegramId, at: datetime) -> bool:
        sent = self._of(broadcast_id, lambda d: d.message_id is not None)
        mine = [each for each in self._addressed(sent) if each.telegram_id == telegram_id]
        return any(self._openings.add_if_new((broadcast_id, each.delivery.customer_id)) for each in mine)

    async def count_opened(self, broadcast_id: BroadcastId) -> int:
        return sum(each[0] == broadcast_id for each in self._openings.all())

    async def counts(self, broadcast_id: BroadcastId) -> Counts:
        return Counter((each.status, each.failed) for each in self._of(broadcast_id, lambda _: True))

    def _of(self, broadcast_id: BroadcastId, fits: object) -> list[BroadcastDelivery]:
        assert callable(fits)
        return self._deliveries.many(
            lambda d: d.broadcast_id == broadcast_id and fits(d), order=lambda d: str(d.customer_id), lock=True
        )

    def _addressed(self, deliveries: Sequence[BroadcastDelivery]) -> list[Addressee]:
        known = {customer.id: customer.telegram_id for customer in self._customers.all()}
        return [Addressee(delivery=each, telegram_id=known[each.customer_id]) for each in deliveries]

    def _meant(self, audience: Audience, now: datetime) -> list[Customer]:
        return [customer for customer in self._customers.all() if self._is_meant(customer, audience, now)]

    def _is_meant(self, customer: Customer, audience: Audience, now: datetime) -> bool:
        wanted = {plan.id for plan in self._plans.all() if plan.soft_id == audience.plan}
        had = [
            each
            for each in self._subscriptions.all()
            if each.customer_id == customer.id
            and each.access_until is not None
            and (audience.plan is None or each.plan_id in wanted)
        ]
        live = any(each.live for each in had)
        fits = {
            Segment.ALL: bool(had) or audience.plan is None,
            Segment.ACTIVE: live,
            Segment.LAPSED: bool(had) and not live,
            Segment.NEVER: not had,
            Segment.INSIDE: bool(had) or audience.plan is None,
            Segment.SPENT: bool(had) or audience.plan is None,
        }[audience.segment]
        known = customer.telegram_id > 0 and customer.barred_at is None
        limits = [
            audience.language in (None, *variants(customer.language)),
            audience.chat is None or self._is_inside(customer, audience.chat),
            audience.spent is None or not self._paid(customer, audience.spent) < audience.spent,
            audience.tag is None or audience.tag in customer.tags,
            audience.source in (None, customer.source),
            audience.ends_within is None or any(_ends(each, now, audience.ends_within) for each in had),
        ]
        return known and fits and all(limits)

    def _is_inside(self, customer: Customer, chat: str | None) -> bool:
        resources = {each.id for each in self._resources.all() if each.soft_id == chat}
        channel_ids = {each.id for each in self._channels.all() if each.resource_id in resources}
        mine = [each for each in self._accesses.all() if each.customer_id == customer.id]
        return any(each.channel_id in channel_ids and each.status is AccessStatus.ACTIVE for each in mine)

    def _paid(self, customer: Customer, least: Money) -> Money:
        payments = [
            each
            for each in self._payments.all()
            if each.customer_id == customer.id and counts(each) and each.amount.currency == least.currency
        ]
        return self._left(payments, least.currency)

    def _left(self, payments: list[Payment], currency: str) -> Money:
        back = returned(payments, self._refunds.all(), self._disputes.all())
        nothing = Money(0, currency)
        gone = [amount for _, amount, _ in back if amount.currency == currency]
        return sum((each.amount for each in payments), nothing) - sum(gone, nothing)


def _ends(subscription: Subscription, now: datetime, days: int) -> bool:
    end = subscription.access_until
    renews = subscription.provider_ref is not None and subscription.status is not SubscriptionStatus.CANCELED
    return subscription.live and not renews and end is not None and end < now + timedelta(days=days)


@dataclass
class MemoryPeople:
    """In-memory PeopleSender.

    said: messages sent, keyed by recipient and message id. errors: error that the next send to a person raises.
        die_after: number of sends after which the process is killed; the next message is still delivered. turns: number
        of calls of `turn` before the process is killed; unlimited if negative. answers: event that releases the
        responses to sends; None to respond immediately. asked: event set by the first send.
    """

    said: dict[tuple[TelegramId, int], PostContent] = field(default_factory=dict)
    errors: dict[TelegramId, BaseException] = field(default_factory=dict)
    die_after: int | None = None
    turns: int = -1
    sends: Counter[TelegramId] = field(default_factory=Counter)
    answers: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self) -> None:
        if self.turns == 0:
            raise KilledMidway
        self.turns -= 1

    async def send(self, recipient: TelegramId, content: PostContent) -> SentPost:
        if (error := self.errors.pop(recipient, None)) is not None:
            raise error
        self.sends[recipient] += 1
        self.asked.set()
        number = sum(self.sends.values())
        self.said[recipient, number] = content
        if self.die_after is not None and number > self.die_after:
            raise KilledMidway
        if self.answers is not None:
            await self.answers.wait()
        return SentPost("", number)

    async def edit(self, recipient: TelegramId, post: SentPost, content: PostContent) -> None:
        self.said[recipient, post.message_id] = content

    async def withdraw(self, recipient: TelegramId, post: SentPost) -> None:
        if (error := self.errors.pop(recipient, None)) is not None:
            raise error
        del self.said[recipient, post.message_id]


class KilledMidway(BaseException):
    """Error that simulates SIGKILL. No handler catches it, so no later code of the process runs."""


def _prune_drafts(working: Working, before: datetime) -> int:
    rows: Rows[Broadcast] = Rows(working, "broadcasts", lambda b: b.id)
    return rows.remove(lambda b: b.status is BroadcastStatus.DRAFT and b.created_at < before)


REPOSITORIES = {"broadcasts": MemoryBroadcasts}
PRUNE = {"drafts of broadcasts": (Record.NOTIFICATIONS, _prune_drafts)}
"""Functions that remove old rows, each with the kind of record whose retention period applies, keyed by the rows that
they remove.
"""
