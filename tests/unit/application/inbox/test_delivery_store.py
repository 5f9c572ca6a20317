"""Check that webhook events stored in one transaction get their own responses, independent of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property

from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.application.inbox.delivery_store import UNDER_WAY, DeliveryStore, UnitDeliveries
from subscriptions.application.routing import jobs_for
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.tracing import current_cause, stretch, trace_of
from tests.fakes import samples
from tests.fakes.memory import Memory
from tests.fakes.messages import MemoryInbox
from tests.fakes.selling import selling
from tests.fakes.unit_of_work import MemoryUnitOfWork

BAD = "bad"


class Unfit(Exception):
    """Error of an event that the database cannot store."""


class FussyInbox(MemoryInbox):
    """Inbox that stores none of the events if one of the events cannot be stored."""

    async def add_new(self, entries: Sequence[InboxEntry]) -> frozenset[InboxId]:
        if any(entry.event.event_key.startswith(BAD) for entry in entries):
            raise Unfit
        return await super().add_new(entries)


class Desk:
    """Slow database. No transaction ends before `held` is set; while `away` is True, every commit fails."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.held, self.begun = asyncio.Event(), asyncio.Event()
        self.held.set()
        self.away = False
        self.commits = 0
        self.delivery_store = DeliveryStore(self.unit, UnitDeliveries(self.unit))

    def unit(self) -> MemoryUnitOfWork:
        desk = self

        class Unit(MemoryUnitOfWork):
            @cached_property
            def inbox(self) -> MemoryInbox:
                return FussyInbox(self._working)

            async def commit(self) -> None:
                desk.begun.set()
                await desk.held.wait()
                if desk.away:
                    raise RetryLater("the database cannot be reached")
                desk.commits += 1
                await super().commit()

        return Unit(self.memory, jobs_for)

    def keys(self) -> list[str]:
        """Return the keys of the stored events, sorted."""
        return sorted(entry.event.event_key for entry in self.memory.tables.get("webhook_inbox", []))

    def applied(self) -> list[str]:
        """Return the keys of the events that jobs will apply."""
        keys = {str(entry.id): entry.event.event_key for entry in self.memory.tables.get("webhook_inbox", [])}
        return sorted(keys[str(job.payload["inbox_id"])] for job in self.memory.jobs)


def entry(key: str, order: str | None = None) -> InboxEntry:
    return samples.inbox_entry(event=samples.event(event_key=key, order_id=order), id=InboxId(new_uuid()))


async def test_concurrent_events_are_stored_in_few_shared_transactions() -> None:
    desk = Desk()
    desk.held.clear()
    asked = [asyncio.create_task(desk.delivery_store(entry(f"evt-{number}"))) for number in range(40)]
    await desk.begun.wait()
    asked += [asyncio.create_task(desk.delivery_store(entry(f"evt-{number}"))) for number in range(40, 60)]
    desk.held.set()
    assert await asyncio.gather(*asked) == [True] * 60
    assert desk.commits <= UNDER_WAY + 1
    assert desk.keys() == desk.applied() == sorted(f"evt-{number}" for number in range(60))


async def test_provider_is_answered_only_after_the_commit() -> None:
    desk = Desk()
    desk.held.clear()
    asked = asyncio.create_task(desk.delivery_store(entry("evt-1")))
    await desk.begun.wait()
    assert (asked.done(), desk.keys()) == (False, [])
    desk.held.set()
    assert await asked


async def test_canceled_request_does_not_cancel_other_requests() -> None:
    desk = Desk()
    desk.held.clear()
    gone, stays = [asyncio.create_task(desk.delivery_store(entry(key))) for key in ("evt-1", "evt-2")]
    await desk.begun.wait()
    gone.cancel()
    await asyncio.wait({gone})
    desk.held.set()
    assert await stays
    assert desk.applied() == ["evt-1", "evt-2"]
    assert not await desk.delivery_store(entry("evt-1"))


async def test_webhooks_refused_during_a_database_outage_are_stored_when_repeated() -> None:
    desk = Desk()
    desk.away = True
    keys = [f"evt-{number}" for number in range(5)]
    answers = await asyncio.gather(*(desk.delivery_store(entry(key)) for key in keys), return_exceptions=True)
    assert [type(answer) for answer in answers] == [RetryLater] * 5
    assert desk.keys() == []
    desk.away = False
    assert all(await asyncio.gather(*(desk.delivery_store(entry(key)) for key in keys)))
    assert desk.applied() == keys


