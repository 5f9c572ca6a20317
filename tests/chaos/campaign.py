"""All runs of a flow with injected faults, distributed over several concurrent worlds."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

from tests.chaos.planning import all_strikes, scripts
from tests.chaos.report import FlowResult
from tests.chaos.results import Results
from tests.chaos.session import STUCK, Outcome, Session, SpoiledWorld
from tests.chaos.steps import Strike
from tests.support.fork_clients import ForkClient

AGAIN = 3
"""Number of repetitions for faults that were not injected: first together with other faults, finally each alone."""


class Campaign:
    """One flow with all the faults to inject. say: callback that receives each run of the flow when the run ends."""

    def __init__(self, folder: Path, seed: int, worlds: int, say: Callable[[str], None], logs: Path) -> None:
        """folder: parent of the worlds' folders. logs: folder for the process logs of runs that violated a
        guarantee.
        """
        self._logs = logs
        self._folder, self._seed, self._worlds, self._say = folder, seed, worlds, say
        self._free: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._fork_client = ForkClient()
        self._sessions: list[Session] = []
        self._made = self._broken = 0
        self._lock = Lock()

    def __enter__(self) -> Campaign:
        """Start the worlds concurrently."""
        with ThreadPoolExecutor(self._worlds) as pool:
            for session in pool.map(lambda _: self._new_world(), range(self._worlds)):
                self._free.put(session)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the worlds."""
        with ThreadPoolExecutor(self._worlds) as pool:
            list(pool.map(lambda session: session.__exit__(), self._sessions))
        self._fork_client.close()

    def _new_world(self) -> Session:
        with self._lock:
            self._made += 1
            folder = self._folder / f"world-{self._made}"
        folder.mkdir(parents=True)
        session = Session(folder, self._seed, self._fork_client)
        session.__enter__()
        with self._lock:
            self._sessions.append(session)
        return session

    def run(
        self,
        flow: str,
        results: Results,
        limit: int | None = None,
        choose: Callable[[list[Strike]], list[Strike]] = lambda strikes: strikes,
    ) -> FlowResult:
        """Record the flow, then run the flow with injected faults. limit: maximum number of runs. choose: function that
        selects the faults; all by default. results: outcomes of earlier runs; only earlier runs that violated a
        guarantee are repeated.
        """
        recording = results.recording
        if recording is None:
            session = self._free.get()
            results.record(recording := session.record(flow))
            self._free.put(session)
        strikes = choose(all_strikes(recording, self._seed))
        result = FlowResult(flow, recording, strikes, results.outcomes)
        self._say(f"{flow}: {len(recording.steps())} steps, {len(strikes)} faults, {len(results.outcomes)} plays done")
        try:
            again = [outcome.strikes for outcome in result.broken()]
            self._play_all(result, results, [*again, *scripts(result.missed(), self._seed)][:limit])
            result.complete = limit is None
            if result.complete:
                self._try_again(result, results)
        except KeyboardInterrupt:
            result.complete = False
        return result

    def _try_again(self, result: FlowResult, results: Results) -> None:
        # Find the strike at fault among several that struck together.
        singled = {o.strikes for o in result.outcomes if len(o.strikes) == 1}
        suspects = {(one,) for o in result.broken() if len(o.strikes) > 1 for one in o.hits}
        self._play_all(result, results, sorted(suspects - singled))
        for last in range(1, AGAIN + 1):
            alone = last == AGAIN
            missed = result.missed()
            again = [(one,) for one in missed] if alone else scripts(missed, self._seed + last)
            self._play_all(result, results, again)

    def _play_all(self, result: FlowResult, results: Results, plays: Sequence[tuple[Strike, ...]]) -> None:
        began, done = time.monotonic(), 0

        def one(strikes: tuple[Strike, ...]) -> None:
            nonlocal done
            outcome = self._play(result.flow, strikes)
            with self._lock:
                results.add(outcome)
                done += 1
                self._report(outcome, f"{done}/{len(plays)} after {time.monotonic() - began:.0f} s")

        with ThreadPoolExecutor(self._worlds) as pool:
            waiting = [pool.submit(one, strikes) for strikes in plays]
            try:
                # The first failure: an error in the harness itself is raised at once.
                for play in as_completed(waiting):
                    play.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _report(self, outcome: Outcome, progress: str) -> None:
        reported = "BROKEN" if outcome.broken else "held"
        words = [f"{one}{'' if one in outcome.hits else ' (missed)'}" for one in outcome.strikes]
        self._say(
            f"{progress}: {outcome.seconds:.0f} s, {reported}, pressed again {outcome.nudges}: {'; '.join(words)}"
        )
        for broken in outcome.broken:
            self._say(f"    {broken}")

    def _play(self, flow: str, strikes: tuple[Strike, ...]) -> Outcome:
        session = self._free.get()
        try:
            try:
                outcome = session.play(flow, strikes)
            except SpoiledWorld as spoiled:
                self._say(f"a new world, since in an old one {spoiled}")
                session = self._replace(session)
                outcome = session.play(flow, strikes)
            if outcome.broken:
                self._keep_words(flow, session)
            if any(words.startswith(STUCK) for words in outcome.broken):
                # A hanging process would disturb the next play.
                session = self._replace(session)
        finally:
            self._free.put(session)
        return outcome

    def _replace(self, session: Session) -> Session:
        fresh = self._new_world()
        with self._lock:
            self._sessions.remove(session)
        session.__exit__()
        return fresh

    def _keep_words(self, flow: str, session: Session) -> None:
        """Save the processes' logs for the analysis of a violated guarantee."""
        with self._lock:
            self._broken += 1
            path = self._logs / f"broken-{flow}-{self._seed}-{self._broken}.log"
        self._logs.mkdir(exist_ok=True)
        path.write_text(session.world.words())
        self._say(f"    see {path.name}")
