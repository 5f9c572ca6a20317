"""Cryptomus in tests: settings, requests, hand-signed webhooks, and a small strict server with fixed responses."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, WebhookRequest
from subscriptions.infrastructure.payments.cryptomus import load
from subscriptions.infrastructure.payments.cryptomus.gateway import CryptomusGateway
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = "demo_key_of_the_tests"
OTHER_KEY = "demo_key_before_it"
MERCHANT = "8b03432e-385b-4670-8d06-064591096795"
UUID = "70b8db5c-b952-406d-af26-4e1c34c27f15"
RECURRENCE_UUID = "bbe5ce96-1126-4843-a0d2-b432e77669c2"
ORDER = "0c6f9f3e-3f55-4c2b-9d3f-6a4a8f7f4a11"
REFERENCES = json.dumps({"order_id": ORDER, "telegram_id": 7001})
_BEGUN = {"made_at": int(NOW.timestamp()) - 300, "period": "monthly"}
RECURRING_REFERENCES = json.dumps({**json.loads(REFERENCES), **_BEGUN})
CHARGE_UUID = "706525d5-4ee5-4e62-a6e7-426a8c738df0"

Json = dict[str, Any]


class FakeClock:
    """Clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    async def confirm(self) -> datetime:
        """Return the time that was set, which this clock treats as confirmed."""
        return self.time


def environ(**changes: str) -> dict[str, str]:
    """Return valid settings with the given changes. No server listens at the API's address."""
    return {
        "CRYPTOMUS_MERCHANT_ID": MERCHANT,
        "CRYPTOMUS_API_KEY": KEY,
        "CRYPTOMUS_API_BASE": "http://127.0.0.1:9",
        "WEB_BASE_URL": "http://127.0.0.1:8000",
        **changes,
    }


def settings(**changes: str) -> CryptomusSettings:
    """Return the settings object made from `environ`."""
    made = CryptomusSettings.from_environ(environ(**changes))
    assert made is not None
    return made


def gateway_for(clock: FakeClock, **changes: str) -> CryptomusGateway:
    """Return a gateway, built as the factory builds it."""
    made = load(settings(**changes), clock)
    assert isinstance(made, CryptomusGateway)
    return made


def request_for(**changes: Any) -> CheckoutRequest:
    """Return a checkout request for a one-time plan, with the given fields replaced."""
    given: Json = {
        "order_id": ORDER,
        "telegram_id": 7001,
        "plan": "retabet",
        "plan_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "description": "Retador · Plan Retabet",
        "price_ref": None,
        "amount": Money(1500, "USD"),
        "interval": None,
        "interval_count": 1,
        "trial_days": 0,
        "success_url": "https://shop.example/gracias",
        "cancel_url": "https://shop.example/",
        "customer_ref": None,
        "locale": "es",
        "expires_at": NOW + timedelta(minutes=35),
        "idempotency_key": f"checkout:{ORDER}:1",
    }
    return CheckoutRequest(**{**given, **changes})


def monthly(**changes: Any) -> CheckoutRequest:
    """Return a checkout request for a monthly plan, with the given fields replaced."""
    return request_for(**{"interval": Interval.MONTH, **changes})


def sign(text: str | bytes, key: str = KEY) -> str:
    """Return the signature of a text as the provider documents it."""
    raw = text if isinstance(text, bytes) else text.encode()
    return hashlib.md5(base64.b64encode(raw) + key.encode(), usedforsecurity=False).hexdigest()


