"""Lifecycle of a process: read the settings, open shared resources, serve, and stop on a signal."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import structlog

from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.application.features import FeatureStates
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.feature_states import RunningStates, wait_for_states
from subscriptions.bootstrap.features import left_out
from subscriptions.bootstrap.logs import configure_logging
from subscriptions.bootstrap.open_files import ShortageLog, raise_file_limit
from subscriptions.bootstrap.sealed_settings import BEGINNING, Beginning, is_given, key_file_of, sealable
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.selling import SellerSettings
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.waiting import wait_for_settings
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.ports.payment_gateway import PaymentGateway
from subscriptions.infrastructure import service_manager
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.database.address import ignored_parameters, parse_url, plain_dsn
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.environment import from_files
from subscriptions.infrastructure.payments.bulkhead import guard_calls
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from subscriptions.infrastructure.wrapping import count_calls

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CoreSettings)

Serve = Callable[[S, asyncio.Event], Awaitable[None]]
"""Function that serves until the event is set. It calls `ready()` as soon as the process is working."""

AtSetup = Callable[[Mapping[str, str], asyncio.Event], Coroutine[Any, Any, None]]
"""Function that serves the setup page until the event is set. Its first argument is the environment of the process."""

START_PATIENCE_S: Final = 5.0
"""Seconds that a start may wait for external systems before the process is reported to the service manager
as started.
"""
BEAT_S: Final = 5.0
"""Interval in seconds at which the ready file is touched. After several missed intervals, `umbral health` considers the
process stuck.
"""


class Stopped(Exception):
    """Error of `open_core`: the process must stop.

    `again`: True if the process must restart, because a feature was switched on or off; False if the process was
        stopped before the states of its features could be read.
    """

    def __init__(self, *, again: bool) -> None:
        super().__init__()
        self.again = again


class Restart:
    """Function object that stops the process for a restart. `stop`: event that stops the process; None in a command."""

    def __init__(self, stop: asyncio.Event | None) -> None:
        self._stop = stop
        self.is_wanted = False

    def __call__(self) -> None:
        """Stop and restart the process."""
        self.is_wanted = True
        if self._stop is not None:
            self._stop.set()


def run_process(name: str, kind: type[S], serve: Serve[S], *, at_setup: AtSetup | None = None) -> int:
    """Run a process until SIGTERM or SIGINT. Return the exit status: 0 stopped, 2 invalid settings.

    After a feature was switched or a payment method connected, the process replaces itself by exec and keeps its
    process id, so that a supervisor notices nothing.

    at_setup: see `AtSetup`
    """
    given = dict(os.environ)
    raise_file_limit()
    try:
        if key_file_of(given):
            configure_logging(given.get("LOG_FORMAT", "").strip())
            beginning = Beginning(given=given, process=name)
            whole = asyncio.run(_wait(name, kind, environment_of(name, given), at_setup, beginning))
            if whole is None:
                return 0
            BEGINNING.set(beginning)
            # Payment gateways and backups read the environment as well.
            os.environ.update(
                {each: whole[each] for each in sealable() if whole.get(each) and not is_given(given, each)}
            )
        settings = load(kind, environment_of(name, os.environ))
        configure_logging(settings.log_format)
        # Import all use cases now, because doing so later would block every request.
        alarm_kinds()
        is_switched = asyncio.run(_run(name, settings, serve))
    except SettingsError as error:
        sys.stderr.write(f"umbral {name} cannot start; {error}\n")
        return 2
    except InvalidInput as error:
        sys.stderr.write(f"umbral {name} can't start; settings to fix:\n  {error}\n")
        return 2
    if is_switched:
        sys.stdout.flush()
        sys.stderr.flush()
        # -P: do not search the working directory for packages.
        os.execve(sys.executable, [sys.executable, "-P", "-m", "umbral", name], given)
    return 0


def environment_of(name: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment of one process, for processes that share a settings file. If the process has its own
    database user, that URL replaces the common one in DATABASE_URL and DATABASE_DIRECT_URL.

    Raises SettingsError, and InvalidInput("DATABASE_URL").
    """
    names = (f"{name.upper()}_DATABASE_URL", "DATABASE_DIRECT_URL")
    file_values, wrong = from_files(environ, names)
    if wrong:
        raise SettingsError(wrong)
    own, direct = (file_values.get(each) or environ.get(each, "").strip() for each in names)
    if not own:
        return environ
    login = parse_url(own)
    own_direct = direct and plain_dsn(parse_url(direct).set(username=login.username, password=login.password))
    values = {each: value for each, value in environ.items() if each not in {"DATABASE_URL_FILE", f"{names[1]}_FILE"}}
    return {**values, "DATABASE_URL": own, "DATABASE_DIRECT_URL": own_direct}


