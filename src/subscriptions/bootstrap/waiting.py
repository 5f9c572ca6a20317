"""Loop in which a process waits for its settings, in an installation whose settings are entered in the browser."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from subscriptions.bootstrap.sealed_settings import (
    OWNERS,
    Beginning,
    SettingsVault,
    is_given,
    key_file_of,
    names_of,
    read_sealed,
    sealable,
    setup_of,
    with_environment,
)
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure import service_manager
from subscriptions.infrastructure.database.setup_state import SqlSetup

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CoreSettings)

Meanwhile = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Function that serves the setup page in the web process while the setup is open, until the event is set."""

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

    Raises InvalidInput if the key does not decrypt the stored settings, and SettingsError if a setting has an invalid
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
        stored = await read_sealed(setup, SettingsVault(key_file_of(environ)), sealable())
    except RetryLater as error:
        return _Found(None, f"the database: {error}")
    own = names_of(name, with_environment(environ, stored))
    whole = with_environment(environ, {each: value for each, value in stored.items() if each in own})
    try:
        load(kind, whole)
    except SettingsError as error:
        missing = [each for each in error.problems if not is_given(whole, each)]
        if len(missing) < len(error.problems):
            raise
        return _Found(None, ", ".join(sorted(missing)))
    return _Found(whole)


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
