"""Check that charges of customers with prepaid time are postponed to the end of that time, announced in advance, and
never repeated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRejected, GatewayUnavailable
from subscriptions.domain.services import access_policy, charge_policy, notice_policy, pause_policy, plan_change_policy
from tests.fakes.gateway import OF_A_PROVIDER
from tests.fakes.provider import PERIOD, Provider
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

DAY = timedelta(days=1)
MOVED_BEFORE = notice_policy.DEFAULT + notice_policy.PREPARATION
REF = "sub-1"


@dataclass
class Moving(Provider):
    """Provider that postpones charges.

    moves: postponements by idempotency key. is_refusing: True if postponing is currently impossible.
    """

    capabilities: frozenset[Capability] = OF_A_PROVIDER | {Capability.MOVE_CHARGE}
    moves: dict[str, datetime] = field(default_factory=dict)
    is_refusing: bool = False

    async def reschedule_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        self._raise_next_error()
        if self.is_refusing or ref not in self.subscriptions:
            return False
        self.moves[idempotency_key] = charge_at
        self.change(ref, current_period_start=self.clock.now(), current_period_end=charge_at, charge_moved_to=charge_at)
        return True

    def charged(self, shop: Shop, plan: ServicePlan) -> bool:
        """Return True if the current period at the provider is over, so that the next charge is due."""
        return (self.subscriptions[REF].current_period_end or shop.clock.now()) <= shop.clock.now()


@dataclass
class Life:
    """Monthly subscription of Ana over some time.

    charges: time of each charge, with the end of access at that time.
    """

    shop: Shop
    provider: Moving
    ana: Customer
    plan: ServicePlan
    charges: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def give(self, days: int, key: str = "code") -> None:
        async with self.shop.units() as uow:
            held = await uow.subscriptions.live_for(self.ana.id, self.plan.id, lock=True)
            assert held is not None
            time_grant = TimeGrant(kind=LedgerKind.TOKEN, source_key=key, length=days * DAY, price=self.plan.price)
            given = TimeTarget(subscription=held, is_extension=True)
            giving = GiveTime(GrantAccess(self.shop.policy))
            await giving.add(uow, given, self.ana, self.plan, time_grant, self.shop.clock.now())
            await uow.commit()

    async def work(self) -> None:
        held = await self.subscription()
        if held.next_reminder_at is None or held.next_reminder_at <= self.shop.clock.now():
            await self.shop.remind(held.id)

    async def pass_days(self, days: float) -> None:
        for _ in range(int(days * 4)):
            self.shop.clock.advance(DAY / 4)
            if self.provider.charged(self.shop, self.plan):
                self.charges.append((self.shop.clock.now(), (await self.subscription()).access_until))
                self.provider.change(REF, charge_moved_to=None)
                await self.shop.deliver(self.provider.renew(REF, self.plan.price))
            await self.work()

    async def notified(self) -> int:
        return len(await self.shop.notified("renewal_coming"))


@pytest.fixture
async def life() -> Life:
    shop = memory_shop()
    provider = Moving(shop.clock, name="acme")
    shop.provider = shop.gateways.gateways["acme"] = provider
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*provider.pay(session))
    return Life(shop, provider, ana, plan)


async def test_charge_is_postponed_by_prepaid_time_and_announced(life: Life) -> None:
    began = life.shop.clock.now()
    await life.give(40)
    await life.pass_days(131)
    assert [at - began for at, _ in life.charges] == [70 * DAY, 100 * DAY, 130 * DAY]
    assert all(until == at for at, until in life.charges)
    assert await life.notified() == 3
    assert len(life.provider.moves) == 1
    assert await life.shop.alarms() == []


async def test_charge_is_postponed_not_earlier_than_shortly_before_its_notice(life: Life) -> None:
    charge = (await life.subscription()).next_charge
    await life.give(40)
    await life.pass_days((PERIOD - MOVED_BEFORE) / DAY - 1)
    assert not life.provider.moves
    assert (await life.subscription()).next_charge == charge
    await life.pass_days(1)
    held = await life.subscription()
    assert held.next_charge == held.charge_moved_to == held.access_until == (charge or life.shop.clock.now()) + 40 * DAY
    assert await life.notified() == 0


async def test_days_granted_after_the_notice_postpone_the_charge_repeatedly(life: Life) -> None:
    await life.pass_days(29)
    assert await life.notified() == 1
    for round_, days in enumerate((10, 20), 1):
        await life.give(days, f"code-{round_}")
        await life.pass_days(10)
        assert len(life.provider.moves) == round_
    held = await life.subscription()
    assert held.next_charge == held.access_until
    assert not life.charges


async def test_charge_postponed_by_a_day_is_announced(life: Life) -> None:
    await life.give(1)
    await life.pass_days(31)
    assert len(life.charges) == await life.notified() == 1


async def test_charge_is_not_postponed_by_less_than_a_day(life: Life) -> None:
    async with life.shop.units() as uow:
        held = await uow.subscriptions.live_for(life.ana.id, life.plan.id, lock=True)
        assert held is not None
        assert held.access_until is not None
        held.access_until += DAY - timedelta(seconds=1)
        assert charge_policy.due_at(held) is None


NOT_NOW: dict[str, Callable[[Subscription], object]] = {
    "canceled": lambda held: held.cancel(now=held.created_at),
    "paused": lambda held: held.pause("staff", held.created_at),
    "skipped month": lambda held: setattr(held, "pause_until", held.access_until),
    "trial": lambda held: setattr(held, "status", SubscriptionStatus.TRIALING),
    "failed": lambda held: held.fail_payment(final=False, now=held.created_at),
}


@pytest.mark.parametrize("state", NOT_NOW)
async def test_charge_of_a_canceled_paused_trial_or_unpaid_subscription_is_not_postponed(
    life: Life, state: str
) -> None:
    await life.give(40)
    held = dataclasses.replace(await life.subscription())
    assert charge_policy.moves_at(held, notice_policy.DEFAULT) is not None
    NOT_NOW[state](held)
    assert charge_policy.moves_at(held, notice_policy.DEFAULT) is None


async def test_charge_of_an_agreed_plan_change_is_postponed(life: Life) -> None:
    await life.give(40)
    held = dataclasses.replace(await life.subscription(), next_plan_id=life.plan.id)
    assert charge_policy.moves_at(held, notice_policy.DEFAULT) is not None


@pytest.mark.parametrize("refused", ["as it stands", "by a rule of the provider's"])
async def test_charge_that_cannot_be_postponed_is_announced(life: Life, refused: str) -> None:
    await life.give(40)
    life.provider.is_refusing = True
    if refused == "by a rule of the provider's":
        await life.pass_days((PERIOD - MOVED_BEFORE) / DAY - 0.25)
        life.provider.errors.append(GatewayRejected("acme", "not so far"))
        await life.pass_days(MOVED_BEFORE / DAY + 0.25)
    else:
        await life.pass_days(30)
    assert len(life.charges) == 1
    assert await life.notified() == 1


async def test_postponement_of_a_charge_is_retried_while_the_provider_is_unavailable(life: Life) -> None:
    await life.give(40)
    life.shop.clock.advance(26 * DAY)
    life.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    await life.work()
    assert (len(life.provider.moves), await life.notified()) == (0, 0), "nothing is said of a charge that may not come"
    await life.work()
    assert (len(life.provider.moves), await life.notified()) == (1, 0)


async def test_postponed_charge_allows_neither_plan_change_nor_pause(life: Life) -> None:
    await life.give(40)
    assert plan_change_policy.may_change(await life.subscription())
    await life.pass_days(26)
    held = await life.subscription()
    assert not plan_change_policy.may_change(held)
    assert not pause_policy.pausable(held, life.plan)
    await life.pass_days(50)
    held = await life.subscription()
    assert held.charge_moved_to is None
    assert plan_change_policy.may_change(held)


async def test_revoked_days_bring_a_postponed_charge_forward(life: Life) -> None:
    await life.give(400)
    await life.pass_days(26)
    shop, olga = life.shop, await life.shop.customer(staff_role=StaffRole.MANAGER)
    act = Staff(shop)
    held = await life.subscription()
    assert held.access_until is not None
    with pytest.raises(InputsRefused) as refused:
        await act(olga.telegram_id, "extend", held.id, days=-402, reason="an error")
    assert refused.value.errors["days"].facts["days"] == "387"
    outcome = await act(olga.telegram_id, "extend", held.id, days=-360, reason="an error")
    end = outcome.facts["until"]
    assert end == held.access_until - 360 * DAY
    began = shop.clock.now()
    await life.pass_days(50)
    assert [(at, until) for at, until in life.charges][:1] == [(end, end)]
    assert end - began == 44 * DAY
    assert await life.notified() == 1
    assert await shop.alarms() == []


async def test_notice_after_a_suspension_names_the_postponed_charge(life: Life) -> None:
    """The suspension lasts from day 10 to day 25: the paid time lasts fifteen days longer, and the charge is postponed
    by as many days before its notice.
    """
    await life.pass_days(10)
    held = await life.subscription()
    charge, since = held.next_charge, life.shop.clock.now()
    held.pause(STAFF, since)
    async with life.shop.units() as uow:
        await uow.subscriptions.save(held)
        await uow.commit()
    life.shop.clock.advance(15 * DAY)
    async with life.shop.units() as uow:
        rested = await uow.subscriptions.get(held.id, lock=True)
        assert rested is not None
        entry = access_policy.rest(rested, since, life.shop.clock.now(), "kept out")
        await GrantAccess(life.shop.policy).enter(uow, rested, entry)
        rested.resume(STAFF, life.shop.clock.now())
        await uow.subscriptions.save(rested)
        await uow.commit()
    await life.work()
    held = await life.subscription()
    assert charge is not None
    assert held.next_charge == charge + 15 * DAY
    assert await life.notified() == 0, f"«it renews on {charge:%d %b}», which is not so any more"
    await life.pass_days(6)
    assert await life.notified() == 1
