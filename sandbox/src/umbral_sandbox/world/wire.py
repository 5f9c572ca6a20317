"""Log of the product's calls to the simulators, and injection of faults into these calls."""

import asyncio
import inspect
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel

from umbral_sandbox.world import store
from umbral_sandbox.world.calls import Call, mask_text, masked
from umbral_sandbox.world.clock import WorldClock
from umbral_sandbox.world.faults import (
    FAULTS_OF,
    Fault,
    FaultDrop,
    FaultError,
    FaultFlood,
    FaultGarbage,
    FaultNamed,
    WrongFault,
)
from umbral_sandbox.world.ids import Ids

T = TypeVar("T")
KEPT_CALLS = 50_000


class FaultsRecord(BaseModel):
    """Active faults, kept across restarts."""

    faults: list[Fault] = []


class Wire:
    """Log of calls and control of faults."""

    def __init__(
        self,
        calls: store.Collection[Call],
        faults: store.Collection[FaultsRecord],
        clock: WorldClock,
        ids: Ids,
        commit: Callable[[], None],
    ) -> None:
        self._calls = calls
        self._faults = faults
        self._clock = clock
        self._ids = ids
        self._commit = commit
        self._held: dict[int, asyncio.Event] = {}
        #: Methods of each protocol, by ``on``; protocols add theirs on assembly.
        self.known_methods: dict[str, set[str]] = {}
        #: Possible effects, by ``on``; a provider of a plug-in adds its own.
        self.effects: dict[str, frozenset[str]] = dict(FAULTS_OF)
        for call in calls.values():
            if call.state == "held":
                call.state, call.error = "failed", "the sandbox was stopped"
                calls.put(call.id, call)

    @property
    def faults(self) -> list[Fault]:
        """Return the active faults, with the number of calls that each still affects."""
        record = self._faults.get("faults")
        return list(record.faults) if record else []

    def set_faults(self, faults: list[Fault]) -> None:
        """Replace the active faults; an empty list ends all faults and releases held calls. Raise WrongFault for an
        invalid fault.
        """
        for fault in faults:
            self._check(fault)
        self._store_faults(faults)
        if not faults:
            self.release()

    def release(self, until: int | None = None) -> None:
        """Release the calls that are currently held. until: highest id to release; None for all."""
        for number, released in self._held.items():
            if until is None or number <= until:
                released.set()

    def calls(self, after: int = 0) -> list[Call]:
        """Return the calls whose id is greater than ``after``, oldest first. A call appears when it ends or is held."""
        # Iterates from the end, because the page requests the newest of many thousands of calls after every change.
        fresh = itertools.takewhile(lambda call: call.id > after, self._calls.newest_first())
        return list(fresh)[::-1]

    def take(self, on: str, method: str, do: Collection[str]) -> Fault | None:
        """Return the first fault that applies to this call and whose effect is in ``do``, and count the call as
        affected. Return None if there is no such fault.
        """
        faults = self.faults
        for fault in faults:
            if fault.do in do and fault.wants(on, method):
                taken = fault.model_copy()
                if fault.times is not None:
                    fault.times -= 1
                    self._store_faults([each for each in faults if each.times != 0])
                return taken
        return None

    async def run(
        self,
        on: str,
        *,
        protocol: str,
        who: str,
        method: str,
        params: Mapping[str, object],
        act: Callable[[], T | Awaitable[T]],
    ) -> T:
        """Run ``act`` as a call of ``who``: log the call, inject faults, and commit before the response.

        on: simulator whose faults apply (``bot_api``, ``mtproto``, ``stripe``, …). Raises the exceptions of ``act``, or
            a WireFault, which each protocol renders in its own format.
        """
        call = _Unseen(at=self._clock.now(), protocol=protocol, who=mask_text(who), method=method, params=params)
        line = _Line(self, call)
        try:
            await self._before(on, method, line)
            result = act()
            if inspect.isawaitable(result):
                result = await result
            line.show("done")
            self._commit()
            await self._after(on, method, line)
        except BaseException as error:
            line.show("failed", mask_text(str(error) or type(error).__name__))
            self._commit()
            raise
        return result

    async def _before(self, on: str, method: str, line: "_Line") -> None:
        if slow := self.take(on, method, {"slow"}):
            await asyncio.sleep(slow.seconds if slow.seconds is not None else 5.0)
        if self.take(on, method, {"hold_before"}):
            await self._hold(line)
        fault = self.take(
            on,
            method,
            {"flood", "error", "drop_before", "channels_too_much", "auth_lost", "restricted"},
        )
        match fault:
            case None:
                return
            case Fault(do="flood"):
                raise FaultFlood(int(fault.seconds if fault.seconds is not None else 30))
            case Fault(do="error"):
                raise FaultError(fault.code or 500, done=False)
            case Fault(do="drop_before"):
                raise FaultDrop(done=False)
            case _:
                raise FaultNamed(fault.do)

    async def _after(self, on: str, method: str, line: "_Line") -> None:
        if self.take(on, method, {"hold_after"}):
            await self._hold(line)
            line.show("done")
            self._commit()
        match self.take(on, method, {"error_after", "drop_after", "garbage"}):
            case None:
                return
            case Fault(do="error_after") as fault:
                raise FaultError(fault.code or 500, done=True)
            case Fault(do="drop_after"):
                raise FaultDrop(done=True)
            case _:
                raise FaultGarbage

    async def _hold(self, line: "_Line") -> None:
        number = line.show("held")
        released = self._held[number] = asyncio.Event()
        self._commit()
        try:
            await released.wait()
        finally:
            del self._held[number]

    def _check(self, fault: Fault) -> None:
        effects = self.effects.get(fault.on)
        if effects is None:
            raise WrongFault(f"unknown value {fault.on!r} for on; on is one of {', '.join(self.effects)}")
        if fault.do not in effects:
            raise WrongFault(f"{fault.do!r} cannot happen on {fault.on}; do is one of {', '.join(sorted(effects))}")
        if fault.method is not None and fault.method not in self.known_methods.get(fault.on, set()):
            raise WrongFault(f"{fault.on} has no method {fault.method!r}")

    def _store_faults(self, faults: list[Fault]) -> None:
        self._faults.put("faults", FaultsRecord(faults=[fault.model_copy() for fault in faults]))

    def write(self, call: Call) -> None:
        """Store a line of the log, and delete the oldest lines beyond KEPT_CALLS."""
        self._calls.put(call.id, call)
        if len(self._calls) > KEPT_CALLS:
            self._calls.delete(next(iter(self._calls.values())).id)

    def next_id(self) -> int:
        """Return the next number in the log."""
        return self._ids.next("call")


@dataclass(frozen=True)
class _Unseen:
    at: datetime
    protocol: str
    who: str
    method: str
    params: Mapping[str, object]


class _Line:
    """Log line of one call. The line is numbered when it first appears in the log, so that a reader who requests the
    lines after a given number misses none.
    """

    def __init__(self, wire: Wire, unseen: _Unseen) -> None:
        self._wire = wire
        self._unseen = unseen
        self._call: Call | None = None

    def show(self, state: Literal["held", "done", "failed"], error: str | None = None) -> int:
        """Write the line, or the line's new state, and return the line's number."""
        if self._call is None:
            self._call = Call(
                id=self._wire.next_id(),
                time=self._unseen.at,
                protocol=self._unseen.protocol,
                who=self._unseen.who,
                method=self._unseen.method,
                params=masked(self._unseen.params),
                state=state,
            )
        self._call.state, self._call.error = state, error
        self._wire.write(self._call)
        return self._call.id
