"""Loop in which a process waits for its settings, in an installation whose settings are entered in the browser."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import structlog

from subscriptions.application.settings.watch_stored_settings import StoredNow
from subscriptions.bootstrap.sealed_settings import (
    KEY_FILE,
    OWNERS,
    Beginning,
    SettingsVault,
    Stored,
    connectable,
    is_given,
    key_file_of,
    names_of,
    open_rows,
    read_stored,
    sealable,
    sealed_rows,
    setup_of,
    share,
    with_environment,
)
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.selling import SellerSettings
from subscriptions.bootstrap.settings_read import by_process
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure import service_manager
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CoreSettings)

Meanwhile = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Function that serves the setup page in the web process while the setup is open, until the event is set."""

_SHARER: Final = "bot"
"""Process that encrypts its token for the processes that need it."""
LOOK_S: Final = 1.0
"""Interval in seconds at which a waiting process checks for its settings."""


@dataclass(frozen=True)
class _Found:
    """Result of one check whether the process's settings are complete.

    environ: complete environment; None while the process must wait
    waits_for: reason for waiting
    is_open: True while the setup is open
    """

    environ: Mapping[str, str] | None
    waits_for: str = ""
    is_open: bool = False


async def wait_for_settings(
    name: str,
    kind: type[S],
    environ: Mapping[str, str],
    stop: asyncio.Event,
    *,
    alive: Callable[[], None],
    meanwhile: Meanwhile | None = None,
    beginning: Beginning | None = None,
) -> Mapping[str, str] | None:
    """Wait until the settings entered in the browser are sufficient for the process. Return the environment with these
    settings; None if the process is stopped before that.

    environ: environment of the process, with its own database login
    alive: function that is called at each check to report that the process is working
    meanwhile: function that serves the setup page while the setup is open
    beginning: object in which the time of the latest change of the payment keys is recorded

    A stored value that the key does not open, or that the process cannot use, is left out.

    Raises InvalidInput if the key file has no key, and SettingsError if a setting of the environment has an invalid
    value.
    """
    told, page = "", _Page(meanwhile)
    try:
        async with setup_of(environ) as setup:
            while not stop.is_set():
                found = await _look(name, kind, environ, setup, beginning)
                if found.environ is not None:
                    return found.environ
                if found.waits_for != told:
                    log.warning("waits for its settings", process=name, waits_for=found.waits_for)
                    service_manager.tell(f"{service_manager.READY}\nSTATUS=Waits for {found.waits_for}")
                    told = found.waits_for
                page.show(is_open=found.is_open)
                alive()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_S)
    finally:
        await page.hide()
    return None


async def _look(
    name: str, kind: type[S], environ: Mapping[str, str], setup: SqlSetup, beginning: Beginning | None
) -> _Found:
    try:
        # The environment names the owners, so no setup is needed.
        if is_given(environ, OWNERS) and await setup.finish():
            log.info("the setup in the browser is closed: the environment names the owners")
        if await setup.is_open():
            return _Found(None, "the end of the setup in the browser", is_open=True)
        if beginning is not None:
            # Read the time before the keys, so that a change between the two reads only causes another restart.
            _, beginning.keys_at = await setup.payment_keys()
        vault = SettingsVault(key_file_of(environ))
        stored = await read_stored(setup, vault, sealable())
        usable = _usable(name, kind, environ, stored)
        if name == _SHARER and usable.environ is not None:
            await share(setup, vault, stored, usable.environ)
    except RetryLater as error:
        return _Found(None, f"the database: {error}")
    if usable.environ is None:
        unreadable = sorted(usable.left_out.intersection(usable.missing))
        because = f"; the key in {KEY_FILE} does not open {', '.join(unreadable)}" if unreadable else ""
        return _Found(None, ", ".join(usable.missing) + because)
    for each in sorted(usable.left_out):
        log.warning("a stored setting is left out: the key does not open it, or it is invalid", setting=each)
    if beginning is not None:
        beginning.values = usable.values
    return _Found(usable.environ)


