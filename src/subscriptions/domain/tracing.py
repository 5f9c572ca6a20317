"""Tracing across processes.

A button press, a webhook or a job without a cause starts a trace; jobs and orders carry the trace to other processes.
The format is that of W3C Trace Context, `00-{trace}-{span}-{flags}` (w3.org/TR/trace-context/#traceparent-header). The
trace id appears in logs; it is random and contains no personal data.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final, Protocol

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Recorder(Protocol):
    """Recorder of spans for an external tracing system."""

    def __call__(self, name: str, cause: str | None, facts: Mapping[str, str]) -> AbstractContextManager[str]:
        """Record a span while the block runs, and yield its traceparent. `cause`: parent; None if there is none."""
        ...


class _Stretch:
    """Current span. `span`: its traceparent; None once the span has ended, so that tasks still running do not belong to
    it.
    """

    def __init__(self, name: str, facts: Mapping[str, str], spans: ExitStack) -> None:
        self.name, self.facts, self.spans = name, facts, spans
        self.span: str | None = None

    def go_on(self, cause: str | None) -> None:
        """Start a span as a child of `cause`."""
        record = _recorders[0] if _recorders else _no_span
        self.span = self.spans.enter_context(record(self.name, cause, self.facts))


_current: Final[ContextVar[_Stretch | None]] = ContextVar("stretch", default=None)
_recorders: Final[list[Recorder]] = []


def record_by(recorder: Recorder | None) -> None:
    """Set the recorder of this process; None disables recording."""
    _recorders[:] = [recorder] if recorder is not None else []


@contextmanager
def stretch(name: str, cause: str | None = None, **facts: str) -> Iterator[None]:
    """Run the block as a span. `cause`: parent's traceparent; None for the first span.

    `name`, `facts`: from a small set of values, without personal data.
    """
    with ExitStack() as spans:
        mine = _Stretch(name, facts, spans)
        mine.go_on(cause if trace_of(cause) else None)
        token = _current.set(mine)
        try:
            yield
        finally:
            _current.reset(token)
            mine.span = None


def follow(cause: str | None) -> None:
    """Attach the current span to another cause that has just become known."""
    mine = _current.get()
    if mine is not None and mine.span is not None and trace_of(cause) not in {None, trace_of(mine.span)}:
        mine.go_on(cause)


def call(name: str, **facts: str) -> AbstractContextManager[object]:
    """Record a call to an external system within the current span, if there is a recorder."""
    return _recorders[0](name, current_cause(), facts) if _recorders else nullcontext()


def current_cause() -> str | None:
    """Return the traceparent to pass on to work that results from this span; None outside a span."""
    mine = _current.get()
    return mine.span if mine is not None else None


def trace_of(current_cause: str | None) -> str | None:
    """Return the trace id, for searching logs. Return None for an invalid traceparent."""
    match = _TRACEPARENT.fullmatch(current_cause or "")
    return match[1] if match is not None else None


@contextmanager
def _no_span(name: str, cause: str | None, facts: Mapping[str, str]) -> Iterator[str]:
    # Flag 01: another process may record it although this one does not.
    yield cause or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
