"""All plays of a flow, spread over several worlds at once."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from tests.chaos.nurse import Nurse
from tests.chaos.planning import all_strikes, scripts
from tests.chaos.report import FlowResult
from tests.chaos.session import Outcome, Session
from tests.chaos.steps import Strike

AGAIN = 2
"""How often a strike that missed is tried again on its own."""


class Campaign:
    """One flow, all its strikes. say: told of each play as it ends."""

    def __init__(self, folder: Path, seed: int, worlds: int, say: Callable[[str], None]) -> None:
        """folder: for the worlds, one folder each."""
        self._folder, self._seed, self._worlds, self._say = folder, seed, worlds, say
        self._free: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._stack = ExitStack()
        self._made = 0
        self._lock = Lock()

    def __enter__(self) -> Campaign:
        """Start the worlds, together."""
        self._nurse = self._stack.enter_context(Nurse())
        with ThreadPoolExecutor(self._worlds) as pool:
            for session in pool.map(lambda _: self._new_world(), range(self._worlds)):
                self._free.put(session)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop them."""
        self._stack.close()

    def _new_world(self) -> Session:
        with self._lock:
            self._made += 1
            folder = self._folder / f"world-{self._made}"
        folder.mkdir(parents=True)
        session = Session(folder, self._seed, self._nurse)
        session.__enter__()
        with self._lock:
            self._stack.push(session)
        return session

    def run(self, flow: str, limit: int | None = None, choose: Callable[[Strike], bool] | None = None) -> FlowResult:
        """Record, then strike. limit: so many plays at most. choose: which strikes count; all."""
        session = self._free.get()
        recording = session.record(flow)
        self._free.put(session)
        strikes = [one for one in all_strikes(recording, self._seed) if choose is None or choose(one)]
        plays = scripts(strikes, self._seed)[:limit]
        wanted = [strike for play in plays for strike in play]
        self._say(f"{flow}: {len(recording.steps())} steps, {len(wanted)} faults, {len(plays)} plays")
        result = FlowResult(flow, recording, wanted, [])
        try:
            self._play_all(result, plays)
            self._try_again(result)
        except KeyboardInterrupt:
            self._say("interrupted; what was not played counts as never hit")
        return result

    def _try_again(self, result: FlowResult) -> None:
        # Whose fault it was, where several struck together.
        self._play_all(result, sorted({(one,) for o in result.broken() if len(o.strikes) > 1 for one in o.hits}))
        for _ in range(AGAIN):
            self._play_all(result, [(strike,) for strike in result.missed()])

    def _play_all(self, result: FlowResult, plays: Sequence[tuple[Strike, ...]]) -> None:
        began, done = time.monotonic(), 0

        def one(strikes: tuple[Strike, ...]) -> None:
            nonlocal done
            outcome = self._play(result.flow, strikes)
            with self._lock:
                result.outcomes.append(outcome)
                done += 1
                if outcome.broken or done % 10 == 0 or done == len(plays):
                    self._say(f"{done}/{len(plays)} after {time.monotonic() - began:.0f} s")
                told = "BROKEN" if outcome.broken else "held"
                self._say(f"{outcome.seconds:4.0f} s {told}: {'; '.join(map(str, outcome.strikes))}")
                for words in outcome.broken:
                    self._say(f"    {words}")

        with ThreadPoolExecutor(self._worlds) as pool:
            list(pool.map(one, plays))

    def _play(self, flow: str, strikes: tuple[Strike, ...]) -> Outcome:
        session = self._free.get()
        try:
            outcome = session.play(flow, strikes)
        except BaseException:
            self._free.put(session)
            raise
        if any(words.startswith("stuck") for words in outcome.broken):
            # What hangs here would trouble whoever plays next.
            session = self._new_world()
        self._free.put(session)
        return outcome
