"""One thread through all that one cause leads to, in whichever process.

A press, a webhook or a job that nobody caused begins one; what crosses a process carries it on: a job, an order. It is
written as W3C Trace Context has it, `00-{trace}-{span}-{flags}` (w3.org/TR/trace-context/#traceparent-header). The
trace is what logs show; it is drawn at random and says nothing of anybody.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final, Protocol

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Recorder(Protocol):
    """Keeps what was done when, for who looks at it elsewhere."""

    def __call__(self, name: str, cause: str | None, facts: Mapping[str, str]) -> AbstractContextManager[str]:
        """Record one piece of work while the block runs, and give its traceparent. cause: None where it has none."""
        ...


class _Stretch:
    """What is under way. place: its traceparent; None once it is over, for a task left behind belongs to it no more."""

    def __init__(self, name: str, facts: Mapping[str, str], spans: ExitStack) -> None:
        self.name, self.facts, self.spans = name, facts, spans
        self.place: str | None = None

    def go_on(self, cause: str | None) -> None:
        """From here on as what `cause` led to."""
        record = _recorders[0] if _recorders else _no_span
        self.place = self.spans.enter_context(record(self.name, cause, self.facts))


_current: Final[ContextVar[_Stretch | None]] = ContextVar("stretch", default=None)
_recorders: Final[list[Recorder]] = []


def record_by(recorder: Recorder | None) -> None:
    """Have this process's work recorded from now on, by one; None: no more."""
    _recorders[:] = [recorder] if recorder is not None else []


@contextmanager
def stretch(name: str, cause: str | None = None, **facts: str) -> Iterator[None]:
    """Work that one cause led to, with all that is done inside. cause: what it carried; None where this is the first.

    name, facts: of few, and never about a person.
    """
    with ExitStack() as spans:
        mine = _Stretch(name, facts, spans)
        mine.go_on(cause if trace_of(cause) else None)
        token = _current.set(mine)
        try:
            yield
        finally:
            _current.reset(token)
            mine.place = None


def follow(cause: str | None) -> None:
    """What goes on here belongs to another cause, as is known only now: from here on it is told as that one's."""
    mine = _current.get()
    if mine is not None and mine.place is not None and trace_of(cause) not in {None, trace_of(mine.place)}:
        mine.go_on(cause)


def call(name: str, **facts: str) -> AbstractContextManager[object]:
    """A question to somebody outside, within what is under way. Nothing where nobody records."""
    return _recorders[0](name, current_cause(), facts) if _recorders else nullcontext()


def current_cause() -> str | None:
    """What the results of this take along."""
    mine = _current.get()
    return mine.place if mine is not None else None


def trace_of(current_cause: str | None) -> str | None:
    """The trace, by which logs are searched; None for what is no traceparent."""
    match = _TRACEPARENT.fullmatch(current_cause or "")
    return match[1] if match is not None else None


@contextmanager
def _no_span(name: str, cause: str | None, facts: Mapping[str, str]) -> Iterator[str]:
    # Flag 01: another process may record it, though this one does not.
    yield cause or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
