"""Clients for plain HTTP on this machine."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

SHORT_LIVED = httpx.Limits(keepalive_expiry=1)
"""A server here drops a connection that was idle for 5 s, which is httpx's own limit, too: on a slow machine the next
request would meet the end of it."""

PATIENCE_S = 90
"""Httpx itself waits 5 s for an answer: a busy machine may pause for longer."""


def plain_http(**options: Any) -> httpx.AsyncClient:
    """options: httpx's own. It trusts no certificate: nothing is encrypted here, and reading them takes 70 ms."""
    lasting = {"timeout": PATIENCE_S, "limits": SHORT_LIVED} | options
    return httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **lasting)
