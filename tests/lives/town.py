"""One shop for simulated customers: the real use cases with in-memory repositories, their jobs run in order of time,
and the simulated provider.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from subscriptions.application import routing
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.sync_ban import SyncBan
from subscriptions.application.checkout.check_order import NEXT_LOOK, CheckOrder
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.messages.announce import Announce
from subscriptions.application.payments.disputes import WatchDispute
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.resources.record_group_upgrade import RecordGroupUpgrade
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.domain.entities.access import AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, InboxId, OrderId, PaymentId, SubscriptionId
from subscriptions.domain.ports.chat_membership import Presence
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.clock import ManualClock
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.shop import POLICY, TRIAL_MARKS, Shop
from tests.fakes.staff import Staff
from tests.fakes.telegram import MemoryNotifier
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.lives.biller import Biller
from tests.support.of_features import of_features

START = datetime(2027, 2, 1, 12, tzinfo=UTC)
"""Start of all histories. It is in the shortest month, because a customer who buys the next month early must not get
the shorter length.
"""
LATER = timedelta(minutes=5)
_HOLDS = frozenset({"core.hold_charges", "core.follow_ban", "core.follow_hold"})
TIDINGS = frozenset({"event", "core.apply_payment_event", "core.give_referral"}) | _HOLDS
"""Events and jobs that must be done before a customer's state is certain."""
LETTERS = frozenset({"event", "core.apply_payment_event"})
Receive = Callable[[Notification, Message], None]
Work = Callable[[dict[str, Any]], Awaitable[object]]


@dataclass(order=True)
class _Due:
    at: datetime
    number: int
    name: str
    payload: Any


class ForwardingNotifier(MemoryNotifier):
    """Notifier that checks each message when the message is sent."""

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self._receive = receive

    async def send(self, owed: Notification, message: Message) -> SentMessage:
        sent = await super().send(owed, message)
        self._receive(owed, message)
        return sent


class Killed(BaseException):
    """Simulated kill -9. No later code runs, and no handler catches the exception."""


class Fate:
    """Time of a kill. commit: number of the commit at which the process is killed, None for none. commits: number of
    commits so far.
    """

    def __init__(self) -> None:
        self.commit: int | None = None
        self.before = True
        self.commits = 0

    def strike(self, *, before: bool) -> None:
        """Raise Killed at the chosen commit, once. before: True if the commit is about to be made, False if it has just
        been made.
        """
        self.commits += before
        if self.commit == self.commits and self.before is before:
            self.commit = None
            raise Killed


class Mortal(MemoryUnitOfWork):
    """Unit of work that is killed at the chosen commit."""

    def __init__(self, memory: Memory, fate: Fate) -> None:
        super().__init__(memory, routing.jobs_for)
        self._fate = fate

    async def commit(self) -> None:
        self._fate.strike(before=True)
        await super().commit()
        self._fate.strike(before=False)


