"""Records about a bulk expiry: the end of access of each subscription, and the audit entries."""

from __future__ import annotations

import pytest

from subscriptions.application.expiry.owner_questions import WAIT
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.domain.entities.subscription import Subscription
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.bulk_expiry import HOUR, Rig
from tests.support.unanswered_checks import change, over


@pytest.fixture
async def rig(shop: Shop) -> Rig:
    return Rig(shop, await shop.plan())


async def test_end_of_access_that_changed_while_the_bulk_expiry_waited_is_recorded(rig: Rig):
    await over(rig, answered=4, silent=4)
    async with rig.shop.units() as uow:
        [bulk_expiry] = await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING)
        [end] = {case.ended_on for case in await uow.bulk_expiries.list_entries(bulk_expiry.id)}

    def earlier(subscription: Subscription) -> None:
        assert subscription.access_until is not None
        subscription.access_until -= HOUR

    await change(rig, rig.people[-4:], earlier)
    rig.shop.clock.advance(WAIT)
    await rig.complete()
    async with rig.shop.units() as uow:
        ends = sorted(case.ended_on for case in await uow.bulk_expiries.list_entries(bulk_expiry.id))
    assert ends == [end - HOUR] * 4 + [end] * 4


async def test_held_bulk_expiry_and_manual_check_are_audited(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    assert await rig.audited("sweep.held") == 1
    [line] = [line for line in rig.shop.memory.rows("audit_log") if line.action == "sweep.held"]
    assert (line.actor, line.subject, line.facts["people"]) == ("system", str(await rig.asked()), "6")
    await Staff(rig.shop)(SHELL, "sweep", "")
    async with rig.shop.units() as uow:
        looked_at = await uow.subscriptions.list_over(rig.shop.clock.now())
    again = rig.shop.clock.now() + rig.shop.policy.check_interval
    assert {each.next_check_at for each in looked_at} == {again}
    [line] = [line for line in rig.shop.memory.rows("audit_log") if line.action == "sweep.begun"]
    assert (line.actor, dict(line.facts)) == ("cli", {"checking": "6", "leaving": "0"})