async def _wait(
    name: str, kind: type[S], environ: Mapping[str, str], at_setup: AtSetup | None, beginning: Beginning
) -> Mapping[str, str] | None:
    """Wait for the settings that are entered in the browser. Return None if the process is stopped."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(ShortageLog())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    meanwhile = None if at_setup is None else partial(at_setup, environ)
    return await wait_for_settings(
        name, kind, environ, stop, alive=_show_alive, meanwhile=meanwhile, beginning=beginning
    )


def _show_alive() -> None:
    """Report a process that waits for its settings as working, because a restart would not help."""
    service_manager.tell(service_manager.ALIVE)
    if path := os.environ.get("READY_FILE"):
        Path(path).write_text(f"{os.getpid()}\n")


async def _run(name: str, settings: S, serve: Serve[S]) -> bool:
    """Serve until stopped. Return True if the process must restart."""
    stop = asyncio.Event()
    signals: list[int] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(ShortageLog())

    def end(number: int) -> None:
        signals.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    log.info("starting", process=name)
    if ignored := ignored_parameters(settings.database_url.get_secret_value()):
        log.warning("the database's address says what other clients read", ignored=", ".join(ignored))
    heartbeat = asyncio.create_task(_keep_beating())
    is_switched = False
    try:
        with record_spans(name, settings):
            await serve(settings, stop)
    except Stopped as stopped:
        is_switched = stopped.again
    finally:
        heartbeat.cancel()
    log.info("stopped", process=name)
    return is_switched and not signals


def record_spans(name: str, settings: CoreSettings) -> AbstractContextManager[None]:
    """Record traces for the duration of the block, if tracing is configured.

    Raises InvalidInput if the extra `tracing` is not installed. Only this function imports the extra.
    """
    if settings.otel_endpoint is None:
        return nullcontext()
    try:
        module = import_module("subscriptions.infrastructure.tracing")
    except ImportError as error:
        raise InvalidInput("OTEL_EXPORTER_OTLP_ENDPOINT", f"needs umbral-access[tracing] installed: {error}") from error
    headers = settings.otel_headers.get_secret_value() if settings.otel_headers else ""
    recording: AbstractContextManager[None] = module.recording(name, settings.otel_endpoint, headers)
    return recording


@contextmanager
def start_anyway(what: str, patience_s: float = START_PATIENCE_S) -> Iterator[None]:
    """Report the process as started if the block is still running after `patience_s` seconds, so that the service
    manager does not stop it because of a timeout, and the reason for waiting is shown.

    what: name of the system that does not answer, for the log and the status
    """

    def say() -> None:
        log.warning("started, and waits: no answer yet", waits_for=what)
        service_manager.tell(f"{service_manager.READY}\nSTATUS=Waits for {what}: no answer yet")

    timer = asyncio.get_running_loop().call_later(patience_s, say)
    try:
        yield
    finally:
        timer.cancel()


def ready() -> None:
    """Report that the process is working: write the file named by READY_FILE, and notify systemd."""
    # Exclude the loaded modules from garbage collection, which otherwise blocked the process for about 50 ms on each
    # run.
    gc.collect()
    gc.freeze()
    path = os.environ.get("READY_FILE")
    if path:
        Path(path).write_text(f"{os.getpid()}\n")
    service_manager.tell(f"{service_manager.READY}\nSTATUS=Works")


async def _keep_beating() -> None:
    """Touch the ready file and notify systemd repeatedly, as long as the event loop is running."""
    path = os.environ.get("READY_FILE")
    while True:
        await asyncio.sleep(BEAT_S)
        service_manager.tell(service_manager.ALIVE)
        if path:
            # If the file is missing or not writable, its age reveals that the process is stuck.
            with suppress(OSError):
                os.utime(path)


@cache
def process_owner() -> str:
    """Return the name of this process as a lease holder; it differs for each run."""
    return f"{socket.gethostname()}:{os.getpid()}:{_process_namespace()}-{uuid4().hex[:8]}"


def is_gone(owner: str) -> bool:
    """Return True if the process has certainly ended and its connections are closed.

    The answer is certain only for processes on the same machine and in the same container; False for all others.
    """
    pid, _, run = owner.partition(":")[2].partition(":")
    if not _process_namespace() or run.partition("-")[0] != _process_namespace() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state in "ZX" and len(os.listdir(f"/proc/{pid}/task")) == 1
    except ProcessLookupError:
        return True
    except (OSError, IndexError):
        return False


@cache
def _process_namespace() -> str:
    """Return an identifier of the current boot and process id namespace, within which process ids are comparable; empty
    if unknown.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return sha256(f"{boot} {os.stat('/proc/self/ns/pid').st_ino}".encode()).hexdigest()[:12]
    except OSError:
        return ""


