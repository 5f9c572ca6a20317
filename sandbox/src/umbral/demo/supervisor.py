"""Supervisor that keeps processes running, reports every death, and stops all processes in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event

from umbral.demo.postgres_home import PostgresError
from umbral.demo.services import Service

_TICK = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_STEADY_SECONDS = 30.0


class StartError(Exception):
    """Raised if the demo cannot start: a process died or was not ready in time, the sandbox refused a request, or the
    preparation of the database failed.
    """


class StopRequestedError(Exception):
    """Raised if a stop was requested while the supervisor was waiting."""


@dataclass
class _Restart:
    """Restart schedule of a service: the pause before a restart grows with each death in quick succession."""

    pause: float = _FIRST_PAUSE
    started: float = 0.0
    due: float | None = None

    def after_death(self, now: float) -> None:
        steady = now - self.started > _STEADY_SECONDS
        self.pause = _FIRST_PAUSE if steady else min(self.pause * 2, _LONGEST_PAUSE)
        self.due = now + self.pause


class Supervisor:
    """Supervisor of services, which are stopped in the reverse order of their start. Services started by the same call
    of `start` are stopped together.
    """

    def __init__(self, *, restart: bool, say: Callable[[str], None], stop: Event) -> None:
        """Create a supervisor without services. say: function that receives every report. stop: event that ends any
        waiting once it is set.
        """
        self._restart, self._say, self._stop = restart, say, stop
        self._services: dict[str, Service] = {}
        self._waves: list[tuple[Service, ...]] = []
        self._restarts: dict[str, _Restart] = {}
        self._dead: set[str] = set()

    @property
    def pids(self) -> dict[str, int]:
        """Return the pid of every service by name; for a dead service, the pid of its last process."""
        return {name: service.pid for name, service in self._services.items()}

    def start(self, *services: Service) -> None:
        """Start services. The services need not be ready, and may use services started earlier, even while stopping."""
        self._waves.append(services)
        for service in services:
            service.start()
            self._services[service.name] = service
            self._restarts[service.name] = _Restart(started=time.monotonic())

    def wait_ready(self, names: Iterable[str], seconds: float) -> None:
        """Wait until all services with these names are ready.

        Raises:
         StartError: a service died or the time is over; the message contains the service's last output.
         StopRequestedError: the stop event was set.
        """
        deadline = time.monotonic() + seconds
        waiting = list(names)
        while waiting:
            for name in waiting:
                self._refuse_death(name)
            waiting = [name for name in waiting if not self._services[name].is_ready()]
            if waiting and time.monotonic() > deadline:
                words = self._services[waiting[0]].last_words()
                raise StartError(f"{', '.join(waiting)} not ready after {seconds:.0f} s. Last words:\n{words}")
            if waiting and self._stop.wait(_TICK / 2):
                raise StopRequestedError

    def watch(self, on_change: Callable[[], None]) -> None:
        """Report deaths and restart dead services until the stop event is set; call `on_change` after each restart."""
        while not self._stop.wait(_TICK):
            for name, service in self._services.items():
                self._look_after(name, service, on_change)

    def stop_all(self) -> None:
        """Stop services gently in reverse order of their start; services that were started together stop together."""
        for wave in reversed(self._waves):
            started = [service for service in wave if service.name in self._services]
            for service in started:
                service.ask_to_stop()
            for service in started:
                service.stop()

    def _refuse_death(self, name: str) -> None:
        service = self._services[name]
        status = service.poll()
        if status is not None:
            raise StartError(f"{name} {how_it_ended(status)}. Last words:\n{service.last_words()}")

    def _look_after(self, name: str, service: Service, on_change: Callable[[], None]) -> None:
        now, plan = time.monotonic(), self._restarts[name]
        status = service.poll()
        if status is not None and name not in self._dead:
            self._dead.add(name)
            self._say(f"{name} {how_it_ended(status)}. Its last words:\n{service.last_words()}")
            if self._restart:
                plan.after_death(now)
        if plan.due is not None and now >= plan.due:
            self._start_again(name, service, plan)
            on_change()

    def _start_again(self, name: str, service: Service, plan: _Restart) -> None:
        plan.started, plan.due = time.monotonic(), None
        try:
            service.start()
        except (OSError, PostgresError) as error:
            self._say(f"{name} could not be restarted: {error}")
            plan.after_death(time.monotonic())
            return
        self._dead.discard(name)
        self._say(f"{name} was restarted (process {service.pid}).")


def how_it_ended(status: int) -> str:
    """Return how a process ended, such as `ended with status 1`. status: exit status as Popen returns it, negative for
    a signal.
    """
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