def php(value: Any) -> str:
    """Return the output of PHP's `json_encode($value, JSON_UNESCAPED_UNICODE)` in the usual cases."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def signed(body: Mapping[str, Any], key: str = KEY) -> bytes:
    """Return the body of a signed webhook as the provider sends it."""
    return php({**body, "sign": sign(php(body), key)}).encode()


def delivery(body: bytes | Mapping[str, Any], remote_ip: str | None = None) -> WebhookRequest:
    """Return a webhook request. A mapping is signed; bytes are used unchanged."""
    raw = body if isinstance(body, bytes) else signed(body)
    return WebhookRequest(headers={}, body=raw, received_at=NOW, remote_ip=remote_ip)


def invoice(**changes: Any) -> Json:
    """Return an invoice for 15 USD that was paid exactly, in the format of the response to `payment/info`."""
    return {
        "uuid": UUID,
        "order_id": f"{ORDER}-1",
        "amount": "15.00",
        "payment_amount": "15.75000000",
        "payment_amount_usd": "15.74",
        "payer_amount": "15.75000000",
        "discount_percent": -5,
        "discount": "-0.75",
        "payer_currency": "USDT",
        "currency": "USD",
        "comments": None,
        "merchant_amount": "15.43500000",
        "network": "tron",
        "address": "TXhfYSWt2oKRrHAJVJeYRuit6ZzKuoEKXj",
        "from": "THgEWubVc8tPKXLJ4VZ5zbiiAK7AgqSeGH",
        "txid": "6f0d9c8374db57cac0d806251473de754f361c83a03cd805f74aa9da3193486b",
        "payment_status": "paid",
        "url": f"https://pay.cryptomus.com/pay/{UUID}",
        "expired_at": int((NOW + timedelta(minutes=35)).timestamp()),
        "status": "paid",
        "is_final": True,
        "additional_data": REFERENCES,
        "created_at": "2026-11-20T11:50:00+03:00",
        "updated_at": "2026-11-20T11:58:30+03:00",
        **changes,
    }


def webhook(**changes: Any) -> Json:
    """Return the unsigned webhook about the invoice that `invoice` describes, with the given fields replaced."""
    return {
        "type": "payment",
        "uuid": UUID,
        "order_id": f"{ORDER}-1",
        "amount": "15.00000000",
        "payment_amount": "15.75000000",
        "payment_amount_usd": "15.74",
        "merchant_amount": "15.43500000",
        "commission": "0.31500000",
        "is_final": True,
        "status": "paid",
        "from": "THgEWubVc8tPKXLJ4VZ5zbiiAK7AgqSeGH",
        "wallet_address_uuid": None,
        "network": "tron",
        "currency": "USD",
        "payer_currency": "USDT",
        "payer_amount": "15.75000000",
        "payer_amount_exchange_rate": "1.00098768",
        "additional_data": REFERENCES,
        "txid": "6f0d9c8374db57cac0d806251473de754f361c83a03cd805f74aa9da3193486b",
        **changes,
    }


def recurrence(**changes: Any) -> Json:
    """Return a monthly recurring payment that was charged once, in the format of the response to `recurrence/info`."""
    return {
        "uuid": RECURRENCE_UUID,
        "name": "Retador · Plan Retabet",
        "order_id": f"r-{ORDER}-1",
        "amount": "15.00",
        "currency": "USD",
        "payer_currency": "USDT",
        "payer_amount_usd": "15.00",
        "payer_amount": "15.00",
        "url_callback": None,
        "discount_days": "0",
        "discount_amount": "0.00",
        "end_of_discount": None,
        "period": "monthly",
        "status": "active",
        "url": f"https://pay.cryptomus.com/recurrence/{RECURRENCE_UUID}",
        "last_pay_off": "2026-11-20 12:00:00",
        "additional_data": RECURRING_REFERENCES,
        **changes,
    }


def charge(**changes: Any) -> Json:
    """Return the invoice of the first charge of the recurring payment that `recurrence` describes."""
    return invoice(
        **{
            "uuid": CHARGE_UUID,
            "order_id": f"r-{ORDER}-1",
            "additional_data": RECURRING_REFERENCES,
            "created_at": "2026-11-20T11:59:58+03:00",
            "updated_at": "2026-11-20T12:00:01+03:00",
            **changes,
        }
    )


@dataclass
class Service:
    """Server with a fixed response for each path. It refuses an unknown path, a wrong merchant and a wrong signature.

    answers: responses by path; each is an object (the result), bytes (a complete HTTP response), or a list of them,
    returned one after the other with the last one repeated.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)
    url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request on a connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            answer = self._answer(head[0], headers, body)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, line: str, headers: Mapping[str, str], body: bytes) -> bytes | None:
        method, path, _ = line.split(" ")
        if method != "POST" or headers.get("content-type") != "application/json":
            return reply(405, {"message": "POST JSON"})
        if headers.get("merchant") != MERCHANT or headers.get("sign") != sign(body):
            return reply(401, {"state": 1, "message": "Invalid Sign"})
        self.asked.append((path, json.loads(body)))
        notified = self.answers.get(path, reply(404, {"state": 1, "message": "Not found"}))
        if isinstance(notified, list):
            notified = notified.pop(0) if len(notified) > 1 else notified[0]
        return reply(200, {"state": 0, "result": notified}) if isinstance(notified, dict) else notified


def reply(status: int, body: Any, **headers: str) -> bytes:
    """Return a complete HTTP response."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def missing() -> bytes:
    """Return the provider's response for a missing object."""
    return reply(422, {"state": 1, "message": "Payment was not found"})


@asynccontextmanager
async def served(**answers: Any) -> AsyncIterator[Service]:
    """Run a server with these responses. The keys are paths with `_` in place of `/`: `payment_info`."""
    service = Service({f"/v1/{name.replace('_', '/')}": answer for name, answer in answers.items()})
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def speaking(
    *, clock: FakeClock | None = None, recurring: bool = False, **answers: Any
) -> AsyncIterator[tuple[CryptomusGateway, Service]]:
    """Run a server with these responses, and yield a gateway connected to it, together with the server.

    recurring: True to enable recurring payments in the gateway's settings.
    """
    async with served(**answers) as service:
        switch = "on" if recurring else "off"
        gateway = gateway_for(clock or FakeClock(), CRYPTOMUS_API_BASE=service.url, CRYPTOMUS_RECURRENCE=switch)
        try:
            yield gateway, service
        finally:
            await gateway.aclose()
