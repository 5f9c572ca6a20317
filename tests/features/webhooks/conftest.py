"""A shop whose events are sent to endpoints, with a real database and HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from features.webhooks.adapters.sender import HttpEventSender
from features.webhooks.commands import (
    AddEndpoint,
    EndpointSecret,
    ReplayEndpoint,
    RotateEndpoint,
)
from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent
from features.webhooks.ports import ENDPOINTS_KEY
from features.webhooks.repository import SqlOutbox, publish
from features.webhooks.subjects import EVERYTHING
from features.webhooks.use_cases.send_events import SendEvents
from subscriptions.application import routing
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.dto.policy import Policy
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Outcome
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import PaymentReceived
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.lists import LISTS
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.shop import POLICY
from tests.fakes.units import sql_unit
from tests.support.listener import Listener, listening

PATIENCE_S = 60.0


class Endpoints:
    """Access to the shop's webhook endpoints by name, through staff commands."""

    def __init__(self, units: Callable[[], UnitOfWork], clock: ManualClock, seals: WebhookSeals) -> None:
        policy, gateways = Policy(brand="Retador", base_url="https://retador.example"), GatewayFactory({}, clock)
        renew, catalog = RenewInvite(units, clock, policy), PlanCatalog(units)
        self._run = run_command(units, clock, StaffDesk(units, clock), policy, gateways, renew, catalog, seals=seals)
        self._units, self._clock = units, clock

    async def add(self, url: str, name: str, kinds: Sequence[str]) -> str:
        """Add an endpoint and return its secret."""
        answers = {"url": url, "endpoint_name": name, "events": ",".join(kinds) or EVERYTHING}
        return self._secret(await self._run(SHELL, AddEndpoint.name, "", answers, uuid4()))

    async def rotate(self, name: str) -> str:
        """Rotate the endpoint's secret and return the new secret."""
        return self._secret(await self.act(RotateEndpoint.name, name))

    async def replay(self, name: str, start: datetime, *, with_delivered: bool) -> object:
        """Replay events of the endpoint and return their number."""
        days = max(1, -(-(self._clock.now() - start) // timedelta(days=1)))
        which = EVERYTHING if with_delivered else "given_up"
        return (await self.act(ReplayEndpoint.name, name, since_days=str(days), which=which)).facts["n"]

    async def act(self, command: str, about: str, **answers: str) -> Outcome:
        """Run a staff command about an endpoint."""
        return await self._run(SHELL, command, about, answers, uuid4())

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """Return all endpoints, by name."""
        async with self._units() as uow:
            return await uow.of(ENDPOINTS_KEY).all()

    async def named(self, name: str) -> OutgoingEndpoint:
        """Return the endpoint with this name."""
        return next(each for each in await self.all() if each.name == name)

    async def newest(self, name: str) -> Sequence[OutgoingEvent]:
        """Return the newest events of the endpoint."""
        async with self._units() as uow:
            return await uow.of(ENDPOINTS_KEY).newest((await self.named(name)).id, 50)

    def _secret(self, outcome: Outcome) -> str:
        assert isinstance(outcome.result, EndpointSecret)
        assert outcome.result.secret is not None
        return outcome.result.secret


@dataclass
class Teller:
    """Shop that sells plans and sends webhook events. machine: real-time clock, with which endpoints compare the
    signature's timestamp.
    """

    engine: AsyncEngine
    clock: ManualClock
    machine: ManualClock
    outbox: SqlOutbox
    endpoints: Endpoints
    send: SendEvents

    def units(self) -> UnitOfWork:
        """Return a unit of work as the product's processes build it."""
        return sql_unit(self.engine, routing.jobs_for, publication=(routing.webhook_event_of, publish, self.clock))

    async def sell(self, times: int = 1) -> tuple[Customer, Subscription, Payment]:
        """Record the given number of payments, each by a different customer, and return the last customer, subscription
        and payment.
        """
        for _ in range(times - 1):
            await self.sell()
        buyer, plan = samples.customer(), samples.plan()
        order = samples.order(buyer, plan)
        bought = samples.subscription(order)
        paid = samples.payment(order, subscription_id=bought.id)
        async with self.units() as uow:
            await uow.customers.save(buyer)
            await uow.plans.save(plan)
            await uow.orders.save(order)
            await uow.subscriptions.save(bought)
            await uow.payments.add_if_new(paid)
            uow.record(PaymentReceived(paid.id, bought.id, buyer.id, is_renewal=False))
            await uow.commit()
        return buyer, bought, paid

    async def round(self) -> int:
        """Send the waiting events to the only endpoint, and return the number of delivered events."""
        return await self.send((await self.endpoints.all())[0].id)

    async def rows(self, query: str) -> list[dict[str, object]]:
        """Return the rows of a query."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """Run an endpoint that records requests."""
    async with listening() as listener:
        yield listener


@pytest.fixture
def patience_s() -> float:
    """Return the timeout of a delivery, in seconds."""
    return PATIENCE_S


@pytest.fixture
async def teller(database_url: str, patience_s: float) -> AsyncIterator[Teller]:
    """Build a Teller on the test's database, with loopback as an allowed network."""
    engine, clock, machine = create_engine(database_url), ManualClock(), ManualClock(datetime(2025, 1, 1, tzinfo=UTC))
    addresses = Addresses([ip_network("127.0.0.0/8")])
    seals = WebhookSeals(Fernet.generate_key().decode(), addresses)
    sender = HttpEventSender(seals, addresses, machine, patience_s)

    def units() -> UnitOfWork:
        return sql_unit(engine, routing.jobs_for, publication=(routing.webhook_event_of, publish, clock))

    outbox = SqlOutbox(engine)
    yield Teller(
        engine,
        clock,
        machine,
        outbox,
        Endpoints(units, clock, seals),
        SendEvents(outbox, ReadLists(SqlLists(engine, clock, POLICY)), LISTS, units, clock, sender),
    )
    await engine.dispose()
