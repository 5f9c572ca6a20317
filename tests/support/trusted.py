"""Certificates that are trusted, read once for a process and whoever is forked from it.

Every HTTP client reads the hundred authorities there are, 10 to 20 ms of a processor, and the tests open thousands of
clients, most of them for plain HTTP on this machine. Contexts may be shared: nobody changes one made from a file.
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
    """From now on, in this process."""
    vars(ssl)["create_default_context"] = _trusting
