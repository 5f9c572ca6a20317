"""Staff commands that change a customer's access, and their ledger entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import AccessMovedMessage
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import access_until
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.ids import new_uuid
from tests.fakes import samples
from tests.fakes.shop import Holding, Shop, memory_shop
from tests.fakes.staff import Staff

DAY = timedelta(days=1)


@dataclass
class Office:
    """Shop with a staff member, a customer and a plan."""

    shop: Shop
    act: Staff
    olga: Customer
    ana: Customer
    plan: ServicePlan

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    async def subscription(self) -> Subscription:
        return (await self.held()).subscription

    async def step(self, change: Callable[[Subscription, datetime], None]) -> None:
        """Change the subscription without a staff command."""
        now, current = self.shop.clock.now(), await self.subscription()
        async with self.shop.units() as uow:
            kept = await uow.subscriptions.get(current.id, lock=True)
            assert kept is not None
            change(kept, now)
            await uow.subscriptions.save(kept)
            await GrantAccess(self.shop.policy).settle(uow, kept, self.ana, self.plan, now)
            await uow.commit()

    async def audit(self, of: object) -> list[Any]:
        return [line for line in self.shop.memory.rows("audit_log") if line.subject == str(of)]

    async def until_by_ledger(self) -> object:
        async with self.shop.units() as uow:
            return access_until(
                await uow.ledger.of_subscription((await uow.subscriptions.of_customer(self.ana.id))[0].id)
            )


@pytest.fixture
async def office() -> Office:
    shop = memory_shop()
    olga = await shop.customer(staff_role=StaffRole.MANAGER)
    ana, plan = await shop.customer(), await shop.plan()
    return Office(shop, Staff(shop), olga, ana, plan)


async def given(office: Office, days: int = 10) -> Subscription:
    await office.act(
        office.olga.telegram_id, "grant", office.ana.id, plan=office.plan.soft_id, days=days, reason="de bienvenida"
    )
    return await office.subscription()


async def test_plan_is_granted_with_a_channel_a_message_and_an_audit_entry(office: Office) -> None:
    subscription = await given(office)
    now = office.shop.clock.now()

    assert subscription.access_until == now + 10 * DAY
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.PENDING]
    assert len(await office.shop.notified("access_moved")) == 1
    (line,) = await office.audit(office.ana.id)
    assert (line.actor, line.action, line.reason) == (str(office.olga.telegram_id), "customer.grant", "de bienvenida")
    assert line.facts == {"plan": office.plan.soft_id, "days": "10"}


async def test_repeated_operation_is_executed_once(office: Office) -> None:
    wish, olga = uuid4(), office.olga.telegram_id
    for _ in range(3):
        done = await office.act(olga, "grant", office.ana.id, wish, plan=office.plan.soft_id, days=10, reason="motivo")
    assert done.facts == {"until": office.shop.clock.now() + 10 * DAY}
    subscription = await office.subscription()
    more = uuid4()
    ends = {
        (await office.act(olga, "extend", subscription.id, more, days=5, reason="motivo")).facts["until"]
        for _ in range(3)
    }

    assert ends == {office.shop.clock.now() + 15 * DAY}
    assert len(await office.audit(office.ana.id)) == 2
    assert len(await office.shop.notified("access_moved")) == 2


async def test_grant_of_a_plan_already_held_extends_the_plan(office: Office) -> None:
    first = await given(office)
    second = await given(office, 5)

    assert second.id == first.id
    assert second.access_until == office.shop.clock.now() + 15 * DAY


@pytest.mark.parametrize("days", [3, -3])
async def test_staff_can_add_and_remove_days(office: Office, days: int) -> None:
    subscription = await given(office)
    done = await office.act(office.olga.telegram_id, "extend", subscription.id, days=days, reason="compensación")

    end = office.shop.clock.now() + (10 + days) * DAY
    assert done.facts == {"until": end}
    assert (await office.subscription()).access_until == await office.until_by_ledger() == end


@pytest.mark.parametrize(
    ("days", "why"), [(0, "days_zero"), (3661, "days_range"), (-3661, "days_range"), (-10, "days_past"), ("x", "days")]
)
async def test_invalid_days_are_refused(office: Office, days: object, why: str) -> None:
    subscription = await given(office)
    with pytest.raises(InputsRefused) as refused:
        await office.act(office.olga.telegram_id, "extend", subscription.id, days=days, reason="motivo")
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {"days": why}
    assert (await office.subscription()).access_until == office.shop.clock.now() + 10 * DAY


async def test_staff_can_suspend_and_restore_a_subscription(office: Office) -> None:
    subscription, olga = await given(office), office.olga.telegram_id
    await office.act(olga, "suspend", subscription.id, reason="revisión")
    await office.act(olga, "suspend", subscription.id, reason="revisión")
    paused = await office.subscription()
    assert (paused.status, paused.paused_for) == (SubscriptionStatus.PAUSED, {STAFF})
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.SUSPENDED]
    assert len(await office.shop.notified("suspended")) == 1

    # An extension during the suspension admits no customer.
    await office.act(olga, "extend", subscription.id, days=5, reason="motivo")
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.SUSPENDED]

    await office.act(olga, "restore", subscription.id, reason="aclarado")
    await office.act(olga, "restore", subscription.id, reason="aclarado")
    assert (await office.subscription()).status is SubscriptionStatus.ACTIVE
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.PENDING]
    assert len(await office.shop.notified("resumed")) == 1
    actions = [line.action for line in await office.audit(office.ana.id)]
    assert actions == ["customer.grant", "customer.suspend", "customer.extend", "customer.restore"]


@pytest.mark.parametrize("days", [5, -3])
async def test_days_changed_during_a_suspension_are_announced_without_an_end_date(office: Office, days: int) -> None:
    subscription, olga = await given(office), office.olga.telegram_id
    await office.act(olga, "suspend", subscription.id, reason="revisión")
    office.shop.clock.advance(20 * DAY)
    done = await office.act(olga, "extend", subscription.id, days=days, reason="motivo")
    end = office.shop.clock.now() + (10 + days) * DAY
    assert done.facts == {"until": end}
    async with office.shop.units() as uow:
        sources = Sources(uow, office.shop.policy, office.shop.clock.now())
        message = await AccessMovedMessage.load(sources, subscription.id)
    assert message is not None
    assert message.held

    await office.act(olga, "restore", subscription.id, reason="aclarado")
    assert (await office.subscription()).access_until == end


async def test_cancellation_does_not_lift_a_suspension(office: Office) -> None:
    subscription, olga = await given(office), office.olga.telegram_id
    await office.act(olga, "suspend", subscription.id, reason="revisión")
    async with office.shop.units() as uow:
        found = await uow.subscriptions.get(subscription.id)
        assert found is not None
        found.cancel(now=office.shop.clock.now())
        await uow.subscriptions.save(found)
        await GrantAccess(office.shop.policy).settle(uow, found, office.ana, office.plan, office.shop.clock.now())
        await uow.commit()
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.SUSPENDED]
    await office.act(olga, "restore", subscription.id, reason="aclarado")
    assert (await office.subscription()).status is SubscriptionStatus.CANCELED
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.PENDING]


async def test_staff_cannot_restore_access_paused_by_a_dispute(office: Office) -> None:
    subscription = await given(office)
    async with office.shop.units() as uow:
        found = await uow.subscriptions.get(subscription.id)
        assert found is not None
        found.pause(DISPUTE, office.shop.clock.now())
        await uow.subscriptions.save(found)
        await uow.commit()
    with pytest.raises(NothingToDo):
        await office.act(office.olga.telegram_id, "restore", subscription.id, reason="motivo")


@pytest.mark.parametrize("first", [DISPUTE, PROVIDER])
async def test_access_stays_suspended_until_every_pause_reason_has_ended(office: Office, first: str) -> None:
    subscription, olga = await given(office), office.olga.telegram_id
    await office.step(lambda kept, now: kept.pause(first, now))
    assert (await office.act(olga, "suspend", subscription.id, reason="revisión")).name == "suspended_too"
    await office.step(lambda kept, now: kept.resume(first, now))
    assert (await office.subscription()).paused_for == {STAFF}
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.SUSPENDED]
    await office.step(lambda kept, now: kept.pause(first, now))
    assert (await office.act(olga, "restore", subscription.id, reason="aclarado")).name == "restored_not_yet"
    assert (await office.subscription()).paused_for == {first}
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.SUSPENDED]
    await office.step(lambda kept, now: kept.resume(first, now))

    assert (await office.subscription()).status is SubscriptionStatus.ACTIVE
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.PENDING]
    assert await office.shop.notified("suspended") == []


async def test_removal_by_staff_ends_access_at_once_with_the_end_date_of_the_ledger(office: Office) -> None:
    subscription, olga = await given(office), office.olga.telegram_id
    office.shop.clock.advance(2 * DAY)
    await office.act(olga, "remove", subscription.id, reason="compartía los picks")
    over = await office.subscription()

    assert (over.status, over.end_reason) == (SubscriptionStatus.EXPIRED, "removed")
    assert over.access_until == await office.until_by_ledger() == office.shop.clock.now()
    assert [access.status for access in (await office.held()).accesses] == [AccessStatus.REVOKING]
    assert len(await office.shop.notified("expired")) == 1
    assert len(await office.shop.jobs("bot.remove_person")) == 1
    assert (await office.audit(office.ana.id))[-1].reason == "compartía los picks"
    with pytest.raises(NothingToDo):
        await office.act(olga, "remove", subscription.id, reason="motivo")


async def test_removal_stops_billing_at_the_provider(office: Office) -> None:
    shop = office.shop
    order = samples.order(office.ana, office.plan)
    bought = samples.subscription(order, access_until=shop.clock.now() + 10 * DAY)
    async with shop.units() as uow:
        await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        await uow.commit()
    await office.act(office.olga.telegram_id, "remove", bought.id, reason="motivo")

    assert [job["subscription_id"] for job in await shop.jobs("core.stop_billing")] == [str(bought.id)]


async def test_vip_plan_is_not_granted_without_a_vip_channel(office: Office) -> None:
    vip = await office.shop.plan(access=AccessKind.VIP_CHANNEL)
    with pytest.raises(InputsRefused) as refused:
        await office.act(office.olga.telegram_id, "grant", office.ana.id, plan=vip.soft_id, days=1, reason="motivo")
    assert refused.value.errors["plan"].key == "channel"
    assert (await office.shop.holding(office.ana, vip)).subscriptions == []


async def test_staff_command_with_an_unknown_customer_subscription_or_plan_is_refused(office: Office) -> None:
    olga, nothing = office.olga.telegram_id, new_uuid()
    with pytest.raises(NothingToDo):
        await office.act(olga, "suspend", nothing, reason="motivo")
    with pytest.raises(NothingToDo):
        await office.act(olga, "grant", new_uuid(), plan=office.plan.soft_id, days=1, reason="motivo")
    with pytest.raises(InputsRefused) as refused:
        await office.act(olga, "grant", office.ana.id, plan="no-such-plan", days=1, reason="motivo")
    assert refused.value.errors["plan"].key == "not_offered"


@pytest.mark.parametrize("role", [None, StaffRole.SUPPORT])
async def test_command_by_an_insufficient_role_changes_nothing(office: Office, role: StaffRole | None) -> None:
    subscription = await given(office)
    marta = (await office.shop.customer(staff_role=role)).telegram_id
    before = len(office.shop.memory.rows("audit_log"))
    with pytest.raises(NotAllowed):
        await office.act(marta, "extend", subscription.id, days=1, reason="motivo")
    with pytest.raises(NotAllowed):
        await office.act(marta, "suspend", subscription.id, reason="motivo")
    with pytest.raises(NotAllowed):
        await office.act(marta, "restore", subscription.id, reason="motivo")
    with pytest.raises(NotAllowed):
        await office.act(marta, "remove", subscription.id, reason="motivo")
    with pytest.raises(NotAllowed):
        await office.act(marta, "grant", office.ana.id, plan=office.plan.soft_id, days=1, reason="motivo")

    assert (await office.subscription()).access_until == subscription.access_until
    added = office.shop.memory.rows("audit_log")[before:]
    assert {(line.actor, line.action) for line in added} == {(str(marta), "staff.refused")}


async def test_staff_grants_of_more_than_93_days_alert_the_owners_even_in_small_steps(office: Office) -> None:
    await given(office, 93)
    assert await office.shop.alarms() == []
    subscription = await office.subscription()
    await office.act(office.olga.telegram_id, "extend", subscription.id, days=1, reason="uno más")

    (alarm,) = [job for job in await office.shop.jobs("bot.alarm") if job["kind"] == "time_given"]
    assert alarm["facts"] == {
        "staff": str(office.olga.telegram_id),
        "telegram_id": str(office.ana.telegram_id),
        "plan": office.plan.name,
        "given": "94 d",
    }
    await office.act(office.olga.telegram_id, "extend", subscription.id, days=-30, reason="menos")
    assert len({job["key"] for job in await office.shop.jobs("bot.alarm")}) == 1


async def test_time_granted_by_staff_to_themselves_alerts_the_owners(office: Office) -> None:
    await office.act(
        office.olga.telegram_id, "grant", office.olga.id, plan=office.plan.soft_id, days=1, reason="para mí"
    )

    assert await office.shop.alarms() == ["time_given"]
    (line,) = await office.audit(office.olga.id)
    assert line.action == "customer.grant"


async def test_operation_id_with_other_inputs_is_refused(office: Office) -> None:
    subscription, olga, operation = await given(office), office.olga.telegram_id, uuid4()
    await office.act(olga, "extend", subscription.id, operation, days=5, reason="motivo")
    for answers in ({"days": 6, "reason": "motivo"}, {"days": 5, "reason": "otro motivo"}):
        with pytest.raises(OperationConflict):
            await office.act(olga, "extend", subscription.id, operation, **answers)
    with pytest.raises(OperationConflict):
        await office.act(olga, "suspend", subscription.id, operation, reason="motivo")

    assert (await office.subscription()).access_until == office.shop.clock.now() + 15 * DAY


async def test_all_invalid_inputs_are_reported_together_and_nothing_is_written(office: Office) -> None:
    before = len(office.shop.memory.rows("audit_log"))
    with pytest.raises(InputsRefused) as refused:
        await office.act(office.olga.telegram_id, "grant", office.ana.id, plan="", days="many", color="red")

    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {
        "plan": "choose",
        "days": "duration_days",
        "reason": "missing",
        "color": "unknown",
    }
    assert len(office.shop.memory.rows("audit_log")) == before
    assert office.shop.memory.rows("staff_operations") == []


async def bought(office: Office) -> Subscription:
    """Buy a month of a plan that a provider renews, and return the subscription."""
    shop = office.shop
    _, session = await shop.checkout(office.ana, office.plan)
    await shop.deliver(*shop.provider.pay(session))
    return await office.subscription()


async def test_days_command_cannot_remove_time_charged_by_a_provider(office: Office) -> None:
    subscription, olga = await bought(office), office.olga.telegram_id
    end = subscription.access_until
    for beside in (0, 7):
        if beside:
            await office.act(olga, "extend", subscription.id, days=beside, reason="motivo")
        with pytest.raises(InputsRefused) as refused:
            await office.act(olga, "extend", subscription.id, days=-10, reason="motivo")
        wrong = refused.value.errors["days"]
        assert (wrong.key, wrong.facts) == ("days_billed", {"days": str(beside), "until": end})
    assert len(await office.audit(office.ana.id)) == 1


async def test_days_added_by_staff_after_a_charged_period_can_be_removed_without_an_alarm(office: Office) -> None:
    subscription, olga, shop = await bought(office), office.olga.telegram_id, office.shop
    for days in (17, -10):
        await office.act(olga, "extend", subscription.id, days=days, reason="motivo")
    assert (await office.subscription()).access_until == (subscription.access_until or shop.clock.now()) + 7 * DAY
    shop.clock.advance(30 * DAY)
    await shop.deliver(shop.provider.renew("sub-1", office.plan.price))
    for _ in range(40):
        shop.clock.advance(DAY / 2)
        await shop.check(subscription.id)
    assert await shop.alarms() == []
