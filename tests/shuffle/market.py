"""A world with every registered provider's simulator, their gateways, and the product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from dependency_injector import providers

from subscriptions.application import routing
from subscriptions.application.catalog.plan_input import store_price
from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.application.people.customers import Person
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.rehearsal import SpineContainer
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from tests.fakes import samples
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.features import all_on
from tests.year.chance import Stream
from umbral.testing.kit.stage import BOT, WorldClock
from umbral_sandbox.assembly import assembled
from umbral_sandbox.listener import Listener, bound_socket
from umbral_sandbox.payments.registry import Payments, payments_of
from umbral_sandbox.payments.simulator import OffersVariants
from umbral_sandbox.world.world import World

BEGIN: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHORTEST_SECRET: Final = 12
ONCE: Final[dict[str, Any]] = {"recurring": False, "interval": None, "duration_days": 30}
ELSEWHERE: Final = {"XTR": Money(1500, "XTR"), "USD": Money(3200, "USD"), "JPY": Money(4500, "JPY")}
"""Price of a plan by currency, for providers that do not accept the plan's own currency."""


@dataclass
class Market:
    """Shop that sells through all providers. memory: rows of the shop. people: customers of the shop. lines: all logged
    lines.
    """

    world: World
    http: httpx.AsyncClient
    container: SpineContainer
    gateways: GatewayFactory
    environ: Mapping[str, str]
    memory: Memory
    people: list[TelegramId] = field(default_factory=list)
    plans: list[ServicePlan] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def payments(self) -> Payments:
        """Return the payment side of the world: the providers' simulators and their webhook deliveries."""
        return payments_of(self.world)

    @property
    def secrets(self) -> dict[str, str]:
        """Return all secrets by the setting's name. No secret may appear in logs or records."""
        known = {name: value for name, value in self.environ.items() if "127.0.0.1" not in value}
        return {name: value for name, value in known.items() if len(value) >= SHORTEST_SECRET}

    def now(self) -> datetime:
        """Return the time of the shared clock."""
        return self.world.clock.now()

    def in_chat(self, code: str) -> bool:
        """Return True if the provider's payments are made in the chat and reported through the bot."""
        gateway = self.gateways.get(code)
        return gateway is not None and Capability.IN_CHAT in gateway.capabilities

    async def advance(self, by: timedelta) -> None:
        """Advance the clock and perform the provider events that become due."""
        await self.world.advance(by)

    async def shown(self, person: TelegramId, url: str) -> None:
        """Send a link to a customer, as the bot does for payments in the chat."""
        keys = {"inline_keyboard": [[{"text": "Pay", "url": url}]]}
        order = {"chat_id": int(person), "text": "Here", "reply_markup": keys}
        answer = await self.http.post(f"/bot{self.environ['TELEGRAM_SUBSCRIPTION_BOT_TOKEN']}/sendMessage", json=order)
        answer.raise_for_status()


@asynccontextmanager
async def open_market(chance: Stream, seed: int, people: int) -> AsyncIterator[Market]:
    """Open a separate market: a world in which nothing happens automatically, with customers and plans."""
    async with AsyncExitStack() as stack:
        world = World(None, seed, BEGIN, wall=float)
        stack.callback(world.close)
        listening = bound_socket("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # The world's and the webhooks' loops are not started: the clock is advanced by hand, and pending webhooks are
        # collected.
        listener = Listener(assembled(world, ("127.0.0.1", 0), demo=False).app, listening)
        await listener.start()
        stack.push_async_callback(listener.stop)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30, trust_env=False))
        environ = await _accounts(http, world, url, chance)
        gateways = GatewayFactory(environ, WorldClock(world))
        stack.push_async_callback(gateways.aclose)
        memory = Memory()
        market = Market(world, http, _product(world, gateways, memory), gateways, environ, memory)
        await _peopled(market, people)
        yield market


async def _accounts(http: httpx.AsyncClient, world: World, url: str, chance: Stream) -> dict[str, str]:
    """Return the settings created by the simulators. In half of the markets, a provider that offers variants of its
    settings gets one of them.
    """
    made = (await _asked(http, "setup", {"bots": [{"username": BOT, "name": "Market"}]}))["bots"][0]
    environ = {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": made["token"], "TELEGRAM_BOT_API_BASE": url}
    for code, stand_in in payments_of(world).simulators.items():
        seller = {"display_name": "Market", "webhook_url": f"{url}/nobody/{code}"}
        environ |= (await _asked(http, f"providers/{code}/demo", seller))["settings"]
        if isinstance(stand_in, OffersVariants) and chance.happens(0.5):
            environ |= chance.choice(list(stand_in.variants.values()))
    return environ


def _product(world: World, gateways: GatewayFactory, memory: Memory) -> SpineContainer:
    settings = load(
        CoreSettings,
        # Nobody enters a chat here, which is no reason to return payments.
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
            "BRAND_NAME": "Market",
            "SWEEP_GUARD": "100",
            "NO_ACCESS_REFUND_DAYS": "0",
        },
    )
    core = CoreContainer(settings=settings, engine=None, clock=WorldClock(world), gateways=gateways, features=all_on())
    core.units.override(providers.Object(lambda: MemoryUnitOfWork(memory, routing.jobs_for)))
    core.deliveries.override(providers.Object(UnitDeliveries(core.units())))
    return SpineContainer(core=core)


async def _peopled(market: Market, people: int) -> None:
    """Create customers, a monthly plan and a one-time plan."""
    for _ in range(people):
        made = await _asked(market.http, "setup", {"people": [{"first_name": "Ana", "started": [BOT]}]})
        person = TelegramId(made["people"][0]["id"])
        await market.container.core.meet_customer()(
            Person(telegram_id=person, first_name="Ana", username=None, language_code="es")
        )
        await market.container.accept_terms()(person)
        market.people.append(person)
    monthly = samples.plan(name="Monthly", soft_id="monthly", created_at=market.now())
    once = samples.plan(name="Once", soft_id="once", price=Money(1500, "EUR"), created_at=market.now(), **ONCE)
    for plan in (monthly, once):
        async with market.container.core.units()() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        await _priced(market, plan)
        await market.container.worker.sync_prices().plan(plan.id)
        market.plans.append(plan)


async def _priced(market: Market, plan: ServicePlan) -> None:
    """Set a separate price for each provider that does not accept the plan's currency."""
    core = market.container.core
    for code in market.gateways.enabled_names():
        taken = market.gateways.descriptors()[code].currencies
        if taken is not None and plan.price.currency not in taken:
            price = next(money for currency, money in ELSEWHERE.items() if currency in taken)
            async with core.units()() as uow:
                await store_price(uow, plan.id, code, price)
                await uow.commit()
    core.plan_catalog().forget()


async def _asked(http: httpx.AsyncClient, path: str, body: object) -> Any:
    answer = await http.post(f"/control/{path}", json=body)
    answer.raise_for_status()
    return answer.json()
