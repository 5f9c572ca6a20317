"""Webhook endpoint for providers: a verified event is stored once; any other event is refused with a reason and not
stored.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from subscriptions.infrastructure import tally
from tests.integration.web.conftest import Tables
from tests.support.plain_http import plain_http
from tests.support.stripe import event, session
from tests.support.website import SIGNING, Website, running_website
from web.routes.webhooks import BODY_LIMIT

ENDPOINT = "/webhooks/stripe"


def paid(event_id: str = "evt_1") -> bytes:
    """Return the event of a paid checkout."""
    return json.dumps(event("checkout.session.completed", session(), id=event_id)).encode()


def signed(body: bytes, secret: str = SIGNING, at: float | None = None) -> dict[str, str]:
    """Return the signature header of the provider's own library. at: Unix time in seconds, or None for now."""
    moment = int(time.time() if at is None else at)
    made = stripe.WebhookSignature.generate_signature_header(body.decode("utf-8", "replace"), secret, moment)
    return {"Stripe-Signature": made, "Content-Type": "application/json"}


async def deliver(client: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await client.post(ENDPOINT, content=body, headers=signed(body) | headers)


async def nothing_is_kept(tables: Tables) -> bool:
    return not await tables.rows("SELECT 1 FROM webhook_inbox") and not await tables.jobs()


async def test_verified_event_becomes_one_row_and_one_job(client: httpx.AsyncClient, tables: Tables) -> None:
    answer = await deliver(client, paid())
    assert (answer.status_code, answer.json()) == (200, {"received": True, "new": True})
    assert answer.headers["x-content-type-options"] == "nosniff"
    [row] = await tables.rows("SELECT provider, event_key, status, body FROM webhook_inbox")
    assert (row["provider"], row["status"], row["body"]) == ("stripe", "pending", paid())
    assert len(await tables.jobs()) == 1


async def test_twenty_concurrent_copies_become_one_row_and_one_job(client: httpx.AsyncClient, tables: Tables) -> None:
    answers = await asyncio.gather(*(deliver(client, paid()) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert sum(answer.json()["new"] for answer in answers) == 1
    assert len(await tables.rows("SELECT 1 FROM webhook_inbox")) == 1
    assert len(await tables.jobs()) == 1


async def test_irrelevant_event_is_stored_without_a_job(client: httpx.AsyncClient, tables: Tables) -> None:
    body = json.dumps(event("customer.created", {"id": "cus_1", "object": "customer"})).encode()
    assert (await deliver(client, body)).status_code == 200
    assert [row["status"] for row in await tables.rows("SELECT status FROM webhook_inbox")] == ["ignored"]
    assert await tables.jobs() == []


def unproved() -> dict[str, dict[str, Any]]:
    """Return sets of headers with which the verification of `paid()` fails, keyed by a description."""
    return {
        "none": {},
        "empty": {"Stripe-Signature": ""},
        "old": {"Stripe-Signature": "t=1,v1=00"},
        "timeless": {"Stripe-Signature": "v1=00"},
        "odd": {"Stripe-Signature": "ñ".encode("latin-1")},
        "huge": {"Stripe-Signature": f"t={'9' * 300},v1=00"},
        "forged": signed(paid(), "whsec_of_somebody_else"),
        "of another event": signed(paid("evt_2")),
        "replayed": signed(paid(), at=time.time() - 3600),
    }


async def test_unverified_event_is_not_stored(client: httpx.AsyncClient, tables: Tables) -> None:
    for case, headers in unproved().items():
        answer = await client.post(ENDPOINT, content=paid(), headers=headers)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid signature"}), case
    assert not await tables.rows("SELECT 1 FROM webhook_inbox")
    # This many refusals may be caused by a wrong secret in the settings: the owners are alerted, without the contents.
    assert await tables.jobs() == ["bot.alarm"]


async def test_event_signed_in_the_future_is_stored_and_raises_an_alarm_about_the_clock(
    client: httpx.AsyncClient, tables: Tables
) -> None:
    """The product's clock is an hour behind: providers do not sign webhooks ahead of time."""
    for new in (True, False):
        answer = await client.post(ENDPOINT, content=paid(), headers=signed(paid(), at=time.time() + 3600))
        assert (answer.status_code, answer.json()) == (200, {"received": True, "new": new})
    assert [row["status"] for row in await tables.rows("SELECT status FROM webhook_inbox")] == ["pending"]
    assert set(await tables.jobs()) == {"bot.alarm", "core.apply_payment_event"}
    forged = signed(paid("evt_2"), "whsec_of_somebody_else", time.time() + 3600)
    assert (await client.post(ENDPOINT, content=paid("evt_2"), headers=forged)).status_code == 400


NO_EVENTS = {
    "empty": b"",
    "array": b"[]",
    "numbers": b"[1, 2]",
    "text": b'"text"',
    "null": b"null",
    "brace": b"{",
    "truncated": paid()[:-20],
    "not UTF-8": b"\xff\xfe{}",
    "no event": b"{}",
    "deep": b"[" * 100_000,
}


async def test_signed_body_that_is_not_an_event_is_refused(client: httpx.AsyncClient, tables: Tables) -> None:
    for case, body in NO_EVENTS.items():
        answer = await deliver(client, body)
        assert (answer.status_code, answer.json()) == (400, {"error": "malformed"}), case
    assert await nothing_is_kept(tables)


async def test_live_mode_event_is_refused_if_a_test_key_is_configured(
    client: httpx.AsyncClient, tables: Tables
) -> None:
    body = json.dumps(event("checkout.session.completed", session(), livemode=True)).encode()
    assert (await deliver(client, body)).status_code == 400
    assert await nothing_is_kept(tables)


async def test_unknown_provider_is_not_found(client: httpx.AsyncClient) -> None:
    for name in ("unknown", "STRIPE", "stripe%00", "%0Astripe", "stripe%20", "x" * 500):
        answer = await client.post(f"/webhooks/{name}", content=paid(), headers=signed(paid()))
        assert (answer.status_code, answer.json()) == (404, {"error": "no such provider"})


async def test_provider_without_settings_has_no_endpoint(database_url: str) -> None:
    unset = {"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRET": "", "STRIPE_API_BASE": ""}
    async with (
        running_website(database_url, **unset) as site,
        plain_http(base_url=site.url) as client,
    ):
        assert (await deliver(client, paid())).status_code == 404


async def test_other_method_than_post_is_refused(client: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        answer = await client.request(method, ENDPOINT)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"


async def test_body_of_five_megabytes_is_refused(client: httpx.AsyncClient, tables: Tables) -> None:
    body = b'{"id": "' + b"x" * 5_000_000 + b'"}'
    answer = await deliver(client, body)
    assert (answer.status_code, answer.json()) == (413, {"error": "too large"})
    assert await nothing_is_kept(tables)


async def test_large_chunked_body_is_refused_while_reading(client: httpx.AsyncClient, tables: Tables) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    answer = await client.post(ENDPOINT, content=pieces())
    assert (answer.status_code, answer.json()) == (413, {"error": "too large"})
    assert await nothing_is_kept(tables)


@pytest.mark.parametrize(
    "request_head",
    [b"Content-Length: 5000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + b"x" * 0x200000],
    ids=["announced", "chunked"],
)
async def test_refusal_is_sent_before_the_body_is_read(site: Website, request_head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        writer.write(b"POST /webhooks/stripe HTTP/1.1\r\nHost: umbral\r\n" + request_head)
        first = await asyncio.wait_for(reader.readline(), 90)
        assert b" 413 " in first
    finally:
        writer.close()
        await writer.wait_closed()


async def test_interrupted_body_is_not_stored(site: Website, client: httpx.AsyncClient, tables: Tables) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /webhooks/stripe HTTP/1.1\r\nHost: umbral\r\nContent-Length: 5000\r\n\r\n" + paid()[:200])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await client.get("/healthz")).status_code == 200
    assert await nothing_is_kept(tables)


async def test_unavailable_database_makes_the_provider_retry_its_webhook() -> None:
    async with (
        running_website("postgresql://nobody:nothing@127.0.0.1:9/none") as site,
        plain_http(base_url=site.url) as client,
    ):
        answer = await deliver(client, paid())
        assert (answer.status_code, answer.json()) == (503, {"error": "try again"})


@pytest.mark.parametrize("made_up", ["%00", "a" * 3000, "b:c", "made-up"])
async def test_webhook_for_an_unknown_provider_is_counted_under_the_label_unknown(
    client: httpx.AsyncClient, made_up: str
) -> None:
    tally.take_counts()

    answer = await client.post(f"/webhooks/{made_up}", content=b"x" * (BODY_LIMIT + 1))

    assert answer.status_code == 413
    assert {label for name, label in tally.take_counts() if name == tally.WEBHOOKS_REFUSED} == {"unknown:413"}
