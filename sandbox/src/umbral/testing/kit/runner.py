"""Runner of behaviours against one gateway, with its own event loop and one stage for all behaviours."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from umbral.testing.kit.behaviour import BEHAVIOURS, Behaviour, NotApplicable, Violated, placed
from umbral.testing.kit.listening import listening
from umbral.testing.kit.stage import Stage, open_stage
from umbral.testing.kit.subject import Subject

T = TypeVar("T")


class Verdict(StrEnum):
    """Result of a behavior.

    - holds: the gateway meets the requirement
    - fails: the gateway violates the requirement
    - not claimed: the gateway lacks a capability that the behavior requires
    - not applicable: the behavior does not exist at this provider
    """

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CLAIMED = "not claimed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Outcome:
    """Result of one behaviour. words: reason of a failure or a skip."""

    behaviour: Behaviour
    verdict: Verdict
    words: str = ""
    seconds: float = 0.0


class Runner:
    """Runner of one gateway's behaviours. Use the runner as a context manager, or close it."""

    def __init__(self, subject: Subject, database_url: str) -> None:
        """Create a runner; nothing is started before the first behaviour."""
        self._subject, self._database_url = subject, database_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stack = AsyncExitStack()
        self._stage: Stage | None = None
        self._known: dict[int, Outcome] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def outcome(self, number: int) -> Outcome:
        """Run one behaviour unless its result is known, and return the result."""
        if number not in self._known:
            self._known[number] = self._do(self._play(BEHAVIOURS[number]))
        return self._known[number]

    def outcome_of(self, subject: Subject, number: int) -> Outcome:
        """Run one behaviour with another gateway of the same provider."""
        before, self._subject = self._subject, subject
        try:
            return self._do(self._play(BEHAVIOURS[number]))
        finally:
            self._subject = before

    def outcomes(self) -> list[Outcome]:
        """Run all behaviours, and return the results in the order of the behaviours' numbers."""
        return [self.outcome(number) for number in sorted(BEHAVIOURS)]

    def close(self) -> None:
        """Stop everything that was started."""
        if self._loop is None or self._thread is None:
            return
        self._do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    async def _play(self, behaviour: Behaviour) -> Outcome:
        began = time.monotonic()
        verdict, words = await self._verdict(behaviour)
        return Outcome(behaviour, verdict, words, time.monotonic() - began)

    async def _verdict(self, behaviour: Behaviour) -> tuple[Verdict, str]:
        claimed = self._subject.descriptor.capabilities
        missing = sorted(behaviour.needs - claimed) or sorted([] if behaviour.either & claimed else behaviour.either)
        if missing:
            return Verdict.NOT_CLAIMED, f"without {', '.join(missing)}"
        try:
            await self._check(behaviour)
        except NotApplicable as reason:
            if behaviour.needs:
                promised = ", ".join(sorted(behaviour.needs))
                return Verdict.FAILS, f"its capabilities claim {promised}, and it cannot be played: {reason}"
            return Verdict.NOT_APPLICABLE, str(reason)
        except Violated as fault:
            return Verdict.FAILS, str(fault)
        except Exception as error:  # Any exception that reaches this point is a fault of the gateway.
            return Verdict.FAILS, f"{placed(error)}: {error}"
        return Verdict.HOLDS, ""

    async def _check(self, behaviour: Behaviour) -> None:
        stage = await self._shared_stage()
        subject = await self._cast(stage, behaviour)
        if behaviour.apart:
            async with open_stage(subject, self._database_url) as own:
                with listening(own.lines):
                    await behaviour.check(own)
            return
        if stage.subject != subject:
            await stage.recast(subject)
        with listening(stage.lines):
            await behaviour.check(stage)

    async def _shared_stage(self) -> Stage:
        if self._stage is None:
            self._stage = await self._stack.enter_async_context(open_stage(self._subject, self._database_url))
        return self._stage

    async def _cast(self, stage: Stage, behaviour: Behaviour) -> Subject:
        """Return the gateway with settings that enable the capabilities that the behaviour needs.

        Raise NotApplicable if the simulator offers no such settings.
        """
        for subject in (self._subject, *stage.variants(self._subject)):
            if await stage.can(subject, behaviour.needs):
                return subject
        raise NotApplicable("with no settings that its stand-in knows it can do that")

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="conformance", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
