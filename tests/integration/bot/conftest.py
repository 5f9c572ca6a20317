"""The running bot, with the sandbox's Telegram and the test's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.main import converse
from subscriptions.application.routing import jobs_for
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import Stopped, open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes.gateway import MemoryGateway, MemoryGateways
from tests.fakes.units import sql_unit
from tests.support.bot_api_calls import refused_by_types
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.postgres import as_process
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.records import Bot as BotRecord

WITHIN_S = 180.0
NEWS_S = 2.0
"""Seconds that a chat request waits for new messages before the time limit is checked again."""

Message = dict[str, Any]


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Return the first truthy result of the function; fails after WITHIN_S seconds."""
    end = asyncio.get_running_loop().time() + WITHIN_S
    while True:
        found = await look()
        if found:
            return found
        assert asyncio.get_running_loop().time() < end, f"never happened: {what}"
        await asyncio.sleep(0.03)


@dataclass
class Phone:
    """One person's Telegram client."""

    http: httpx.AsyncClient
    id: int
    bot: str

    async def do(self, action: str, **body: Any) -> dict[str, Any]:
        """Run an action of this person through the control interface."""
        answer = await self.http.post(f"/users/{self.id}/{action}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def send(self, text: str) -> None:
        """Write to the bot."""
        await self.do("send", to=self.bot, text=text)

    async def start(self, payload: str = "") -> None:
        """Open the bot, with a deep link payload if given."""
        await self.send(f"/start {payload}".strip())

    async def messages(self, after: int = 0, wait_s: float = 0) -> list[Message]:
        """Return the messages of the chat, oldest first; waits up to `wait_s` for a first message or edit."""
        answer = await self.http.get(f"/users/{self.id}/chat/{self.bot}", params={"after": after, "wait_s": wait_s})
        found: list[Message] = answer.json()["messages"]
        return found

    async def said(self, words: str, after: int = 0) -> Message:
        """Wait for the bot's newest message that contains these words, and return it."""

        async def find() -> Message | None:
            chat = await self.messages(after)
            shown = [item for item in chat if item["from"]["is_bot"] and words in item["text"]]
            if not shown:
                await self.messages(max((item["seq"] for item in chat), default=after), wait_s=NEWS_S)
            return shown[-1] if shown else None

        found: Message = await until(find, f"a message with {words!r}")
        return found

    async def nodded(self, words: str, emoji: str) -> None:
        """Wait until the bot adds this reaction to the message with these words."""

        async def find() -> bool:
            chat = await self.messages()
            return any(words in item["text"] and item.get("reaction") == emoji for item in chat)

        await until(find, f"{emoji} at {words!r}")

    async def press(self, message: Message, *, button: str | None = None, data: str | None = None) -> dict[str, Any]:
        """Press a button under a message."""
        choice = {"button": button} if data is None else {"data": data}
        return await self.do("press", peer=self.bot, message_id=message["id"], **choice)

    async def lost_its_buttons(self, message: Message) -> bool:
        """Return True if a message is in the chat and has no buttons."""
        return any(each["id"] == message["id"] and not buttons(each) for each in await self.messages())


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """Return a message's buttons by their text."""
    return {item["text"]: item for row in message.get("buttons", []) for item in row}


@dataclass
class Stage:
    """The sandbox, the bots and the people of one test. Use `running` to run the bot."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    bot: BotRecord
    sender: BotRecord
    core: CoreContainer
    gateways: MemoryGateways
    settings: BotSettings
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def gateway(self) -> MemoryGateway:
        """Return the first gateway."""
        return next(iter(self.gateways.gateways.values()))

    async def person(self, first_name: str = "Ana", **more: Any) -> Phone:
        """Create a new person."""
        answer = await self.http.post("/users", json={"first_name": first_name, **more})
        return Phone(self.http, answer.json()["id"], self.bot.username)

    @asynccontextmanager
    async def by_login(self, process: str) -> AsyncIterator[SqlUnitOfWork]:
        """Yield a unit of work with another process's login to the same database."""
        engine = create_engine(as_process(self.settings.database_url.get_secret_value(), process))
        try:
            async with sql_unit(engine, jobs_for) as uow:
                yield uow
        finally:
            await engine.dispose()

    async def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        """Return the bots' API calls, in order."""
        found = (await self.http.get("/calls")).json()["calls"]
        return [call for call in found if method is None or call["method"] == method]

    async def choose_news(self, *topics: str) -> None:
        """Set the news topics that the owner receives."""
        (owner,) = self.settings.admin_ids
        async with self.core.units()() as uow:
            await uow.variables.set(Variable("news_topics", str, str).for_subject(owner), ",".join(topics))
            await uow.commit()

    async def faults(self, *faults: Mapping[str, Any]) -> None:
        """Set the active faults."""
        answer = await self.http.put("/faults", json=list(faults))
        assert answer.status_code == 200, answer.text

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the bot process in this event loop."""
        stop = asyncio.Event()
        task = asyncio.create_task(converse(self.core, self.settings, stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, WITHIN_S)


def a_plan(soft_id: str, name: str, **more: Any) -> ServicePlan:
    """Return a plan like those of the demo."""
    return ServicePlan(
        id=PlanId(new_uuid()),
        soft_id=soft_id,
        name=name,
        created_at=more.pop("now"),
        **{"price": Money(2999, "EUR"), "emoji": "🎰", "description": "Recibe alertas de valor en tiempo real", **more},
    )


@pytest.fixture
def choices() -> Mapping[str, str]:
    """Return the settings of the test's shop. Tests may override this fixture."""
    return {}


@pytest.fixture
async def stage(database_url: str, choices: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Set up a sandbox, a database with two plans, and an in-memory gateway. The bot is not running yet. At the end,
    assert that Telegram would accept every call of the bots.
    """
    async with (
        running_sandbox() as sandbox,
        plain_http(base_url=f"{sandbox.url}/control", timeout=90) as http,
    ):
        people = sandbox.world.telegram.people
        bot, sender = people.add_bot("umbral_bot", "Umbral"), people.add_bot("picks_bot", "Picks")
        owner = people.add_person("Olga", username="olga")
        sandbox.world.commit()
        settings = load(
            BotSettings,
            {
                "DATABASE_URL": as_process(database_url, "bot"),
                "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bot.token,
                "SENDER_BOT_TOKENS": sender.token,
                "TELEGRAM_BOT_API_BASE": sandbox.url,
                "ADMIN_TELEGRAM_IDS": str(owner.id),
                "BRAND_NAME": "Retador",
                "FEATURES": EVERY,
                "INVOICES": "handover",
                "WEB_BASE_URL": "https://retador.example",
                "CLOCK_URL": f"{sandbox.url}/control/clock",
                **choices,
            },
        )
        # A code that a test stores makes its feature drain where it is off, so that the process would start again.
        with suppress(Stopped):
            async with open_core(settings) as core:
                gateways = MemoryGateways({"memory": MemoryGateway(core.clock())})
                core.gateways.override(gateways)
                async with core.units()() as uow:
                    for index, (soft_id, name) in enumerate([("retabet", "Retabet"), ("sportium", "Sportium")]):
                        await uow.plans.save(a_plan(soft_id, name, position=index, now=core.clock().now()))
                    await uow.commit()
                stage = Stage(sandbox, http, bot, sender, core, gateways, settings)
                # The owner receives no news: a test that presses a button reads the answer to the button.
                await stage.choose_news()
                yield stage
        # Every called method is in the official description of the Bot API.
        assert refused_by_types((await http.get("/calls")).json()["calls"]) == []


@pytest.fixture
def terminal(stage: Stage, database_url: str, fork_client: ForkClient) -> Terminal:
    """Return the operator's shell, with the settings required by `umbral resources`."""
    return Terminal(
        {
            "DATABASE_URL": database_url,
            "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": stage.bot.token,
            "TELEGRAM_BOT_API_BASE": stage.sandbox.url,
            "ADMIN_TELEGRAM_IDS": "1",
            "WEB_BASE_URL": "https://retador.example",
        },
        fork_client,
    )
