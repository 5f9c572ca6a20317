"""What a test's processes said while it ran holds no secret: what was set as one, and what looks like one.

Every value that becomes a `SecretStr` here is kept, so a new secret setting takes part by itself. What is looked at is
what our log would have written: masked as it masks. Whole demos are looked through by `tests.support.planted` instead.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from pydantic import SecretStr

from subscriptions.infrastructure.jobs.redaction import mask

SPARED: Final = ("tests/sandbox/", "tests/e2e/")
"""Whose tests are not held: the stand-ins' own log shows what a real service keeps to itself."""
SHORTEST: Final = 12
VARIED: Final = 4
"""Of fewer different letters are only a test's own stand-ins for something long, which may well be a name elsewhere."""
_LINE: Final = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\{\"|[A-Z]+ +[\w.]+:[\w.]+:\d+ ).*", re.MULTILINE)
"""A line of the log, as ours says it or pytest shows it; what else stands there a command printed for its caller."""
_SHAPES: Final = {
    "an invite": re.compile(r"t\.me/(?:\+|joinchat/)[\w-]{10,}"),
    "a code": re.compile(r"(?<![\w-])(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*\d)[A-Z0-9]{16}(?![\w-])"),
    "an e-mail": re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}"),
}

_set: set[str] = set()
_made = SecretStr.__init__


def _kept(self: SecretStr, secret_value: str) -> None:
    _made(self, secret_value)
    pieces = secret_value.split(",")
    _set.update(piece for piece in pieces if len(piece) >= SHORTEST and len(set(piece)) >= VARIED)


SecretStr.__init__ = _kept


def leaks(text: str) -> Iterator[str]:
    """What of a captured text nobody may read, by its kind: the thing itself is not said again."""
    lines = mask("\n".join(_LINE.findall(text)))
    if any(secret in lines for secret in _set):
        yield "a secret setting"
    yield from (kind for kind, shape in _SHAPES.items() if shape.search(lines))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """After the last word of a test."""
    report = yield
    if call.when == "teardown" and report.passed and not item.nodeid.startswith(SPARED):
        heard = [kind for _, text in report.sections for kind in leaks(text)]
        if heard:
            report.outcome, report.longrepr = "failed", f"the log tells {', '.join(dict.fromkeys(heard))}"
    return report
