"""A shop whose database is lost and restored from a backup copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.watch_clock import LAST_SEEN
from subscriptions.application.inbox.poll_events import PollEvents
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.people.watch_restore import WatchRestore
from subscriptions.application.reconciliation.reconcile import Reconcile
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.application.recovery.recall_orders import RecallOrders
from subscriptions.application.recovery.reconcile_restore import ReconcileRestore
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId
from subscriptions.infrastructure.database.api_keys import ApiKeys, key_row
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.tables import api_keys
from subscriptions.infrastructure.jobs.returning import RestoreMark
from tests.fakes.shop import database_shop
from tests.support.postgres import Server, database_name, in_own_thread


class Company:
    """A shop whose database can be replaced by a copy, with a provider whose own data survives the replacement."""

    def __init__(self, server: Server, engine: AsyncEngine) -> None:
        self._server = server
        self._engines = [engine]
        self.shop = database_shop(engine)
        self._meet()

    def _meet(self) -> None:
        shop, returning = self.shop, RestoreMark(self._engines[-1])
        events = PollEvents(shop.units, shop.gateways, shop.clock)
        money = ReconcileMoney(shop.units, shop.gateways, shop.clock, events, shop.poll_subscription)
        asking = FetchEventDetails(shop.units, shop.gateways, shop.clock)
        self.watch, self.returning = WatchRestore(shop.units, shop.clock, returning.elsewhere), returning
        self.reconcile = ReconcileRestore(
            shop.units,
            shop.clock,
            shop.policy,
            Reconcile(shop.units, shop.clock, [money]),
            RecallOrders(shop.units, asking, shop.clock),
            returning.end,
        )

    async def works(self) -> None:
        """Run the checks that the worker makes at its start, and record that the shop is running at
        the current time.
        """
        await self.notes()
        async with self.shop.units() as uow:
            await uow.variables.raise_to(LAST_SEEN, self.shop.clock.now())
            await uow.commit()

    async def notes(self) -> None:
        """Run the checks that the worker makes at its start."""
        await self.returning.begin(self.shop.clock.now())
        await self.watch()

    def keys(self) -> ApiKeys:
        """Return the repository of API keys in the current database."""
        return ApiKeys(self._engines[-1])

    async def give(self, key: ApiKey) -> None:
        """Store an API key."""
        async with self._engines[-1].begin() as connection:
            await connection.execute(insert(api_keys).values(key_row(key)))

    async def confirm_keys(self) -> None:
        """Enable the API keys again, which a restore disables."""
        async with self._engines[-1].begin() as connection:
            await connection.execute(update(api_keys).values(held_at=None))

    async def visits(self) -> int:
        """Return the number of console sessions, including unused login links."""
        async with self._engines[-1].connect() as connection:
            return int((await connection.execute(text("SELECT count(*) FROM console_visits"))).scalar_one())

    async def copied(self) -> str:
        """Copy the database and return the URL of the copy."""
        await self._engines[-1].dispose()
        name = database_name(str(self._engines[-1].url))
        return in_own_thread(lambda: self._server.create(name))

    def database_restored(self, url: str) -> None:
        """Replace the database by the copy at this URL."""
        self._engines.append(create_engine(url))
        self.shop = database_shop(self._engines[-1], clock=self.shop.clock, provider=self.shop.provider)
        self._meet()

    async def reconciled(self) -> Alarm:
        """Reconcile and apply events until nothing is on hold, and return the alarm that reports the restore."""
        for _ in range(20):
            try:
                await self.reconcile()
                break
            except RetryLater:
                for job in await self.shop.jobs("core.apply_payment_event"):
                    try:
                        await self.shop.apply(InboxId(UUID(str(job["inbox_id"]))))
                    except RetryLater:
                        continue
                self.shop.clock.advance(timedelta(minutes=1))
        await self.watch()
        assert not self.watch.is_held()
        async with self.shop.units() as uow:
            (report,) = [each for each in await uow.alarms.open(10) if each.kind == "brought_back"]
        return report

    async def close(self) -> None:
        for engine in self._engines:
            await engine.dispose()


@pytest.fixture
async def company(postgres_server: Server, new_database_url: str) -> AsyncIterator[Company]:
    company = Company(postgres_server, create_engine(new_database_url))
    yield company
    await company.close()
