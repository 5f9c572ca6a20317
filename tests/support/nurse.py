"""Nurseries of the tests: of all that a demo and an operator's commands load, alone or shared, and of the tests."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from filelock import FileLock

from tests.support import errand
from umbral.demo import nurse
from umbral.demo.nurse import Born, begin

__all__ = ["LOADED", "Born", "Cradle", "Home", "Nurse", "SharedNurse"]

_PROVIDERS: Final = ("cryptomus", "paypal", "stars", "stripe")
LOADED: Final = (
    *("subscriptions.bootstrap.migrate", "subscriptions.bootstrap.demo_data"),
    "features.marks.cli",
    *(f"umbral.cli.{name}" for name in ("sandbox", "demo", "web", "worker", "bot", "userbot")),
    *(f"subscriptions.infrastructure.payments.{name}.gateway" for name in _PROVIDERS),
    *(f"umbral_sandbox.payments.{name}.simulator" for name in _PROVIDERS),
    # What processes load only when they first need it, each of them anew.
    *(
        f"stripe._{name}_service"
        for name in ("checkout", "event", "price", "product", "subscription", "webhook_endpoint")
    ),
    *("stripe._stripe_client", "stripe._webhook", "stripe.checkout._session_service"),
    *("anyio._backends._asyncio", "httpcore"),
    "features.marks.cli",
    *(f"umbral.cli.{name}" for name in ("accounts", "gateway", "jobs", "plans", "receipts", "sweep")),
)
"""What the processes of a demo load, from the supervisor on, and an operator's commands."""
ALL: Final = ("-u", "-P", str(Path(__file__).with_name("cot.py")))


class Nurse(nurse.Nurse):
    """A nursery in which a whole demo can be born, supervisor and sandbox included."""

    def __init__(self, modules: Sequence[str] = LOADED) -> None:
        """Start loading these at once."""
        super().__init__(modules, ALL)


class Cradle(nurse.Nurse):
    """A nursery of test processes; see `cradle.py`."""

    def __init__(self, tests: Sequence[str]) -> None:
        """Start loading these files and folders at once."""
        super().__init__(tests, ("-m", "tests.support.cradle"))

    @property
    def python(self) -> str:
        """What is to be run in place of Python, as a shell reads it, for a test process to be born there."""
        return shlex.join([sys.executable, "-IS", errand.__file__, str(self.address)])


class SharedNurse(Nurse):
    """The one nursery of several test processes, started by whoever is first; it lives as long as a `Home` does."""

    def __init__(self, home: Path) -> None:
        """home: the folder of a `Home` of another process."""
        self.address = home / "orders"
        with FileLock(home / "lock"):
            if not self.address.exists():
                with socket.socket(socket.AF_UNIX) as theirs:
                    theirs.connect(str(home / "life"))
                    # Its end is of no concern here, and nobody waits for it.
                    begin(self.address, theirs, ALL, LOADED).returncode = 0

    def start(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> Born:
        """Have a command born; that the nursery lives is nobody's to see to here."""
        return Born(self.address, command, log=log, env=env)

    def close(self) -> None:
        """Others may need it still."""


class Home:
    """Where test processes find the nursery they share; its end is the nursery's, and of whatever lives in it."""

    def __init__(self) -> None:
        """Nothing is started before it is needed."""
        self._folder = TemporaryDirectory(prefix="nursery", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        self._life = socket.socket(socket.AF_UNIX)
        self._life.bind(str(self.path / "life"))
        # Whoever connects hears of the end of this process, however it ends.
        self._life.listen()

    def close(self) -> None:
        """End the nursery, if there is one."""
        self._life.close()
        self._folder.cleanup()
