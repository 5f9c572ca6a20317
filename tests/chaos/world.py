"""Demo whose processes each reach PostgreSQL through a separate proxy port and are restarted when killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.chaos.pg_proxy import PgProxy, Watcher
from tests.chaos.weather import UpdatesProxy
from tests.support.demo import Demo, eventually
from tests.support.plain_http import SHORT_LIVED
from umbral import env_file
from umbral.demo import processes
from umbral.demo.child_process import Starter
from umbral.demo.folder import Folder
from umbral.demo.options import DemoOptions
from umbral.demo.participants import Participants, create_participants
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.postgres_home import PostgresError
from umbral.demo.seller import open_accounts
from umbral.demo.services import CommandService
from umbral.demo.settings import SandboxAddress, settings_of

T = TypeVar("T")
DATABASE_AWAY = (OSError, PostgresError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Exceptions that a query may raise while the database is unavailable."""
_READY_SECONDS = 300.0
"""Seconds until every process must be ready. A machine under load is slow."""
_HELD_BY = {
    "web": ("", ""),
    "worker": ("clock", "core.%"),
    "bot": ("bot:%", "bot.%"),
    "userbot": ("account:%", "userbot.%"),
}
"""Patterns of the leases and the jobs that processes of each kind can hold. In the demo, each kind has one process."""
_OLD_HEARTBEATS = """
UPDATE pgqueuer SET heartbeat = heartbeat - interval '1 hour' WHERE status = 'picked' AND entrypoint LIKE $1
"""