class Town:
    """One shop. heard: callback for every message when it is sent. passes: callback for every advance of the clock,
    with the times before and after. fate: kills of a process; the work of a killed process is repeated as by a
    queue.
    """

    def __init__(self, receive: Receive, passes: Callable[[datetime, datetime], None], *, moves: bool = True) -> None:
        self.fate = Fate()
        self.policy: Policy = replace(POLICY, nudge_not_joined=False, win_back=())
        memory, self.clock = Memory(), ManualClock(START)
        self.biller = Biller(self.clock, name="acme")
        if not moves:
            self.biller.capabilities -= {c for c in self.biller.capabilities if c in {"move_charge", "pause"}}
        self.shop = shop = Shop(
            lambda: Mortal(memory, self.fate),
            memory=memory,
            clock=self.clock,
            policy=self.policy,
            shared=self.biller,
        )
        shop.sells_by_all()
        self.late = timedelta()
        self.bans: set[ChannelId] = set()
        """Chats from which the customer was banned by hand, as Telegram knows."""
        self.letters: list[PaymentEvent] = []
        """All events of providers, in order."""
        self._passes = passes
        self._numbers, self._due, self._seen = itertools.count(), list[_Due](), 0
        self.biller.post = self.post
        units, giving, seal = shop.units, GiveTime(GrantAccess(self.policy)), CodeSeal(b"the key of codes")
        self.staff = Staff(shop)
        of_installed = of_features("lives", "TOWN")
        show_gifts, begin_import, give = (of_installed.get(use) for use in ("gifts", "importing", "refer"))
        self.gifts = show_gifts(units, self.clock, seal) if show_gifts is not None else None
        self.importing = begin_import(shop, giving, seal) if begin_import is not None else None
        self.refers = give is not None
        self.open_code = ActivateToken(units, giving, self.clock, seal)
        self.pausing = PauseSubscription(units, shop.gateways, shop.follow, self.clock)
        self.erasing = ErasePerson(units, self.clock, GrantAccess(self.policy), TRIAL_MARKS)
        self.announce = Announce(units, ForwardingNotifier(receive), self.clock, self.policy, shop.gateways)
        self._poll_order = CheckOrder(units, shop.gateways, self.clock)
        watch_dispute = WatchDispute(units, shop.gateways, self.clock, self.policy)
        stop = StopBilling(units, shop.follow, self.clock)
        refund = RefundPayment(units, shop.gateways, self.clock)

        def subscription(job: dict[str, Any]) -> SubscriptionId:
            return SubscriptionId(UUID(str(job["subscription_id"])))

        self.desk = JoinDesk(units, self.clock)
        sync_ban = SyncBan(units, self.clock, GrantAccess(self.policy))
        self.maker = MemoryInviteMaker(MemoryTelegram(self.clock))
        self.following = RecordGroupUpgrade(units, self.clock)
        opening = OpenPlan(units, self.clock, GrantAccess(self.policy))
        self._works: dict[str, Work] = {
            "core.open_plan": lambda job: opening(jobs.OpenPlan.parse(job)),
            "core.apply_payment_event": lambda job: shop.apply(InboxId(UUID(str(job["inbox_id"])))),
            "core.check_order": self._check_order,
            "core.watch_dispute": lambda job: watch_dispute(str(job["provider"]), str(job["dispute_key"])),
            "core.check_subscription": lambda job: shop.check(subscription(job)),
            "core.ask_unpaid": lambda job: shop.poll_subscription(subscription(job)),
            "core.remind": lambda job: shop.remind(subscription(job)),
            "core.stop_billing": lambda job: stop(subscription(job)),
            "core.hold_charges": lambda job: shop.pause_billing(subscription(job), _moment(job["since"])),
            "core.close_checkouts": lambda job: shop.close_checkouts(OrderId(UUID(str(job["order_id"])))),
            "core.return_payment": lambda job: shop.return_payment(
                PaymentId(UUID(str(job["payment_id"]))), str(job["subscription_ref"])
            ),
            "core.refund_payment": lambda job: refund(
                PaymentId(UUID(str(job["payment_id"]))), int(job["minor"]), str(job["key"])
            ),
            "core.follow_ban": lambda job: sync_ban(AccessId(UUID(str(job["access_id"]))), str(job["key"])),
            "core.follow_hold": lambda job: sync_ban.of_subscription(subscription(job)),
            "core.erase_person": lambda job: self.erasing.finish(
                CustomerId(UUID(str(job["customer_id"]))), str(job["why"])
            ),
            "bot.announce": lambda job: self.announce(
                job["kind"], CustomerId(UUID(str(job["customer_id"]))), UUID(str(job["subject"])), str(job["key"])
            ),
        }
        if give is not None:
            refer = give(units, GrantAccess(self.policy), self.clock, lambda: timedelta(days=7))
            self._works["core.give_referral"] = lambda job: refer(
                PaymentId(UUID(str(job["payment_id"]))), is_reversal=bool(job["back"]), reason=str(job["reason"])
            )

    async def _check_order(self, job: dict[str, Any]) -> None:
        """Poll an order while a bank decides about a payment. Other payments are reported by events only, so that
        delayed events stay unknown.
        """
        order_id = OrderId(UUID(str(job["order_id"])))
        async with self.shop.units() as uow:
            order, attempts = await uow.orders.get(order_id), await uow.orders.attempts(order_id)
        if any(each.session_ref in self.biller.purchases for each in attempts):
            await self._poll_order(order_id)
        elif order is not None and order.status is OrderStatus.OPEN and self.clock.now() < order.expires_at:
            self._put(self.clock.now() + NEXT_LOOK, jobs.CheckOrder.name, job)

    async def open(self) -> None:
        async with self.shop.units() as uow:
            await uow.variables.set(BOT_USERNAME, "umbral_bot")
            await uow.commit()

    def post(self, event: PaymentEvent) -> None:
        """Send an event with the current delay."""
        self.letters.append(event)
        self._put(self.clock.now() + self.late, "event", event)

    @property
    def on_its_way(self) -> bool:
        """Return True if an event has not been processed yet."""
        waits = any(row.status is InboxStatus.PENDING for row in self.shop.memory.tables.get("webhook_inbox", ()))
        return waits or any(each.name in TIDINGS for each in self._due)

    @property
    def has_unreported(self) -> bool:
        """Return True if an event of a provider has not arrived yet."""
        return any(each.name in LETTERS for each in self._due)

    @property
    def unreported_payments(self) -> Collection[str]:
        """Return the keys of the payments whose event has not arrived yet."""
        return {each.payload.payment_key for each in self._due if each.name == "event"}

    def reported_after(self, key: str) -> Collection[str]:
        """Return the keys of the payments whose event arrives after the event of the payment with this key."""
        comes = {each.payload.payment_key: (each.at, each.number) for each in self._due if each.name == "event"}
        return {each for each, at in comes.items() if key in comes and at > comes[key]}

    def stopping(self, ref: str | None) -> bool:
        """Return True if a queued job will stop billing of the subscription, or may do so when a
        referral is granted.
        """
        return self.stops(ref) or any(each.name == "core.give_referral" for each in self._due)

    def stops(self, ref: str | None) -> bool:
        """Return True if a queued job will stop billing of the subscription at the provider."""
        names = {str(row.id): row.provider_ref for row in self.shop.memory.rows("subscriptions")}
        about = (each.payload["subscription_id"] for each in self._due if each.name == "core.stop_billing")
        return ref is not None and any(names.get(str(each)) == ref for each in about)

    @property
    def delayed(self) -> bool:
        """Return True if an earlier event is still delayed."""
        return any(each.name in TIDINGS and each.at > self.clock.now() for each in self._due)

    async def until(self, moment: datetime) -> None:
        """Advance the clock to the given time, with all due work done in order."""
        while self.clock.now() < moment:
            then = min([moment, *self.biller.due(), *self._moments(), *(each.at for each in self._due[:1])])
            before = self.clock.now()
            then = max(then, before + timedelta(seconds=1))
            self.clock.advance(then - before)
            self._passes(before, then)
            await self.run_due_work()

    async def ask_round(self) -> None:
        """Fetch every subscription from its provider, as a daily job of the product does."""
        for row in self.shop.memory.rows("subscriptions"):
            if row.live and row.provider_ref is not None:
                await self.shop.poll_subscription(row.id)
        await self.run_due_work()

    async def run_due_work(self) -> None:
        """Run all work that is currently due."""
        for _ in range(60):
            self.biller.work()
            try:
                if self._anything_due():
                    await self.shop.run_due()
                await self._check_requests()
            except Killed:
                continue
            self._collect()
            if not self._due or self._due[0].at > self.clock.now():
                return
            while self._due and self._due[0].at <= self.clock.now():
                await self._do(heapq.heappop(self._due))
                with suppress(Killed):
                    await self._check_requests()
                self._collect()
        raise AssertionError(f"work without end: {self._due[0]}")

    async def _do(self, due: _Due) -> None:
        try:
            if due.name == "event":
                await self.shop.apply(await self.shop.store(due.payload))
            else:
                await self._works[due.name](due.payload)
        except Killed:
            self._again(due, LATER)
        except RetryLater as again:
            self._again(due, max(again.delay or LATER, LATER))

    def _again(self, due: _Due, after: timedelta) -> None:
        """Retry a job. For a webhook that was stored before the failure, retry only the processing."""
        name, payload = due.name, due.payload
        if name == "event" and (entry := self._entry(due.payload)) is not None:
            name, payload = "core.apply_payment_event", {"inbox_id": entry}
        self._put(self.clock.now() + after, name, payload)

    def _entry(self, event: PaymentEvent) -> str | None:
        rows: list[InboxEntry] = self.shop.memory.rows("webhook_inbox")
        return next((str(row.id) for row in rows if row.event.event_key == event.event_key), None)

    def _collect(self) -> None:
        jobs = self.shop.memory.jobs
        for job in jobs[self._seen :]:
            if job.name in self._works:
                self._put(max(job.not_before or self.clock.now(), self.clock.now()), job.name, dict(job.payload))
        self._seen = len(jobs)

    def _put(self, at: datetime, name: str, payload: object) -> None:
        heapq.heappush(self._due, _Due(at, next(self._numbers), name, payload))

    def _anything_due(self) -> bool:
        """Return True if scheduled work may be due. The result may be True although no work is due, but never False
        while work is due.
        """
        now, tables = self.clock.now(), self.shop.memory.tables
        return any(
            row.next_reminder_at is None
            or row.next_reminder_at <= now
            or (row.live and (row.next_check_at is None or row.next_check_at <= now) and self._ends(row, now))
            for row in tables.get("subscriptions", ())
        ) or any(row.status is OrderStatus.OPEN and row.expires_at <= now for row in tables.get("orders", ()))

    @staticmethod
    def _ends(row: Subscription, now: datetime) -> bool:
        """Return True if the subscription's access time may have ended, or if a charge has failed."""
        return row.status is SubscriptionStatus.PAST_DUE or (row.access_until is not None and row.access_until <= now)

    def _moments(self) -> list[datetime]:
        """Return the times at which scheduled work is due."""
        now, found = self.clock.now(), list[datetime]()
        for row in self.shop.memory.tables.get("subscriptions", ()):
            if row.next_reminder_at is not None:
                found.append(row.next_reminder_at)
            if not row.live:
                continue
            if row.next_check_at is not None:
                found.append(row.next_check_at)
            end = row.access_until
            if end is not None:
                found += [end, access_policy.over_at(row, self.policy.grace) or end]
            if row.pause_until is not None:
                found += [row.pause_until - access_policy.RESUME_AHEAD]
        return [each for each in found if each > now]

    async def _check_requests(self) -> None:
        """Admit entitled customers and remove other members at once. A manual ban is detected when an invite link is
        created.
        """
        memory = self.shop.memory
        waiting = [
            row
            for row in memory.tables.get("accesses", ())
            if row.status in {AccessStatus.PENDING, AccessStatus.REVOKING}
        ]
        barred = [row for row in waiting if row.channel_id in self.bans and row.status is AccessStatus.PENDING]
        for row in barred:
            await self._find_ban(row.channel_id, row.customer_id)
        waiting = [row for row in waiting if row not in barred]
        if not waiting:
            return
        async with self.shop.units() as uow:
            for row in waiting:
                channel = await uow.channels.get(row.channel_id, lock=True)
                access = await uow.accesses.get(row.id, lock=True)
                assert channel is not None
                assert access is not None
                if access.status is AccessStatus.REVOKING:
                    access.apply(AccessEvent.REMOVED)
                else:
                    # After the payment, by at least a second.
                    then = self.clock.now() + timedelta(seconds=1)
                    if channel.ready_at is None:
                        channel.status, channel.ready_at = ChannelStatus.READY, then
                        await uow.channels.save(channel)
                    access.join(then, is_shared=channel.resource_id is not None)
                await uow.accesses.save(access)
            await uow.commit()
        for row in waiting:
            if row.status is AccessStatus.PENDING:
                await self._enter(row.channel_id, row.customer_id)

    async def _enter(self, channel_id: ChannelId, customer_id: CustomerId) -> None:
        """Make the customer a member, with the update to the bot."""
        async with self.shop.units() as uow:
            channel, customer = await uow.channels.get(channel_id), await uow.customers.get(customer_id)
        if channel is not None and customer is not None and channel.channel_id is not None:
            await self.desk.record_entry(channel.channel_id, customer.telegram_id)

    async def _find_ban(self, channel_id: ChannelId, customer_id: CustomerId) -> None:
        async with self.shop.units() as uow:
            channel, customer = await uow.channels.get(channel_id), await uow.customers.get(customer_id)
        assert channel is not None
        assert customer is not None
        assert channel.channel_id is not None
        await self.desk.record_presence(channel.channel_id, customer.telegram_id, Presence.BANNED)


def _moment(at: object) -> datetime | None:
    return datetime.fromisoformat(at) if isinstance(at, str) else at if isinstance(at, datetime) else None
