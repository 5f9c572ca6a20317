"""The whole product, with each process on its own machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import httpx

from tests.chaos.world import DATABASE_AWAY, World
from tests.hosts.databases import Databases
from tests.hosts.network import HOSTS, Network
from tests.support.demo import eventually
from tests.support.plain_http import SHORT_LIVED
from umbral import env_file
from umbral.demo import processes
from umbral.demo.child_process import ChildProcess
from umbral.demo.participants import Participants, create_participants
from umbral.demo.seller import open_accounts
from umbral.demo.services import CommandService
from umbral.demo.settings import SandboxAddress, settings_of

MACHINES: Final = {"web": "front", "bot": "front", "worker": "back", "userbot": "back"}
_PORTS: Final = {"sandbox": 8090, "mtproto": 8091, "web": 8000, "ops": 8001}


class House(World):
    """World on several machines, driven from the machine `hand`."""

    def __init__(self, folder: Path, network: Network, databases: Databases) -> None:
        """Prepare the world without starting any process."""
        super().__init__(folder, lambda *_: None, 1, ChildProcess)
        self.network, self.databases = network, databases

    @property
    def database_url(self) -> str:
        """Return the URL of the current primary database."""
        return self.databases.url()

    def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """Return the rows of a query. Waits until the database responds."""

        def ask() -> list[list[dict[str, Any]]] | None:
            try:
                return [super(House, self).rows(statement, *arguments)]
            except DATABASE_AWAY:
                return None

        return eventually(ask, "the database answers")[0]

    def start(self) -> float:
        """Start all processes and wait until the product is ready."""
        self._thread.start()
        home = self._home
        home.make()
        self._serve(self._stand_ins())
        self.databases.start()
        self._wait_ready("sandbox")
        address = SandboxAddress.read(home.ready_file("sandbox"))
        participants = create_participants(address.url, home.participants)
        settings = self._settings(address, participants)
        env_file.write(home.env_file, settings)
        processes.prepare(home)
        self.facts = self._facts_of(address, participants, settings)
        self._http = httpx.Client(base_url=address.url, timeout=60, trust_env=False, limits=SHORT_LIVED)
        for name, host in MACHINES.items():
            (service,) = processes.product(home, [name], self.network.starter(host))
            self._serve(service)
        for name in MACHINES:
            self._wait_ready(name)
        return 0.0

    def stop(self) -> None:
        """Stop all processes."""
        super().stop()
        self.databases.stop()

    def _stand_ins(self) -> CommandService:
        home = self._home
        words = ["--demo", "--seed=1", f"--data-dir={home.sandbox}", f"--host={HOSTS['world']}"]
        words += [f"--port={_PORTS['sandbox']}", f"--mtproto-port={_PORTS['mtproto']}"]
        ready = home.ready_file("sandbox")
        return CommandService(
            "sandbox",
            [sys.executable, "-m", "umbral", "sandbox", *words, f"--ready-file={ready}"],
            log=home.log("sandbox"),
            ready_file=ready,
            env=processes.environment(home, "sandbox"),
            starter=self.network.starter("world"),
        )

    def _settings(self, address: SandboxAddress, participants: Participants) -> dict[str, str]:
        here = HOSTS["front"]
        settings = settings_of(self._home.secrets(), address, participants, self.database_url, _PORTS)
        settings |= {
            "TELEGRAM_MTPROTO_DC": f"{HOSTS['world']}:{address.mtproto_port}",
            "WEB_BASE_URL": f"http://{here}:{_PORTS['web']}",
            "WEB_HOST": here,
            "OPS_HOST": here,
            "CONSOLE_BASE_URL": f"http://{here}:{_PORTS['ops']}",
        }
        return settings | open_accounts(address.url, settings)
