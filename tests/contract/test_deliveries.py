"""Webhooks are stored once, each with its job, whether they are stored one by one or together in one statement."""

from __future__ import annotations

from dataclasses import replace

from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.repositories.inbox import Deliveries, Delivery, DeliveryResult, InboxStatus
from subscriptions.infrastructure.database.deliveries import SqlDeliveries
from tests.fakes import samples
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, route_by_name, units

__all__ = ["database", "units"]

THEIRS, OURS = (f"00-{number:032x}-{number:016x}-01" for number in (1, 2))


def deliveries(units: Units) -> Deliveries:
    return UnitDeliveries(units) if units.engine is None else SqlDeliveries(units.engine, route_by_name)


def delivery(key: str, order: str | None = None, status: InboxStatus = InboxStatus.PENDING) -> Delivery:
    event = samples.event(event_key=key, order_id=order)
    return Delivery(entry=samples.inbox_entry(id=InboxId(new_uuid()), event=event, status=status), cause=OURS)


async def test_each_event_is_stored_once_and_only_pending_events_get_a_job(units: Units) -> None:
    keep = deliveries(units)
    first, twin, other = delivery("evt-2"), delivery("evt-2"), delivery("evt-1", status=InboxStatus.IGNORED)
    kept = await keep([first, twin, other])
    assert {kept[first.entry.id].new, kept[twin.entry.id].new} == {True, False}
    assert kept[other.entry.id] == DeliveryResult(new=True, cause=None)
    assert await units.job_names() == ["test.WebhookStored"]
    again = [replace(each, entry=replace(each.entry, id=InboxId(new_uuid()))) for each in (first, other)]
    assert await keep(again) == {each.entry.id: DeliveryResult(new=False, cause=None) for each in again}
    assert await units.job_names() == ["test.WebhookStored"]
    async with units() as uow:
        stored = await uow.inbox.get(other.entry.id)
    assert stored == other.entry


async def test_stored_webhook_event_has_the_trace_context_of_its_order(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.order.cause = THEIRS
        await uow.orders.save(sale.order)
        await uow.commit()
    order = str(sale.order.id)
    brought = [delivery("evt-1", order), delivery("evt-1", order), delivery("evt-2", "no reference")]
    kept = await deliveries(units)(brought)
    assert [kept[each.entry.id].cause for each in brought] == [THEIRS, THEIRS, None]