@asynccontextmanager
async def open_core(
    settings: CoreSettings,
    *,
    environ: Mapping[str, str] | None = None,
    sells: bool = True,
    chats: bool = False,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[CoreContainer]:
    """Open the database, clock and payment gateways for the duration of the block, and read the states of the features.

    environ: source of the gateways' settings, by default the process's environment
    sells: False for a process that never calls a provider, so that the providers' settings are not needed
    chats: True if customers wait in the chat for the results of provider calls, so that the calls are limited (see
    `guard_calls`)
    stop: event that stops the process. If given, reading the states is retried until it succeeds, and switching a
    feature sets the event and leaves the block with Stopped. If None, states that could not be read raise an error only
    on access

    Raises InvalidInput naming an invalid setting, and SettingsError if real money would be charged without a named
    seller.
    """
    async with AsyncExitStack() as stack:
        clock = _clock(settings)
        await stack.enter_async_context(clock)
        engine = create_engine(
            settings.database_url.get_secret_value(),
            pool_size=settings.pool_size,
            max_overflow=0,
            is_pooled=settings.is_pooled,
        )
        stack.push_async_callback(engine.dispose)
        core = CoreContainer(settings=settings, engine=engine, clock=clock)
        await _choose(core)
        TEXTS.choose(settings.vertical)
        LANGUAGES.settle(settings.shop_language)
        if sells:
            guard = _guard if chats else count_calls
            gateways = GatewayFactory(os.environ if environ is None else environ, clock, guard=guard)
            stack.push_async_callback(gateways.aclose)
            core.gateways.override(gateways)
            if isinstance(settings, SellerSettings):
                settings.require_seller(gateways)
        restart = Restart(stop)
        core.restart.override(restart)
        states = await _states(core, stop)
        core.features.override(RunningStates(core.installed(), states))
        TEXTS.use_features(states.names_on if isinstance(states, FeatureStates) else ())
        if stop is not None and isinstance(states, FeatureStates):
            # A process starts again when a state changes; a command ends before that.
            stack.enter_context(left_out([name for name in core.installed().features if name not in states.loaded]))
        yield core
    if restart.is_wanted:
        raise Stopped(again=True)


async def _states(core: CoreContainer, stop: asyncio.Event | None) -> FeatureStates | RetryLater:
    if stop is None:
        try:
            return await core.read_states()()
        except RetryLater as error:
            return error
    with start_anyway("the database"):
        states = await wait_for_states(core.read_states(), stop)
    if states is None:
        raise Stopped(again=False)
    return states


async def _choose(core: CoreContainer) -> None:
    """Apply the settings that the operator changed at run time, before other objects are created from them."""
    try:
        await core.refresh_settings()()
    except RetryLater:
        # Use the environment until the database is reachable; code that needs the database reports the failure.
        return
    except Exception as error:  # the table does not exist yet
        log.warning("settings that were chosen could not be read", reason=type(error).__name__)


def _guard(gateway: PaymentGateway) -> PaymentGateway:
    return guard_calls(count_calls(gateway))


def _clock(settings: CoreSettings) -> FollowingClock | SystemClock:
    return FollowingClock(settings.clock_url) if settings.clock_url else SystemClock()
