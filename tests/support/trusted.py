"""Cache of trusted certificates, loaded once per process and its forks.

Every HTTP client loads about a hundred authorities, which takes 10 to 20 ms of processor time, and the tests open
thousands of clients, most of them for plain HTTP on this machine. The SSL contexts can be shared because no client
changes its context.
"""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

_read = ssl.create_default_context
_read_once = cache(_read)


def _trusting(purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, **trusted: Any) -> ssl.SSLContext:
    return _read_once(purpose, **trusted) if set(trusted) == {"cafile"} else _read(purpose, **trusted)


def read_once() -> None:
    """Make all HTTP clients share the SSL contexts from now on, in this process."""
    vars(ssl)["create_default_context"] = _trusting
