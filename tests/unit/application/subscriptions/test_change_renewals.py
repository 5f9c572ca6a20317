"""Check that staff commands that cancel, resume or pause renewals record the request, and that a job executes it at the
provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.subscriptions.carry_out_change import CarryOutChange
from subscriptions.application.subscriptions.change_renewals import RenewalChange
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.subscription_handler import UndoCancellation
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, Subscription, SubscriptionStatus
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.payment_gateway import (
    ChargeDeclined,
    GatewayRejected,
    GatewayUnavailable,
    ProviderStatus,
)
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.unit.application.subscriptions.test_pausing import Pausing

WHY = {"reason": "lo pidió por correo"}
COMMANDS = ("cancel", "undo", "pause", "resume")


class Keeping(Pausing):
    """Pausing provider that can also undo a cancellation."""

    async def resume_subscription(self, ref: str) -> bool:
        self._raise_next_error()
        return not self.refuses and await super().resume_subscription(ref)

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        self._raise_next_error()
        return await super().end_pause(ref, at_once=at_once)


@dataclass
class Desk:
    """Shop in which Ana's subscription renews, and the staff who change the renewal."""

    shop: Shop
    provider: Keeping
    act: Staff
    ana: Customer
    plan: ServicePlan
    id: SubscriptionId

    async def held(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def wish(self, name: str, operation: UUID | None = None) -> str:
        """Run the command from the shell and return its outcome."""
        return (await self.act(SHELL, name, self.id, operation, **WHY)).name

    async def work(self) -> None:
        """Run each job twice, as after a crash."""
        shop = self.shop
        change = CarryOutChange(
            shop.units,
            shop.clock,
            shop.cancel,
            UndoCancellation(shop.units, shop.gateways, shop.follow),
            PauseSubscription(shop.units, shop.gateways, shop.follow, shop.clock),
        )
        for job in [*await shop.jobs("core.change_renewals")]:
            for _ in range(2):
                await change(SubscriptionId(UUID(job["subscription_id"])), RenewalChange(job["change"]), job["key"])
        shop.memory.jobs = [job for job in shop.memory.jobs if job.name != "core.change_renewals"]

    def lines(self) -> list[Any]:
        return [line for line in self.shop.memory.rows("audit_log") if line.subject == str(self.ana.id)]

    async def offered(self) -> set[str]:
        """Return the renewal commands offered on the customer's card."""
        olga = await self.shop.customer(staff_role=StaffRole.SUPPORT)
        see = SeeCustomers(
            self.shop.units, self.shop.gateways, StaffDesk(self.shop.units, self.shop.clock), self.shop.policy
        )
        found = await see.get_plan(olga.telegram_id, self.id)
        assert found is not None
        return {act.name for act in found[1].available_commands} & set(COMMANDS)


@pytest.fixture
async def desk() -> Desk:
    bare = memory_shop()
    provider = Keeping(bare.clock, name="acme")
    shop = Shop(bare.units, memory=bare.memory, clock=bare.clock, shared=provider)
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*provider.pay(session))
    return Desk(shop, provider, Staff(shop), ana, plan, (await shop.holding(ana, plan)).subscription.id)


async def test_staff_cancel_renewals_at_the_provider_and_undo_the_cancellation(desk: Desk) -> None:
    assert await desk.offered() == {"cancel", "pause"}
    assert await desk.wish("cancel") == "canceling"
    assert (await desk.held()).status is SubscriptionStatus.ACTIVE, "the provider is not asked meanwhile"
    await desk.work()
    canceled = await desk.held()
    assert (canceled.status, canceled.live) == (SubscriptionStatus.CANCELED, True)
    assert await desk.offered() == {"undo"}
    assert await desk.wish("cancel") == "canceled_before"

    assert await desk.wish("undo") == "keeping"
    await desk.work()
    assert (await desk.held()).status is SubscriptionStatus.ACTIVE
    assert await desk.wish("undo") == "renews_already"
    assert [(line.action, line.reason) for line in desk.lines()] == [
        ("customer.cancel", WHY["reason"]),
        ("customer.undo", WHY["reason"]),
    ]
    notified = [job["kind"] for job in await desk.shop.jobs("bot.announce")]
    assert [kind for kind in notified if kind in {"canceled", "cancel_undone"}] == ["canceled", "cancel_undone"]


async def test_month_is_skipped_and_the_pause_can_be_ended_early(desk: Desk) -> None:
    held = await desk.held()
    effect = await desk.act.run.preview(SHELL, "pause", str(desk.id), WHY)
    assert effect is not None
    assert effect.facts["starts"] == held.access_until
    assert await desk.wish("pause") == "pausing"
    await desk.work()
    assert (await desk.held()).pause_until is not None
    assert await desk.offered() == {"cancel", "resume"}
    assert await desk.wish("pause") == "paused_before"

    later = await desk.act.run.preview(SHELL, "resume", str(desk.id), WHY)
    assert later is not None
    assert (later.name, later.facts["starts"]) == ("charged_later", held.access_until)
    assert await desk.wish("resume") == "resuming"
    await desk.work()
    assert (await desk.held()).pause_until is None
    assert await desk.wish("resume") == "not_paused"
    assert len(desk.provider.ended) == 1, "a job that runs again asks nobody again"