async def test_each_event_continues_the_trace_of_its_own_order() -> None:
    desk, seen = Desk(), dict[str, str | None]()
    causes = {key: f"00-{number:032x}-{number:016x}-01" for number, key in enumerate(("evt-1", "evt-2"), 1)}
    orders = {}
    for key, cause in causes.items():
        async with desk.unit() as uow:
            sale = await selling(uow)
            sale.order.cause = cause
            await uow.orders.save(sale.order)
            await uow.commit()
        orders[key] = str(sale.order.id)
    desk.memory.jobs.clear()

    async def deliver(key: str) -> None:
        with stretch("webhook"):
            await desk.delivery_store(entry(key, orders.get(key)))
            seen[key] = trace_of(current_cause())

    await asyncio.gather(*(deliver(key) for key in ("evt-1", "evt-2", "of nobody")))
    assert {key: seen[key] for key in causes} == {key: trace_of(cause) for key, cause in causes.items()}
    assert len(set(seen.values())) == 3
    assert sorted(str(trace_of(job.cause)) for job in desk.memory.jobs) == sorted(str(trace) for trace in seen.values())


DELIVERIES = st.lists(
    st.tuples(st.sampled_from(["evt-1", "evt-2", "evt-3", "evt-4", "bad-1", "bad-2"]), st.booleans(), st.booleans()),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(deliveries=DELIVERIES)
def test_each_of_many_concurrent_events_is_stored_once_and_acknowledged_only_if_stored(
    deliveries: list[tuple[str, bool, bool]],
) -> None:
    """deliveries: key, whether the event concerns this installation, and whether the sender cancels the request."""
    asyncio.run(_deliver(deliveries))


async def _deliver(deliveries: list[tuple[str, bool, bool]]) -> None:
    desk = Desk()
    entries = [entry(key) for key, _, _ in deliveries]
    for one, (_, concerns_us, _) in zip(entries, deliveries, strict=True):
        one.status = InboxStatus.PENDING if concerns_us else InboxStatus.IGNORED
    asked = [asyncio.create_task(desk.delivery_store(one)) for one in entries]
    await asyncio.sleep(0)
    for task, (_, _, leaves) in zip(asked, deliveries, strict=True):
        if leaves:
            task.cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for key in sorted({key for key, _, _ in deliveries}):
        notified = [answer for (each, *_), answer in zip(deliveries, answers, strict=True) if each == key]
        if key.startswith(BAD):
            assert all(isinstance(answer, Unfit | asyncio.CancelledError) for answer in notified)
        else:
            assert notified.count(True) <= 1
            assert all(isinstance(answer, bool | asyncio.CancelledError) for answer in notified)
    # Events whose requests were all canceled may still be in flight; one more event comes after them.
    await desk.delivery_store(entry("evt-last"))
    wanted = {key for key, _, _ in deliveries if not key.startswith(BAD)} | {"evt-last"}
    assert desk.keys() == sorted(wanted)
    first = {one.id for one in desk.memory.tables["webhook_inbox"] if one.status is InboxStatus.PENDING}
    assert {str(job.payload["inbox_id"]) for job in desk.memory.jobs} == {str(each) for each in first}
    assert len(desk.memory.jobs) == len(first)


async def test_event_received_while_the_last_transactions_end_is_stored() -> None:
    shut = asyncio.Event()

    async def deliver(*keys: str) -> list[bool]:
        return [await delivery_store(entry(key)) for key in keys]

    @asynccontextmanager
    async def unit() -> AsyncIterator[MemoryUnitOfWork]:
        await shut.wait()
        async with MemoryUnitOfWork(Memory(), jobs_for) as opened:
            yield opened

    delivery_store = DeliveryStore(unit, UnitDeliveries(unit))
    reported = []
    for keys in (("evt-1", "evt-2"), *((f"evt-{number}",) for number in range(3, UNDER_WAY + 2))):
        reported.append(asyncio.create_task(deliver(*keys)))
        for _ in "told", "begun":
            await asyncio.sleep(0)
    shut.set()

    assert all(await asyncio.wait_for(asyncio.gather(*reported), 5))
