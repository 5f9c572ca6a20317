"""HTTP clients for plain HTTP on this machine."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

SHORT_LIVED = httpx.Limits(keepalive_expiry=1)
"""Maximum seconds that a connection stays open while idle. Servers on this machine close a connection after 5 s idle;
with httpx's default, also 5 s, a request on a slow machine could use a connection that is being closed.
"""

PATIENCE_S = 90
"""Timeout in seconds. httpx's default is 5 s, and a busy machine may pause longer."""


def plain_http(**options: Any) -> httpx.AsyncClient:
    """Return a client. options: options of httpx. The client loads no certificates, because connections are not
    encrypted and loading takes 70 ms.
    """
    lasting = {"timeout": PATIENCE_S, "limits": SHORT_LIVED} | options
    return httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **lasting)
