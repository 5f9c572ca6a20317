"""The web process's real app over a test's database, served over HTTP on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import insert

from subscriptions.application.catalog.manage_plans import ManagePlans, NewPlan
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.bootstrap.console import console_of
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.api_keys import key_row
from subscriptions.infrastructure.database.tables import api_keys
from tests.support.features import EVERY, all_on
from tests.support.postgres import as_process
from tests.support.unexplained_rows import unexplained_rows
from web.serving import serve_all, servers

POSTS_KEY = "the-key-of-the-picks-door"
SIGNING = "whsec_demo_web"
BOT = "RetadorBot"
ENVIRON = {
    "WEB_PORT": "0",
    "OPS_PORT": "0",
    "BRAND_NAME": "Retador",
    "FEATURES": EVERY,
    "SAVED_REPLIES": "/enlace Tu enlace está en /estado",
    "PICKS_API_KEY": POSTS_KEY,
    "STRIPE_SECRET_KEY": "sk_test_demo_web",
    "STRIPE_WEBHOOK_SECRET": SIGNING,
    "STRIPE_API_BASE": "http://127.0.0.1:9",
}


@dataclass(frozen=True)
class Website:
    """A running web process. url: URL of the public port, without a trailing slash. ops: URL of the operator's port."""

    url: str
    port: int
    ops: str
    container: WebContainer

    async def open_for_business(self) -> None:
        """Create the sample plans and set the bot's name."""
        plans = ManagePlans(self.container.core.units(), self.container.core.clock())
        for position, (emoji, name) in enumerate((("🎰", "Retabet"), ("⚽", "Sportium"), ("🎲", "Bet365"))):
            description = f"Recibe alertas de valor en tiempo real para {name}, en tu propio canal privado."
            price = Money(2999, "EUR")
            await plans.add_if_new(
                NewPlan(name=name, emoji=emoji, description=description, price=price, position=position)
            )
        await self.set_bot(BOT)

    async def give(self, key: ApiKey) -> None:
        """Store an API key."""
        async with self.container.core.engine().begin() as connection:
            await connection.execute(insert(api_keys).values(key_row(key)))

    async def set_bot(self, username: str) -> None:
        """Store the bot's username, as the bot process does at its start."""
        async with self.container.core.units()() as uow:
            await uow.variables.set(BOT_USERNAME, username)
            await uow.commit()


@asynccontextmanager
async def _open_once(environ: Mapping[str, str]) -> AsyncIterator[CoreContainer]:
    """Open the container of a web process, assuming that the database was available when the process started."""
    async with open_core(load(WebSettings, environ), environ=environ) as core:
        try:
            _ = core.features().now
        except RetryLater:
            # The process had read the features' states before the database became unavailable.
            core.features.override(all_on())
        yield core


@asynccontextmanager
async def running_website(database_url: str, **environ: str) -> AsyncIterator[Website]:
    """Serve the app while the block runs, with the web process's own database login.

    environ: settings of the test; empty settings are omitted. All features are on unless FEATURES is set.
    """
    merged = {**ENVIRON, **environ, "DATABASE_URL": database_url}
    environment = {name: value for name, value in merged.items() if value}
    logins = {"DATABASE_URL": "web", "CONSOLE_DATABASE_URL": "console"}
    own = environment | {name: as_process(database_url, process) for name, process in logins.items()}
    async with (
        open_core(load(WebSettings, environment), environ=environment) as owners,
        _open_once(own) as core,
        console_of(core) as console,
    ):
        container = WebContainer(core=owners)
        served, stop = servers(WebContainer(core=core), console, keep_s=0), asyncio.Event()
        serving = asyncio.create_task(serve_all(served, stop))
        try:
            for server in served:
                await asyncio.wait_for(server.readiness.wait(), 20)
            port, ops = (server.servers[0].sockets[0].getsockname()[1] for server in served)
            yield Website(f"http://127.0.0.1:{port}", port, f"http://127.0.0.1:{ops}", container)
        finally:
            stop.set()
            await asyncio.wait_for(serving, 20)
    assert await unexplained_rows(database_url, ("web", "console")) == [], "the product raises its own alarm"