class StoredSettings:
    """Stored settings of a running process as they are now.

    environ: environment of the process, without stored settings
    """

    def __init__(self, name: str, kind: type[CoreSettings], environ: Mapping[str, str], setup: SqlSetup) -> None:
        self._name, self._kind, self._environ = name, kind, environ
        self._setup, self._vault = setup, SettingsVault(key_file_of(environ))
        self._rows: Mapping[str, str] | None = None
        self._now = StoredNow(values={}, left_out=frozenset())

    async def read(self) -> StoredNow:
        """Raises RetryLater."""
        rows = await sealed_rows(self._setup)
        if rows != self._rows:
            usable = _usable(self._name, self._kind, self._environ, open_rows(rows, self._vault, sealable()))
            self._rows, self._now = rows, StoredNow(values=usable.values, left_out=usable.left_out)
        return self._now


def _usable(name: str, kind: type[CoreSettings], environ: Mapping[str, str], stored: Stored) -> "Usable":
    whole = with_environment(environ, stored.values)
    own = names_of(name, whole)
    usable = usable_values(kind, environ, {each: value for each, value in stored.values.items() if each in own})
    unreadable = {each for each in stored.unreadable if each in by_process()[name] and not is_given(environ, each)}
    return replace(usable, left_out=usable.left_out | unreadable)


@dataclass(frozen=True, kw_only=True)
class Usable:
    """Stored values with which a process can start.

    environ: complete environment; None if settings are missing
    values: stored values in it
    left_out: names of stored settings that are left out, because their values are invalid
    missing: names of missing settings
    """

    environ: Mapping[str, str] | None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    left_out: frozenset[str] = frozenset()
    missing: Sequence[str] = ()


def usable_values(kind: type[CoreSettings], environ: Mapping[str, str], stored: Mapping[str, str]) -> Usable:
    """Return the stored values with which a process can start, without invalid ones, and without the keys of payment
    methods that take real money while the seller is not named.

    Raises SettingsError if a setting of the environment is invalid.
    """
    values = {each: value for each, value in stored.items() if not is_given(environ, each)}
    while True:
        whole = with_environment(environ, values)
        left_out = frozenset(each for each in stored if each not in values and not is_given(environ, each))
        try:
            settings = load(kind, whole)
        except SettingsError as error:
            wrong = values.keys() & error.problems.keys()
            if not wrong and any(is_given(whole, each) for each in error.problems):
                raise
            missing: Sequence[str] = sorted(error.problems)
        else:
            missing = _missing_of_seller(settings, whole)
            wrong = values.keys() & connectable() if missing else set()
            if not missing:
                return Usable(environ=whole, values=values, left_out=left_out)
        if not wrong:
            return Usable(environ=None, values=values, left_out=left_out, missing=missing)
        values = {each: value for each, value in values.items() if each not in wrong}


def _missing_of_seller(settings: CoreSettings, whole: Mapping[str, str]) -> Sequence[str]:
    """Return the settings without which the configured payment methods may not take real money."""
    try:
        if isinstance(settings, SellerSettings):
            settings.require_seller(GatewayFactory(whole, SystemClock()))
    except SettingsError as error:
        return sorted(error.problems)
    return ()


class _Page:
    """Setup page of a process, which is shown while the setup is open."""

    def __init__(self, serve: Meanwhile | None) -> None:
        self._serve, self._stop = serve, asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def show(self, *, is_open: bool) -> None:
        """Serve the setup page while the setup is open. Raises an error of the page's server, which
        ends the process.
        """
        if self._task is not None and self._task.done():
            self._task.result()
        if is_open and self._task is None and self._serve is not None:
            self._task = asyncio.create_task(self._serve(self._stop))
        elif not is_open:
            self._stop.set()

    async def hide(self) -> None:
        """Stop serving after the current requests are answered."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait({self._task})