class World(Demo):
    """All processes of the demo, driven through the control interface.

    watch: callback for every commit of every process. calls_seen: last line of the call log that was read. seed: seed
    of all random choices. silent: True while every webhook is dropped. excused: failures that have already been
    reported.
    """

    def __init__(self, folder: Path, watch: Watcher, seed: int, starter: Starter) -> None:
        """Prepare the world without starting any process."""
        super().__init__(folder)
        self._watch, self.seed, self._starter = watch, seed, starter
        self._home = Folder(folder / "data")
        self._postgres = EmbeddedPostgres(self._home.postgres, {"fsync": "off"})
        self._services: dict[str, CommandService] = {}
        self._proxies: dict[str, PgProxy] = {}
        self._updates: UpdatesProxy | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._restarts = ThreadPoolExecutor(4, "restart")
        self._restarting, self._asking, self._asking_for = Lock(), asyncio.Lock(), Lock()
        self._asked_for = tuple[Mapping[str, Any], ...]()
        self._direct: asyncpg.Connection | None = None
        self.stopping = self.silent = False
        self.calls_seen = 0
        self.excused: set[str] = set()

    def start(self) -> float:
        """Start all processes and wait until they are ready. Return 0, because the duration is not measured."""
        self._thread.start()
        home = self._home
        home.make()
        ports = home.ports(sandbox=0, mtproto=0, web=0, ops=0)
        self._serve(processes.sandbox(home, DemoOptions(seed=self.seed), ports, self._starter))
        self._postgres.start()
        self._wait_ready("sandbox")
        address = SandboxAddress.read(home.ready_file("sandbox"))
        participants = create_participants(address.url, home.participants)
        settings = settings_of(home.secrets(), address, participants, self._postgres.url, ports)
        settings |= open_accounts(address.url, settings)
        env_file.write(home.env_file, settings)
        processes.prepare(home, self._starter)
        self._updates = UpdatesProxy(address.url, self.seed)
        base = self.in_loop(self._updates.start())
        self.facts = self._facts_of(address, participants, settings)
        self._http = httpx.Client(base_url=address.url, timeout=90, trust_env=False, limits=SHORT_LIVED)
        for name in processes.PRODUCT:
            self._serve(self._product(name, {**settings, "TELEGRAM_BOT_API_BASE": base}))
        for name in processes.PRODUCT:
            self._wait_ready(name)
        return 0.0

    @property
    def database_url(self) -> str:
        """Return the URL of the database, without a proxy."""
        return self._postgres.url

    def _facts_of(
        self, address: SandboxAddress, participants: Participants, settings: Mapping[str, str]
    ) -> dict[str, Any]:
        return {
            "sandbox": address.url,
            "web": settings["WEB_BASE_URL"],
            "ops": f"http://{settings['OPS_HOST']}:{settings['OPS_PORT']}",
            "bot_username": participants.subscription_bot.username,
            "database_url": self.database_url,
            "admin_id": participants.operator_id,
            "vip_channel_id": participants.vip_channel_id,
            "picks_api_key": settings["PICKS_API_KEY"],
            "account_ids": [account.id for account in participants.accounts],
            "bot_ids": [bot.id for bot in participants.bots],
        }

    def _product(self, name: str, settings: dict[str, str]) -> CommandService:
        home, database = self._home, urlsplit(self._postgres.url)
        assert database.hostname is not None
        assert database.port is not None
        proxy = PgProxy(name, (database.hostname, database.port), self._watch)
        self._proxies[name] = proxy
        port = self.in_loop(proxy.start())
        own = f"{name.upper()}_DATABASE_URL"
        env = home.root / f"{name}.env"
        env_file.write(env, {**settings, own: settings[own].replace(f":{database.port}/", f":{port}/")})
        return CommandService(
            name,
            [sys.executable, "-m", "umbral", "--env-file", str(env), name],
            log=home.log(name),
            ready_file=home.ready_file(name),
            env=processes.environment(home, name),
            starter=self._starter,
        )

    def _serve(self, service: CommandService) -> None:
        service.start()
        self._services[service.name] = service

    def _wait_ready(self, name: str) -> None:
        service = self._services[name]

        def ready() -> bool:
            assert service.poll() is None, f"{name} ended:\n{service.last_words()}"
            return service.is_ready()

        eventually(lambda: ready() or None, f"{name} is ready", _READY_SECONDS)

    def in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the proxies' event loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(180)

    def silence(self) -> None:
        """Drop every webhook from now on, in addition to other faults."""
        self.silent = True
        self.faults()

    def deliver_webhooks(self) -> None:
        """Resume the delivery of webhooks, and remove all other faults except held calls."""
        self.silent = False
        # Calls to be struck stay held, because the delivered webhooks cause calls of their own.
        self.faults(*[fault for fault in self._asked_for if fault["do"] == "hold_before"])

    def faults(self, *faults: Mapping[str, Any]) -> None:
        with self._asking_for:
            self._asked_for = faults
            super().faults(*faults, *([{"on": "webhooks", "do": "drop"}] if self.silent else []))

    def kill_and_restart(self, name: str, wait: bool = True) -> None:
        """Kill a process with SIGKILL. The process is restarted as soon as it ended; this method does not wait for the
        restart.

        wait: False frees the leases and jobs of the killed process as if they had expired.
        """
        service = self._services[name]
        killed = service.pid
        if service.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(killed, signal.SIGKILL)
        self._restarts.submit(self._revive, service, killed, wait)

    def _revive(self, service: CommandService, killed: int, wait: bool) -> None:
        name = service.name
        with self._restarting:
            # The process was killed again before its restart: another thread restarts it.
            if self.stopping or service.pid != killed:
                return
            eventually(lambda: service.poll() is not None or None, f"{name} dies", _READY_SECONDS)
            # PostgreSQL may be away as well; then the leases expire normally.
            with suppress(*DATABASE_AWAY):
                if not wait:
                    self._age(name)
            service.start()

    def _age(self, name: str) -> None:
        leases, jobs = _HELD_BY[name]
        self.rows("UPDATE leases SET until = clock_timestamp() WHERE name LIKE $1", leases)
        self.rows(_OLD_HEARTBEATS, jobs)

    def all_alive(self) -> bool:
        """Return True if every process of the product runs and is ready."""
        products = [self._services[name] for name in processes.PRODUCT]
        return all(service.poll() is None and service.is_ready() for service in products)

    def cut_database(self) -> None:
        """Cut every connection of the product to PostgreSQL. May be called from any thread."""
        for proxy in self._proxies.values():
            self._loop.call_soon_threadsafe(proxy.cut_all)

    def restart_database(self) -> None:
        """Restart PostgreSQL without waiting until it is available again."""

        def again() -> None:
            self._postgres.stop()
            self._postgres.start()

        self._restarts.submit(again)

    def now(self) -> datetime:
        """Return the time of the clock shared by sandbox and product."""
        return datetime.fromisoformat(self.get("/clock")["now"])

    def last_call(self) -> int:
        """Return the id of the newest call in the call log."""
        for call in self.get("/calls", after=self.calls_seen)["calls"]:
            self.calls_seen = max(self.calls_seen, call["id"])
        return self.calls_seen

    def tamper_with_updates(self, weather: str | None) -> None:
        """Set the fault that the proxy applies to the bot's updates, one of `UPDATES`; None for no fault."""
        if self._updates is not None:
            self._updates.weather = weather

    def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """Return the rows of a query, without a proxy."""
        return self.in_loop(self._fetch(statement, arguments))

    async def _fetch(self, statement: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        async with self._asking:
            # One connection serves all queries. A restart of PostgreSQL ends it.
            if self._direct is None or self._direct.is_closed():
                self._direct = await asyncpg.connect(self.database_url)
            return [dict(row) for row in await self._direct.fetch(statement, *arguments)]

    def stop(self) -> None:
        """Stop all processes and proxies."""
        self.stopping = True
        self._restarts.shutdown()
        for service in reversed(self._services.values()):
            if service.name != "sandbox":
                service.ask_to_stop()
        for service in reversed(self._services.values()):
            service.stop()
        for proxy in self._proxies.values():
            self.in_loop(proxy.stop())
        if self._updates is not None:
            self.in_loop(self._updates.stop())
        if self._direct is not None:
            self.in_loop(self._direct.close(timeout=5))
        self._postgres.stop()
        if self._http is not None:
            self._http.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def running(world: World) -> Iterator[World]:
    """Run a world while the block runs."""
    try:
        world.start()
        yield world
    finally:
        world.stop()