async def test_preview_of_ending_a_begun_pause_states_the_price_charged_now(desk: Desk) -> None:
    await desk.wish("pause")
    await desk.work()
    desk.shop.clock.advance(PERIOD)
    desk.provider.change("sub-1", status=ProviderStatus.PAUSED)
    await desk.shop.deliver(desk.provider.updated("sub-1"))
    effect = await desk.act.run.preview(SHELL, "resume", str(desk.id), WHY)
    assert effect is not None
    assert (effect.name, effect.facts) == ("charged_now", {"price": desk.plan.price})


@pytest.mark.parametrize(("first", "second"), [("cancel", "undo"), ("pause", "resume")])
async def test_later_staff_request_replaces_an_opposite_request_that_is_still_queued(
    desk: Desk, first: str, second: str
) -> None:
    await desk.wish(first)
    assert await desk.wish(second) in {"keeping", "resuming"}, "nothing was canceled yet, and yet it has to be kept"
    await desk.work()
    held = await desk.held()
    assert (held.status, held.pause_until) == (SubscriptionStatus.ACTIVE, None)
    assert [job["kind"] for job in await desk.shop.jobs("bot.announce") if job["kind"] == "canceled"] == []

    await desk.wish(first)
    await desk.wish(second)
    assert await desk.wish(first) in {"canceling", "pausing"}
    await desk.work()
    held = await desk.held()
    assert SubscriptionStatus.CANCELED is held.status or held.pause_until is not None


async def test_repeated_cancellation_request_is_queued_once(desk: Desk) -> None:
    wish = uuid4()
    assert {await desk.wish("cancel", wish) for _ in range(3)} == {"canceling"}
    assert len(await desk.shop.jobs("core.change_renewals")) == len(desk.lines()) == 1


async def test_pause_refused_by_the_provider_is_not_applied_and_alerts_the_owners(desk: Desk) -> None:
    await desk.wish("pause")
    desk.provider.refuses = True
    await desk.work()
    assert set(await desk.shop.alarms()) == {"renewals_unchanged"}
    assert (await desk.held()).pause_until is None


@pytest.mark.parametrize("error", [GatewayRejected("acme", "no"), ChargeDeclined("acme", "no money")])
async def test_pause_whose_end_is_refused_by_the_provider_alerts_the_owners(desk: Desk, error: Exception) -> None:
    await desk.wish("pause")
    await desk.work()
    await desk.wish("resume")
    desk.provider.errors += [error, error]
    await desk.work()
    assert set(await desk.shop.alarms()) == {"renewals_unchanged"}
    assert (await desk.held()).pause_until is not None


async def test_undo_of_a_cancellation_is_retried_while_the_provider_is_unavailable(desk: Desk) -> None:
    await desk.wish("cancel")
    await desk.work()
    await desk.wish("undo")
    desk.provider.errors.append(GatewayUnavailable("acme", "away"))
    with pytest.raises(GatewayUnavailable):
        await desk.work()
    await desk.work()
    assert (await desk.held()).status is SubscriptionStatus.ACTIVE
    assert await desk.shop.alarms() == []


@pytest.mark.parametrize("name", COMMANDS)
async def test_invalid_or_unauthorized_change_is_refused_and_writes_nothing(desk: Desk, name: str) -> None:
    with pytest.raises(SubjectGone):
        await desk.act(SHELL, name, uuid4(), **WHY)
    for reason in ("", "x", "x" * 501):
        with pytest.raises(InputsRefused) as refused:
            await desk.act(SHELL, name, desk.id, reason=reason)
        assert set(refused.value.errors) == {"reason"}
    support = await desk.shop.customer(staff_role=StaffRole.SUPPORT)
    for caller in (support.telegram_id, Program("crm", {*Ability} - {Ability.CHANGE_ACCESS})):
        with pytest.raises(NotAllowed):
            await desk.act(caller, name, desk.id, **WHY)
    await desk.act(SHELL, "remove", desk.id, **WHY)
    with pytest.raises(NothingToDo):
        await desk.act(SHELL, name, desk.id, **WHY)
    assert await desk.shop.jobs("core.change_renewals") == []


async def test_customer_with_a_dispute_is_not_charged_to_resume(desk: Desk) -> None:
    held = await desk.held()
    held.status, held.paused_for = SubscriptionStatus.PAUSED, frozenset({"provider", DISPUTE})
    held.pause_until = desk.shop.clock.now() + timedelta(days=60)
    async with desk.shop.units() as uow:
        await uow.subscriptions.save(held)
        await uow.commit()
    with pytest.raises(NothingToDo):
        await desk.wish("resume")
    assert "resume" not in await desk.offered()


async def test_granted_time_has_no_renewals_to_change(desk: Desk) -> None:
    berta = await desk.shop.customer()
    await desk.act(SHELL, "grant", berta.id, plan=desk.plan.soft_id, days=10, **WHY)
    given = (await desk.shop.holding(berta, desk.plan)).subscription.id
    for name in ("cancel", "pause"):
        with pytest.raises(NothingToDo, match="no provider"):
            await desk.act(SHELL, name, given, **WHY)
