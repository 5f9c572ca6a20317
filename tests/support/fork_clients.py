"""Fork servers for tests, which fork processes with loaded modules: private or shared ones for demos and commands, and
one for test processes.
"""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from filelock import FileLock

from subscriptions.application.dto.rooms import feature_folders
from tests.support import forked_command
from umbral.demo import fork_client
from umbral.demo.fork_client import ForkedProcess, begin

__all__ = ["LOADED", "CollectingForkClient", "ForkClient", "ForkedProcess", "Home", "SharedForkClient"]

_PROVIDERS: Final = ("cryptomus", "paypal", "stars", "stripe")
LOADED: Final = (
    *("subscriptions.bootstrap.migrate", "subscriptions.bootstrap.demo_data"),
    *(f"umbral.cli.{name}" for name in ("sandbox", "demo", "web", "worker", "bot", "userbot")),
    *(f"subscriptions.infrastructure.payments.{name}.gateway" for name in _PROVIDERS),
    *(f"umbral_sandbox.payments.{name}.simulator" for name in _PROVIDERS),
    # Modules that each process would otherwise load when they are first used.
    *(
        f"stripe._{name}_service"
        for name in ("checkout", "event", "price", "product", "subscription", "webhook_endpoint")
    ),
    *("stripe._stripe_client", "stripe._webhook", "stripe.checkout._session_service"),
    *("anyio._backends._asyncio", "httpcore"),
    *(f"{package}.cli" for package in feature_folders() if find_spec(f"{package}.cli") is not None),
    *(f"umbral.cli.{name}" for name in ("accounts", "gateway", "jobs", "plans", "sweep")),
)
"""Modules that the processes of a demo, including its supervisor, and the operator's commands load."""
ALL: Final = ("-u", "-P", str(Path(__file__).with_name("fork_server_main.py")))


class ForkClient(fork_client.ForkClient):
    """Fork client that can also fork a complete demo, including its supervisor and sandbox."""

    def __init__(self, modules: Sequence[str] = LOADED) -> None:
        """Start the fork server, which loads the modules immediately."""
        super().__init__(modules, ALL)


class CollectingForkClient(fork_client.ForkClient):
    """Fork client for test processes; see `loaded_tests.py`."""

    def __init__(self, tests: Sequence[str]) -> None:
        """Start the fork server, which loads the given test files and folders immediately."""
        super().__init__(tests, ("-m", "tests.support.loaded_tests"))

    @property
    def python(self) -> str:
        """Shell command that replaces Python in order to fork a test process from the fork server."""
        return shlex.join([sys.executable, "-IS", forked_command.__file__, str(self.address)])


class SharedForkClient(ForkClient):
    """Client of a fork server that several test processes share. The first process that needs the fork server starts
    it, and the fork server lives as long as its `Home`.
    """

    def __init__(self, home: Path) -> None:
        """Connect to the shared fork server, starting it if necessary. home: folder of a `Home` of another process."""
        self.address = home / "orders"
        with FileLock(home / "lock"):
            if not self.address.exists():
                with socket.socket(socket.AF_UNIX) as theirs:
                    theirs.connect(str(home / "life"))
                    # The exit status of the fork server does not matter, and no process waits for it.
                    begin(self.address, theirs, ALL, LOADED).returncode = 0

    def start(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> ForkedProcess:
        """Fork a command. Unlike the base class, do not check that the fork server is alive."""
        return ForkedProcess(self.address, command, log=log, env=env)

    def close(self) -> None:
        """Do nothing, because other processes may still need the fork server."""


class Home:
    """Folder in which test processes find their shared fork server. Closing it ends the fork server and all processes
    forked from it.
    """

    def __init__(self) -> None:
        """Create the folder. The fork server is started only when it is needed."""
        self._folder = TemporaryDirectory(prefix="fork_server", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        self._life = socket.socket(socket.AF_UNIX)
        self._life.bind(str(self.path / "life"))
        # A process connected to this socket notices the end of this process, regardless of how it ends.
        self._life.listen()

    def close(self) -> None:
        """End the fork server if it was started."""
        self._life.close()
        self._folder.cleanup()
