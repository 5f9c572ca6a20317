"""Observer of one run of a flow, which counts the steps and injects the planned faults."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from threading import Event, Lock, Thread
from typing import Any

from tests.chaos.calls import Caller
from tests.chaos.pg_proxy import Commit, When
from tests.chaos.steps import (
    CUT_AFTER,
    CUT_ALL,
    CUT_BEFORE,
    HANG,
    KILL_AFTER,
    KILL_BEFORE,
    KILLS,
    RESTART,
    Point,
    Step,
    Strike,
    call_fault,
)
from tests.chaos.weather import WEBHOOK_FAULTS
from tests.chaos.world import World

_LOOK_SECONDS, _GLANCE_SECONDS = 0.08, 0.8
"""Seconds between two reads of the call log: while a call may be held, and while calls are only counted."""
_WAITS = 0.2


class Stage:
    """One observed run. hits: the injected faults. passed: number of passes of each point."""

    def __init__(self, world: World, people: Collection[int], strikes: Iterable[Strike] = ()) -> None:
        """people: Telegram ids of the people whose calls count."""
        self._world, self._caller = world, Caller(world.facts, people)
        self._waiting = {strike.step: strike for strike in strikes}
        self._lock, self._over = Lock(), Event()
        self._seen = world.last_call()
        self._thread = Thread(target=self._watch_calls, name="calls", daemon=True)
        self.hits: list[Strike] = []
        self.passed: Counter[Point] = Counter()
        self.failure: Exception | None = None

    def __enter__(self) -> Stage:
        """Start to observe the run."""
        self._gate()
        self._make_weather()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop observing, and remove all faults. Raises the error that occurred while observing, if any."""
        self._over.set()
        self._thread.join(180)
        self._world.faults()
        self._world.tamper_with_updates(None)
        if self.failure is not None:
            raise self.failure

    def _make_weather(self) -> None:
        for step in [step for step in self._waiting if step.point.kind == "weather"]:
            self.hits.append(self._waiting.pop(step))
            if step.point.target == "webhooks":
                self._world.faults({"on": "webhooks", **WEBHOOK_FAULTS[step.point.what]})
            else:
                self._world.tamper_with_updates(step.point.what)

    # Commits: in the event loop of the proxies.

    async def committing(self, commit: Commit, when: When) -> bool:
        """Return True if a commit may continue; see `Watcher`."""
        point = Point(commit.process, "statement" if commit.single else "commit", "postgres", commit.writes)
        with self._lock:
            if commit.single or when == "before":
                self.passed[point] += 1
                commit.number = self.passed[point]
            strike = self._due(Step(point, commit.number), when)
        return strike is None or self._strike_commit(strike)

    def _due(self, step: Step, when: str) -> Strike | None:
        strike = self._waiting.get(step)
        if strike is None or (when == "before") != (strike.fault in {KILL_BEFORE, CUT_BEFORE, CUT_ALL, RESTART}):
            return None
        return self._waiting.pop(step)

    def _strike_commit(self, strike: Strike) -> bool:
        self.hits.append(strike)
        match strike.fault:
            case fault if fault in KILLS:
                self._kill(strike)
            case fault if fault in {CUT_BEFORE, CUT_AFTER}:
                pass
            case fault if fault == CUT_ALL:
                self._world.cut_database()
            case _:
                self._world.restart_database()
        return False

    def _kill(self, strike: Strike) -> None:
        """Kill the process. In one of five kills, the product must wait until the process's leases expire; otherwise
        the leases are freed at once.
        """
        chance = random.Random(f"{self._world.seed} {strike}")
        self._world.kill_and_restart(strike.step.point.process, chance.random() < _WAITS)

    # Calls: every call that may be struck is held at its beginning, examined, and released.

    def _watch_calls(self) -> None:
        try:
            while not self._over.is_set():
                self._look()
                self._over.wait(_LOOK_SECONDS if self._points() else _GLANCE_SECONDS)
            self._look()
        except Exception as error:  # Raised by the player, which runs in another thread.
            self.failure = error

    def _look(self) -> None:
        held, struck = False, []
        for call in self._world.get("/calls", after=self._seen)["calls"]:
            self._seen = self._world.calls_seen = max(self._seen, call["id"])
            held = held or call["state"] == "held"
            strike = self._count(call)
            if strike is not None and call["state"] == "held":
                struck.append(strike)
        for strike in struck:
            self._strike_call(strike)
        if held and not struck:
            self._release()

    def _count(self, call: Mapping[str, Any]) -> Strike | None:
        point = self._caller.point(call)
        if point is None:
            return None
        with self._lock:
            self.passed[point] += 1
            return self._waiting.pop(Step(point, self.passed[point]), None)

    def _strike_call(self, strike: Strike) -> None:
        point = strike.step.point
        match strike.fault:
            case fault if fault == KILL_BEFORE:
                self._kill(strike)
                self._let_go(point, {"do": "drop_before"})
            case fault if fault == KILL_AFTER:
                self._let_go(point, {"do": "hold_after"})
                self._kill(strike)
                self._release()
            case fault:
                how = call_fault(point, fault)
                self._let_go(point, how.wire)
                if fault == HANG:
                    self._over.wait(how.hold)
                    self._release()
        self.hits.append(strike)
        self._gate()

    def _let_go(self, point: Point, fault: Mapping[str, Any]) -> None:
        """Release the held call with a fault, and wait until the fault has taken effect."""
        self._gate({"on": point.target, "method": point.method, "times": 1, **fault})
        self._release()
        end = time.monotonic() + 60
        while time.monotonic() < end and any(f["do"] == fault["do"] for f in self._world.get("/faults")["faults"]):
            time.sleep(0.01)

    def _release(self) -> None:
        """Release the held calls that were checked for planned faults. Calls held since that check are checked
        first.
        """
        self._world.post(f"/faults/release?until={self._seen}")

    def _points(self) -> set[Point]:
        """Return the points at which planned faults are still to be injected into calls."""
        with self._lock:
            return {step.point for step in self._waiting if step.point.kind == "call"}

    def _gate(self, *more: Mapping[str, Any]) -> None:
        """Configure the sandbox to hold all calls of the methods into which faults are still to be injected."""
        methods = sorted({(point.target, point.method) for point in self._points()})
        gates = [{"on": target, "method": method, "do": "hold_before"} for target, method in methods]
        self._world.faults(*more, *gates)
        if not more and not gates:
            self._world.post("/faults/release")
