"""Kill of a process before and after each commit of a step. The final state must be the same as without the kill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from subscriptions.application.vip.activate_token import Activation
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.lives.town import Killed, Town
from tests.support.of_features import of_features

ANA, BERTA, OLGA = TelegramId(700_001), TelegramId(700_002), TelegramId(700_900)
DAY, SLACK = timedelta(days=1), timedelta(hours=1)
"""Length of a day, and the tolerance for an end of access: a killed worker is replaced within minutes."""
MONEY = (PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.REFUND)
T = TypeVar("T")


@dataclass
class Picture:
    """Final state of a run. ends: end of each subscription. said: number of messages of each kind."""

    stands: dict[str, Any]
    ends: list[datetime | None]
    said: Counter[str]


@dataclass
class Play:
    """One shop and the steps performed in it. acting: the steps during which a process is killed."""

    town: Town = field(init=False)
    said: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.town = Town(self._receive, lambda since, until: None)

    def _receive(self, owed: Notification, message: Message) -> None:
        self.said[owed.kind] += 1

    async def open(self) -> None:
        """Create two renewing plans, a one-time plan, and three people."""
        await self.town.open()
        month: dict[str, Any] = {"recurring": True, "interval": Interval.MONTH}
        once: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}
        for soft, price, terms in (("month", 2999, month), ("gold", 4999, month), ("once", 2500, once)):
            plan = await self.town.shop.plan(name=soft, soft_id=soft, price=Money(price, "EUR"), **terms)
            if plan.recurring:
                await self.town.shop.price(plan, f"price-{soft}")
        for person, role in ((ANA, None), (BERTA, None), (OLGA, StaffRole.OWNER)):
            await self.town.shop.customer(telegram_id=person, staff_role=role)

    async def again(self, act: Callable[[], Awaitable[T]]) -> T:
        """Repeat an action shortly after a kill, as people do."""
        try:
            return await act()
        except Killed:
            self.town.clock.advance(timedelta(seconds=5))
            return await act()

    async def buy(self, person: TelegramId, soft: str, *, for_another: bool = False) -> OrderId:
        """Pay on the provider's page, which accepts one payment."""
        view = await self.again(lambda: self.town.shop.start(person, soft, "acme", for_another=for_another))
        biller = self.town.biller
        session = next(each.id for each in biller.sessions.values() if each.url == view.url)
        assert session not in biller.captured
        biller.buy(session, f"cus-{person}")
        await self.town.run_due_work()
        await self.town.until(self.town.clock.now() + timedelta(minutes=20))
        return OrderId(view.order_id)

    async def picture(self) -> Picture:
        """Return the state after ten days, when all work is done."""
        await self.town.until(self.town.clock.now() + 10 * DAY)
        memory, biller = self.town.shop.memory, self.town.biller
        plans = {row.id: row.soft_id for row in memory.rows("service_plans")}
        subscriptions = sorted(memory.rows("subscriptions"), key=lambda row: (plans[row.plan_id], row.created_at))
        stands = {
            "payments": sorted((str(row.amount), row.status, row.flag) for row in memory.rows("payments")),
            "refunds": sorted((str(row.amount), row.status) for row in memory.rows("refunds")),
            "subscriptions": [(plans[row.plan_id], row.status, str(row.price)) for row in subscriptions],
            "ledger": sorted(row.kind for row in memory.rows("ledger_entries")),
            "accesses": sorted(row.status for row in memory.rows("accesses")),
            "orders": sorted((row.status, row.for_another) for row in memory.rows("orders")),
            "receipts": sorted((row.kind, row.number) for row in memory.rows("receipts")),
            "alarms": Counter(job.payload["kind"] for job in memory.jobs_named("bot.alarm")),
            "audit": Counter(row.action for row in memory.rows("audit_log")),
            "charged": sorted(str(each.price) for each in biller.subscriptions.values()),
            "moved": Counter(each.kind for each in biller.sent.values() if each.kind in MONEY),
        }
        return Picture(stands, [row.access_until for row in subscriptions], self.said)


async def gift(play: Play) -> None:
    """Pay for a gift as Berta and open the gift as Ana."""
    order = await play.buy(BERTA, "once", for_another=True)
    seen = await play.again(lambda: play.town.gifts(BERTA, order))
    assert seen is not None
    assert seen.link is not None
    key = seen.link.rpartition("=")[2]
    opened = await play.again(lambda: play.town.open_code(ANA, key))
    assert isinstance(opened, Activation)


async def refund(play: Play) -> None:
    """Refund a payment in the console. Pressing the button again repeats the same operation."""
    await play.buy(ANA, "month")
    (payment,) = play.town.shop.memory.rows("payments")
    operation = uuid4()

    async def press() -> object:
        return await play.town.staff(OLGA, "refund", payment.id, operation, amount="29.99", reason="lo pidió")

    await play.again(press)


async def dearer(play: Play) -> None:
    """Change to a more expensive plan at once, for the price difference."""
    await play.buy(ANA, "month")
    await change(play, "gold")


async def cheaper(play: Play) -> None:
    """Change to a cheaper plan from the next charge on."""
    await play.buy(ANA, "gold")
    await change(play, "month")


async def change(play: Play, soft: str) -> None:
    """Request the change as the chat does."""
    offer = next(each for each in await play.town.shop.changes.offers(ANA) if each.to_soft_id == soft)
    quote = await play.town.shop.changes.quote(ANA, offer.subscription, soft)
    await play.again(lambda: play.town.shop.changes(ANA, offer.subscription, soft, quote.as_of))


async def pause(play: Play) -> None:
    """Pause the subscription for a month."""
    await play.buy(ANA, "month")
    await play.again(lambda: play.town.pausing(ANA, "month"))


OF_FEATURES = (gift,) if "gifts" in of_features("lives", "TOWN") else ()
ACTS = {act.__name__: act for act in (*OF_FEATURES, refund, dearer, cheaper, pause)}


async def played(act: Callable[[Play], Awaitable[None]], commit: int | None, *, before: bool) -> tuple[Picture, int]:
    """Run a step with a kill at the given commit, and return the final state and the number of commits."""
    play = Play()
    await play.open()
    fate = play.town.fate
    fate.commits, fate.commit, fate.before = 0, commit, before
    await act(play)
    await play.town.run_due_work()
    picture = await play.picture()
    assert fate.commit is None, "nothing was struck"
    return picture, fate.commits


@pytest.mark.parametrize("name", ACTS)
async def test_step_killed_at_any_commit_reaches_the_same_final_state_after_a_restart(name: str) -> None:
    expected, commits = await played(ACTS[name], None, before=True)
    for commit in range(1, commits + 1):
        for before in (True, False):
            picture, _ = await played(ACTS[name], commit, before=before)
            where = f"killed {'before' if before else 'after'} commit {commit} of {commits}"
            assert picture.stands == expected.stands, where
            for end, wanted in zip(picture.ends, expected.ends, strict=True):
                assert end == wanted or (end and wanted and abs(end - wanted) <= SLACK), where
            # A message that was sent and not recorded is sent again; none is missing.
            extra = picture.said - expected.said
            assert not expected.said - picture.said, where
            assert sum(extra.values()) <= 1, (where, extra)
