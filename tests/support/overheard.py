"""Check that the log output of a test contains no secret: neither a value of a secret setting nor text that looks like
a secret.

Every value that becomes a `SecretStr` in this process is recorded, so new secret settings are included automatically.
Before the check, the output is masked as the product's log masks it. Complete demos are checked by
`tests.support.planted` instead.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from pydantic import SecretStr

from subscriptions.infrastructure.jobs.redaction import mask

SPARED: Final = ("tests/sandbox/", "tests/e2e/")
"""Folders whose tests are not checked, because the simulators' own log shows data that a real service keeps private."""
SHORTEST: Final = 12
VARIED: Final = 4
"""Minimum number of different characters in a recorded value. A value with fewer is a test's placeholder for a long
secret and may occur elsewhere as a name.
"""
_LINE: Final = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\{\"|[A-Z]+ +[\w.]+:[\w.]+:\d+ ).*", re.MULTILINE)
"""Pattern of a log line, as the product's log writes it or as pytest shows it. Any other output was printed by a
command for its user.
"""
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
    """Yield the kind of each secret found in captured output, without the secret itself."""
    lines = mask("\n".join(_LINE.findall(text)))
    if any(secret in lines for secret in _set):
        yield "a secret setting"
    yield from (kind for kind, shape in _SHAPES.items() if shape.search(lines))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Check the captured output after a test's teardown, and fail the test if the output contains a secret."""
    report = yield
    if call.when == "teardown" and report.passed and not item.nodeid.startswith(SPARED):
        found = [kind for _, text in report.sections for kind in leaks(text)]
        if found:
            report.outcome, report.longrepr = "failed", f"the log tells {', '.join(dict.fromkeys(found))}"
    return report
