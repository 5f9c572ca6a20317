"""Failed jobs and provider events that were quarantined and that staff runs again."""

from __future__ import annotations

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

MARTA, PEDRO = TelegramId(8), TelegramId(9)


@pytest.fixture
async def shop() -> Shop:
    shop = memory_shop()
    await shop.customer(telegram_id=MARTA, staff_role=StaffRole.MANAGER)
    await shop.customer(telegram_id=PEDRO, staff_role=StaffRole.SUPPORT)
    return shop


async def audit(shop: Shop, about: str) -> list[tuple[str, str]]:
    async with shop.units() as uow:
        return [(line.actor, line.action) for line in await uow.audit.of_subject(about, 9)]


async def test_failed_job_is_requeued_once_and_unknown_job_id_is_refused(shop: Shop) -> None:
    shop.memory.failed_jobs[77] = Job(name="core.something", payload={"v": 1})
    staff = Staff(shop)

    with pytest.raises(NotAllowed):
        await staff(PEDRO, "repeat_job", 77)
    assert (await staff(MARTA, "repeat_job", 77)).name == "queued"
    assert [job.name for job in shop.memory.jobs] == ["core.something"]
    assert await audit(shop, "job 77") == [(str(MARTA), "work.repeat")]
    with pytest.raises(NothingToDo):
        await staff(MARTA, "repeat_job", 77)
    for unknown in ("", "-1", "x", "9" * 19, "7\0", "٧"):
        with pytest.raises(SubjectGone):
            await staff(MARTA, "repeat_job", unknown)
    assert len(await audit(shop, "job 77")) == 1


async def test_quarantined_event_can_be_applied_again_and_an_ignored_event_cannot(shop: Shop) -> None:
    entry = samples.inbox_entry(status=InboxStatus.PARKED)
    ignored = samples.inbox_entry(status=InboxStatus.IGNORED)
    async with shop.units() as uow:
        await uow.inbox.add_new([entry, ignored])
        await uow.commit()
    staff = Staff(shop)

    assert (await staff(MARTA, "repeat_webhook", entry.id)).name == "applying"
    assert [str(job["inbox_id"]) for job in await shop.jobs("core.apply_payment_event")] == [str(entry.id)]
    assert await audit(shop, f"webhook {entry.id}") == [(str(MARTA), "work.repeat")]
    for waiting in (entry.id, ignored.id):
        with pytest.raises(NothingToDo):
            await staff(MARTA, "repeat_webhook", waiting)
    with pytest.raises(SubjectGone):
        await staff(MARTA, "repeat_webhook", "no id")
