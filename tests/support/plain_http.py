"""Clients for plain HTTP on this machine."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

SHORT_LIVED = httpx.Limits(keepalive_expiry=1)
"""A server here drops a connection that was idle for 5 s, which is httpx's own limit, too: on a slow machine the next
request would hit the closing connection.
"""

PATIENCE_S = 90
"""In seconds. httpx itself waits 5 s for an answer, and a busy machine may pause longer."""


def plain_http(**options: Any) -> httpx.AsyncClient:
    """Build a client. options: httpx's own. The client trusts no certificate: nothing is encrypted here, and loading
    certificates takes 70 ms.
    """
    lasting = {"timeout": PATIENCE_S, "limits": SHORT_LIVED} | options
    return httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **lasting)
