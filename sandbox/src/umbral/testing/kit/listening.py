"""Capture of all logs during a behaviour, so that they do not appear in the test's own output."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.testing import capture_logs


class _Ear(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@contextmanager
def listening(lines: list[str]) -> Iterator[None]:
    """Append everything logged to the lines, including tracebacks."""
    ear, root = _Ear(lines), logging.getLogger()
    root.addHandler(ear)
    try:
        with capture_logs() as entries:
            yield
    finally:
        root.removeHandler(ear)
        lines += [str(entry) for entry in entries]
