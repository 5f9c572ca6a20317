"""The sandbox's Cryptomus on a free port, a merchant that calls it by plain HTTP, and a receiver of its webhooks."""

import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from tests.support.payment_shop import PaymentShop, payment_world

MERCHANT = "8b03432e-385b-4670-8d06-064591096795"
KEY = "theShopsOwnPaymentKeyForTests"


def sign(body: bytes, key: str = KEY) -> str:
    """Return the signature of a body: the MD5 of the body in base64, followed by the key."""
    return hashlib.md5(base64.b64encode(body) + key.encode(), usedforsecurity=False).hexdigest()


def php_text(payload: dict[str, Any]) -> bytes:
    """Return the output of PHP's ``json_encode`` with JSON_UNESCAPED_UNICODE for strings, booleans and null."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


@dataclass
class Receiver:
    """Webhook receiver that records the webhooks and responds with a configurable status."""

    url: str = ""
    status: int = 200
    key: str = KEY
    bodies: list[bytes] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.bodies.append(await request.body())
            return Response("noted" if self.status == 200 else "no", self.status)

        return app

    def verified(self) -> list[dict[str, Any]]:
        """Return the webhooks with a valid signature in order of arrival, without their signature fields."""
        reported = []
        for body in self.bodies:
            with contextlib.suppress(ValueError):
                payload: dict[str, Any] = json.loads(body)
                mark = payload.pop("sign")
                if mark == sign(php_text(payload), self.key):
                    reported.append(payload)
        return reported

    def of(self, status: str) -> list[dict[str, Any]]:
        """Return the correctly signed webhooks with the given payment status."""
        return [each for each in self.verified() if each["status"] == status]


@dataclass
class CryptoShop(PaymentShop):
    """A merchant with an account at the simulated provider."""

    provider = "cryptomus"

    receiver: Receiver

    async def call(self, path: str, body: bytes | None = None, /, **params: Any) -> httpx.Response:
        """Make a signed call. ``body`` replaces the parameters by exact bytes."""
        sent = json.dumps(params).encode() if body is None else body
        headers = {"merchant": MERCHANT, "sign": sign(sent), "Content-Type": "application/json"}
        return await self.http.post(f"{self.url}/cryptomus{path}", content=sent, headers=headers)

    async def done(self, path: str, /, **params: Any) -> Any:
        """Make a call that must succeed, and return its result."""
        answer = await self.call(path, **params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["state"] == 0
        return body["result"]

    async def refused(self, path: str, /, **params: Any) -> dict[str, Any]:
        """Make a call that must be refused, and return the response's body."""
        answer = await self.call(path, **params)
        assert answer.status_code == 422, answer.text
        body: dict[str, Any] = answer.json()
        assert body["state"] == 1
        return body

    async def invoice(self, order_id: str = "order-1", **params: Any) -> dict[str, Any]:
        """Create an invoice for 29.99 EUR with webhooks to the receiver. Parameters that are None are omitted."""
        given = {
            "amount": "29.99",
            "currency": "EUR",
            "order_id": order_id,
            "url_callback": self.receiver.url,
            "is_payment_multiple": False,
            **params,
        }
        made: dict[str, Any] = await self.done("/v1/payment", **{k: v for k, v in given.items() if v is not None})
        return made

    async def info(self, uuid: str) -> dict[str, Any]:
        """Return the current state of an invoice."""
        found: dict[str, Any] = await self.done("/v1/payment/info", uuid=uuid)
        return found

    async def recurrence(self, order_id: str = "plan-1", **params: Any) -> dict[str, Any]:
        """Create a monthly recurring payment of 29.99 EUR that the customer has not accepted yet."""
        given = {
            "amount": "29.99",
            "currency": "EUR",
            "name": "Retabet",
            "period": "monthly",
            "order_id": order_id,
            "url_callback": self.receiver.url,
            **params,
        }
        made: dict[str, Any] = await self.done("/v1/recurrence/create", **given)
        return made

    async def pay(self, key: str, amount: str | None = None, **order: str) -> Any:
        """Pay on the hosted page of an invoice or recurring payment."""
        return await self.control("POST", f"checkouts/{key}/pay", order | ({"amount": amount} if amount else {}))

    async def received(self, status: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for the given number of correctly signed webhooks with a payment status, and return all of them."""
        await self.until(lambda: len(self.receiver.of(status)) >= count)
        return self.receiver.of(status)


@contextlib.asynccontextmanager
async def running_crypto_shop(path: Path | None = None, **options: str) -> AsyncIterator[CryptoShop]:
    """Run a world with payment providers only, and a webhook receiver. ``options`` configure the merchant's account."""
    receiver = Receiver()
    async with payment_world(receiver.app(), path) as world:
        receiver.url = world.hook
        shop = CryptoShop(**vars(world), receiver=receiver)
        await shop.control("POST", "providers/cryptomus", {"merchant_id": MERCHANT, "api_key": KEY} | options)
        yield shop
