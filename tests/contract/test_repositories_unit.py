"""A unit of work is atomic, jobs included, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.events import OrderExpired, WebhookStored
from subscriptions.domain.ids import PostId, new_uuid
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_unit_of_work_without_a_commit_is_rolled_back(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        uow.record(WebhookStored(new_uuid()))
        await uow.enqueue(Job(name="test.more", payload={"v": 1}))
    async with units() as uow:
        assert await uow.orders.get(sale.order.id) is None
    assert await units.job_names() == []


async def test_unit_of_work_with_an_error_is_rolled_back(units: Units) -> None:
    customer = samples.customer()
    with pytest.raises(ZeroDivisionError):
        await _save_and_fail(units, customer)
    async with units() as uow:
        assert await uow.customers.get(customer.id) is None


async def _save_and_fail(units: Units, customer: Customer) -> None:
    async with units() as uow:
        await uow.customers.save(customer)
        raise ZeroDivisionError


async def test_event_of_an_entity_saved_twice_becomes_one_job(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.order.expire()
        await uow.orders.save(sale.order)
        await uow.orders.save(sale.order)
        await uow.commit()
        await uow.commit()
    assert await units.job_names() == ["test.OrderExpired"]


async def test_event_recorded_after_save_is_dispatched_as_a_job(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.order.events.record(OrderExpired(sale.order.id, sale.order.customer_id, sale.order.expires_at))
        await uow.commit()
    assert await units.job_names() == ["test.OrderExpired"]


async def test_adding_an_entity_that_already_exists_enqueues_no_job(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        first = samples.pick(sale.plan)
        assert await uow.of(POSTS_KEY).add_if_new(first)
        twin = samples.pick(sale.plan, key=first.key)
        assert not await uow.of(POSTS_KEY).add_if_new(replace(twin, id=PostId(new_uuid())))
        await uow.commit()
    assert await units.job_names() == ["test.PostAccepted"]


async def test_jobs_enqueued_directly_follow_jobs_of_events(units: Units) -> None:
    async with units() as uow:
        await uow.enqueue(Job(name="test.more", payload={"v": 1}))
        uow.record(WebhookStored(new_uuid()))
        await uow.commit()
    assert await units.job_names() == ["test.WebhookStored", "test.more"]


async def test_unsaved_change_of_an_entity_is_not_visible(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.customer.first_name = "never saved"
        await uow.commit()
        read = await uow.customers.get(sale.customer.id)
        assert read is not None
        assert read.first_name != "never saved"


async def test_webhook_with_the_same_transmission_id_is_stored_once(units: Units) -> None:
    first = samples.inbox_entry(event=samples.event(transmission="8d6ad9d0-1"))
    other, third, none = (
        samples.inbox_entry(event=samples.event(transmission=name)) for name in ("8d6ad9d0-1", "8d6ad9d0-2", None)
    )
    async with units() as uow:
        assert await uow.inbox.add_new([first]) == {first.id}
        assert await uow.inbox.add_new([other, third, none]) == {third.id, none.id}
        assert not await uow.inbox.add_if_new(other)
        assert await uow.inbox.stored_keys(other.event.provider, [other.event.event_key]) == set()
