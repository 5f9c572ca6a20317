"""ASGI application that verifies a webhook's signature and commits its row and its job, and does nothing else: the
baseline for `benchmarks.webhooks`.

It runs under uvicorn with asyncpg, and commits one transaction per request.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import uvicorn

from umbral.demo.loopback import HOST

CONNECTIONS: Final = 16
"""Database connections of the application."""
STORE: Final = """
WITH stored AS (
    INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at)
    VALUES ($1, 'stripe', $2, $3, $4, 'pending', 0, $5)
    ON CONFLICT (provider, event_key) DO NOTHING RETURNING id
)
INSERT INTO pgqueuer (entrypoint, payload, priority, dedupe_key, status)
SELECT 'core.apply_payment_event', $6, 0, 'core.apply_payment_event:' || id, 'queued' FROM stored
"""

Message = MutableMapping[str, Any]


def is_signed(body: bytes, header: str, secret: bytes) -> bool:
    """Return True if the `Stripe-Signature` header matches the body."""
    fields = dict(field.split("=", 1) for field in header.split(","))
    expected = hmac.new(secret, fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, fields["v1"])


class Storing:
    """ASGI application that accepts POST requests at any path."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._url, self._ready = environ["DATABASE_URL"], Path(environ["READY_FILE"])
        self._secret = environ["STRIPE_WEBHOOK_SECRET"].encode()
        self._pool: asyncpg.Pool | None = None

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer a request; open the database connections when the server starts."""
        if scope["type"] == "lifespan":
            await receive()
            self._pool = await asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS)
            await send({"type": "lifespan.startup.complete"})
            self._ready.touch()
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        header = dict(scope["headers"])[b"stripe-signature"].decode()
        status = 200 if is_signed(body, header, self._secret) else 400
        if status == 200:
            await self._store(body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _store(self, body: bytes) -> None:
        if self._pool is None:
            raise RuntimeError("the application has not started")
        event, id_ = json.loads(body), uuid4()
        kept = json.dumps(
            {"type": event["type"], "data": {"order_id": event["data"]["object"]["metadata"]["order_id"]}}
        )
        payload = json.dumps({"inbox_id": str(id_)}).encode()
        await self._pool.execute(STORE, id_, event["id"], kept, body, datetime.now(UTC), payload)


if __name__ == "__main__":
    uvicorn.run(Storing(os.environ), host=HOST, port=int(os.environ["WEB_PORT"]), log_level="error", http="h11")
