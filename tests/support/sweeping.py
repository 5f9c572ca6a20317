"""A shop whose clock removes people, and whose owner is asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.restore_swept import RestoreSwept
from subscriptions.application.expiry.settle_sweeps import SettleSweeps
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Outcome
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import SubscriptionId, SweepId, TelegramId
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

OWNER = TelegramId(42)
HOUR = timedelta(hours=1)


class Rig:
    """A shop whose clock also settles sweeps, with many customers of one plan."""

    def __init__(self, shop: Shop, plan: ServicePlan) -> None:
        self.shop = shop
        self.plan = plan
        self.people: list[Customer] = []
        self.settle = SettleSweeps(shop.units, shop.clock)
        self.staff = Staff(shop)
        self.restore = RestoreSwept(shop.units, shop.clock, GrantAccess(shop.policy))
        self._done: dict[str, int] = {}

    async def decide(self, sweep: SweepId, *, go_on: bool) -> Outcome:
        """Somebody answers the question, who may."""
        return await self.staff(SHELL, "confirm_sweep" if go_on else "hold_sweep", sweep)

    async def undo(self, sweep: SweepId) -> Outcome:
        """Somebody takes it back, who may."""
        return await self.staff(SHELL, "undo_sweep", sweep)

    async def sell(self, count: int, *, cancel: bool = True) -> None:
        """So many people buy at this moment, and cancel."""
        for _ in range(count):
            ana = await self.shop.customer()
            _, session = await self.shop.checkout(ana, self.plan)
            await self.shop.deliver(*self.shop.provider.pay(session, card=f"cus-{ana.telegram_id}"))
            if cancel:
                await self.shop.cancel(ana.telegram_id)
            self.people.append(ana)

    async def tick(self) -> None:
        """The clock looks once; all checks and returns it leads to are made."""
        await self.settle()
        await self.shop.run_due()
        await self.work()
        await self.settle()
        await self.work()

    async def work(self) -> None:
        """Do the jobs that came since the last time."""
        for job in await self._new("core.check_subscription"):
            await self.shop.check(SubscriptionId(UUID(job["subscription_id"])))
        for job in await self._new("core.restore_swept"):
            await self.restore(SweepId(UUID(job["sweep_id"])), SubscriptionId(UUID(job["subscription_id"])))

    async def _new(self, name: str):
        jobs = await self.shop.jobs(name)
        known, self._done[name] = self._done.get(name, 0), len(jobs)
        return jobs[known:]

    async def live(self) -> int:
        """How many have a live subscription."""
        held = [await self.shop.holding(person, self.plan) for person in self.people]
        return sum(any(s.live for s in each.subscriptions) for each in held)

    async def states(self) -> list[AccessStatus]:
        """Everybody's access."""
        return [(await self.shop.holding(person, self.plan)).accesses[0].status for person in self.people]

    async def questions(self) -> list[dict[str, str]]:
        """The facts of every question the owners were asked."""
        return [job["facts"] for job in await self.shop.jobs("bot.alarm") if job["kind"] == "sweep_held"]

    async def asked(self) -> SweepId:
        """The sweep of the last question."""
        return SweepId(UUID((await self.questions())[-1]["sweep"]))

    async def audited(self, action: str) -> int:
        return sum(line.action == action for line in self.shop.memory.rows("audit_log"))
