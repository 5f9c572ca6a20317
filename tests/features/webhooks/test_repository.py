"""Webhook endpoints, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent, OutgoingState
from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.ids import new_uuid
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]
HOUR = timedelta(hours=1)


def endpoint_of(name: str) -> OutgoingEndpoint:
    return OutgoingEndpoint(id=new_uuid(), name=name, url="https://n8n.example.com/", secret="sealed", created_at=NOON)


def event_of(endpoint: OutgoingEndpoint, hours: int, state: OutgoingState) -> OutgoingEvent:
    at = NOON + hours * HOUR
    return OutgoingEvent(
        id=new_uuid(),
        receiver_id=endpoint.id,
        kind=EventKind.ENDPOINT_TESTED,
        customer_id=None,
        happened_at=at,
        begun_at=at,
        next_at=at,
        state=state,
        attempts=3,
    )


async def test_endpoint_name_is_unique_and_removal_deletes_its_deliveries(units: Units) -> None:
    n8n, web = endpoint_of("n8n"), endpoint_of("web")
    async with units() as uow:
        assert await uow.of(ENDPOINTS_KEY).add_if_new(web)
        assert await uow.of(ENDPOINTS_KEY).add_if_new(n8n)
        assert not await uow.of(ENDPOINTS_KEY).add_if_new(endpoint_of("n8n"))
        await uow.of(ENDPOINTS_KEY).add_event(event_of(n8n, 0, OutgoingState.TOLD))
        await uow.commit()
    async with units() as uow:
        held = await uow.of(ENDPOINTS_KEY).get(n8n.id, lock=True)
        assert held == n8n
        held.switch_off("failing", NOON)
        await uow.of(ENDPOINTS_KEY).save(held)
        assert await uow.of(ENDPOINTS_KEY).all() == [held, web]
        await uow.of(ENDPOINTS_KEY).remove(n8n.id)
        assert (await uow.of(ENDPOINTS_KEY).all(), await uow.of(ENDPOINTS_KEY).newest(n8n.id, 9)) == ([web], [])
        await uow.commit()


async def test_deliveries_can_be_replayed(units: Units) -> None:
    n8n, later = endpoint_of("n8n"), NOON + timedelta(days=1)
    lost, notified, old = (
        event_of(n8n, hours, state)
        for hours, state in ((2, OutgoingState.GIVEN_UP), (3, OutgoingState.TOLD), (-9, OutgoingState.GIVEN_UP))
    )
    async with units() as uow:
        await uow.of(ENDPOINTS_KEY).add_if_new(n8n)
        for event in (old, lost, notified):
            await uow.of(ENDPOINTS_KEY).add_event(event)
        assert [event.id for event in await uow.of(ENDPOINTS_KEY).newest(n8n.id, 2)] == [notified.id, lost.id]
        assert await uow.of(ENDPOINTS_KEY).replay(n8n.id, NOON, later, with_delivered=False) == 1
        assert await uow.of(ENDPOINTS_KEY).replay(n8n.id, NOON, later, with_delivered=True) == 1
        await uow.of(ENDPOINTS_KEY).repeat(old.id, later)
        for event in await uow.of(ENDPOINTS_KEY).newest(n8n.id, 9):
            assert (event.state, event.attempts, event.next_at) == (OutgoingState.WAITING, 0, later)
        await uow.of(ENDPOINTS_KEY).try_anew(n8n.id, later + HOUR)
        again = await uow.of(ENDPOINTS_KEY).event(lost.id)
        assert again is not None
        assert (again.begun_at, again.next_at) == (later + HOUR, later + HOUR)
        await uow.commit()
