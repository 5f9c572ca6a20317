"""A shop with bulk expiries (many accesses that end at once), which an owner has to confirm."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.complete_bulk_expiries import CompleteBulkExpiries
from subscriptions.application.expiry.restore_expired import RestoreExpired
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Outcome
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId, TelegramId
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

OWNER = TelegramId(42)
HOUR = timedelta(hours=1)


class Rig:
    """A shop that runs bulk expiries, with many customers of one plan."""

    def __init__(self, shop: Shop, plan: ServicePlan) -> None:
        self.shop = shop
        self.plan = plan
        self.people: list[Customer] = []
        self.complete = CompleteBulkExpiries(shop.units, shop.clock)
        self.staff = Staff(shop)
        self.restore = RestoreExpired(shop.units, shop.clock, GrantAccess(shop.policy))
        self._done: dict[str, int] = {}

    async def decide(self, bulk_expiry: BulkExpiryId, *, go_on: bool) -> Outcome:
        """Confirm (`go_on=True`) or decline a bulk expiry."""
        return await self.staff(SHELL, "confirm_sweep" if go_on else "hold_sweep", bulk_expiry)

    async def undo(self, bulk_expiry: BulkExpiryId) -> Outcome:
        """Undo a bulk expiry, which readmits the removed customers."""
        return await self.staff(SHELL, "undo_sweep", bulk_expiry)

    async def sell(self, count: int, *, cancel: bool = True) -> None:
        """Sell the plan to the given number of customers, who then cancel unless `cancel` is False."""
        for _ in range(count):
            ana = await self.shop.customer()
            _, session = await self.shop.checkout(ana, self.plan)
            await self.shop.deliver(*self.shop.provider.pay(session, card=f"cus-{ana.telegram_id}"))
            if cancel:
                await self.shop.cancel(ana.telegram_id)
            self.people.append(ana)

    async def tick(self) -> None:
        """Run the due scheduled tasks, with all checks and readmissions that they enqueue."""
        await self.complete()
        await self.shop.run_due()
        await self.work()
        await self.complete()
        await self.work()

    async def work(self) -> None:
        """Run the jobs enqueued since the last call."""
        for job in await self._new("core.check_subscription"):
            await self.shop.check(SubscriptionId(UUID(job["subscription_id"])))
        for job in await self._new("core.restore_swept"):
            await self.restore(BulkExpiryId(UUID(job["sweep_id"])), SubscriptionId(UUID(job["subscription_id"])))

    async def _new(self, name: str):
        jobs = await self.shop.jobs(name)
        known, self._done[name] = self._done.get(name, 0), len(jobs)
        return jobs[known:]

    async def live(self) -> int:
        """Return the number of customers with a live subscription."""
        held = [await self.shop.holding(person, self.plan) for person in self.people]
        return sum(any(s.live for s in each.subscriptions) for each in held)

    async def states(self) -> list[AccessStatus]:
        """Return the status of each customer's access."""
        return [(await self.shop.holding(person, self.plan)).accesses[0].status for person in self.people]

    async def questions(self) -> list[dict[str, str]]:
        """Return the facts of every confirmation request to the owners."""
        return [job["facts"] for job in await self.shop.jobs("bot.alarm") if job["kind"] == "sweep_held"]

    async def asked(self) -> BulkExpiryId:
        """Return the id of the bulk expiry in the last confirmation request."""
        return BulkExpiryId(UUID((await self.questions())[-1]["sweep"]))

    async def audited(self, action: str) -> int:
        return sum(line.action == action for line in self.shop.memory.rows("audit_log"))
