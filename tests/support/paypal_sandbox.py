"""The sandbox's PayPal on a free port, a client by plain HTTP, and a webhook receiver that verifies signatures
independently of the product.
"""

import base64
import contextlib
import functools
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fastapi import FastAPI, Request, Response

from tests.support.payment_shop import PaymentShop, payment_world
from umbral_sandbox.payments.paypal import certificates
from umbral_sandbox.payments.paypal.records import Keys
from umbral_sandbox.payments.paypal.simulator import PayPalSimulator
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.world.world import World

CLIENT = "AClientOfTheTests"
SECRET = "ESecretOfTheTests"
WEBHOOK = "4JH86294D6297924G"
PAGES = {"return_url": "https://shop.example/thanks?a=1", "cancel_url": "https://shop.example/back"}

Json = dict[str, Any]


@dataclass
class PayPalReceiver:
    """Webhook receiver that records the webhooks and responds with a configurable status."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        """Return the application that receives webhooks."""
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.bodies.append(await request.body())
            self.headers.append(dict(request.headers))
            return Response("noted" if self.status == 200 else "no", self.status)

        return app

    def events(self) -> list[Json]:
        """Return all received events in order of arrival."""
        return [json.loads(each) for each in self.bodies]

    def of(self, event_type: str) -> list[Json]:
        """Return the received events of one type, without repetitions."""
        found = {each["id"]: each for each in self.events() if each["event_type"] == event_type}
        return list(found.values())


@dataclass
class PayPalShop(PaymentShop):
    """A seller with an account at the simulated provider."""

    provider = "paypal"

    receiver: PayPalReceiver
    client_id: str = CLIENT
    client_secret: str = SECRET
    webhook_id: str = WEBHOOK
    token: str = ""

    @property
    def base(self) -> str:
        """The API's base URL as in the product's settings: ``http://127.0.0.1:…/paypal``."""
        return f"{self.url}/paypal"

    @property
    def settings(self) -> dict[str, str]:
        """The settings that the control interface returned for the product."""
        return self._settings

    _settings: dict[str, str] = field(default_factory=dict)
    _certificates: dict[str, str] = field(default_factory=dict)
    _checked: int = 0

    @property
    def ca_pem(self) -> str:
        """Certificate of the authority that issued the webhook certificates, in PEM format."""
        return self._settings["PAYPAL_WEBHOOK_CA"].replace("\\n", "\n")

    async def sign_in(self) -> str:
        """Fetch an access token, store it and return it."""
        answer = await self.http.post(
            f"{self.base}/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.client_secret),
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return self.token

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Make a call with the access token. Header names are written with underscores."""
        given = {"Authorization": f"Bearer {self.token or await self.sign_in()}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if method in {"POST", "PATCH"}:
            given.setdefault("Content-Type", "application/json")
        content = json.dumps(body) if body is not None else None
        return await self.http.request(method, f"{self.base}{path}", content=content, headers=given)

    async def call(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Make a call, assert the response's status, and return the body."""
        answer = await self.send(method, path, body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, body: Any = None, status: int = 422) -> str:
        """Make a call that must be refused, and return the first issue of the refusal, or the refusal's name if it
        states no issue.
        """
        said = await self.call(method, path, body, status)
        assert said["debug_id"]
        return said["details"][0]["issue"] if said.get("details") else said["name"]

    async def product(self, name: str = "Retabet") -> str:
        """Create a product and return its id."""
        return (await self.call("POST", "/v1/catalogs/products", {"name": name, "type": "SERVICE"}, 201))["id"]

    async def plan(self, *cycles: Json, product: str | None = None, **changes: Any) -> str:
        """Create a billing plan for a product and return the plan's id. By default the plan costs 29.99 EUR per
        month.
        """
        body = {
            "product_id": product or await self.product(),
            "name": "Retabet",
            "billing_cycles": [{**each, "sequence": index + 1} for index, each in enumerate(cycles or (cycle(),))],
            "payment_preferences": {"payment_failure_threshold": 3},
            **changes,
        }
        return (await self.call("POST", "/v1/billing/plans", body, 201))["id"]

    async def subscribe(self, plan_id: str | None = None, **changes: Any) -> Json:
        """Create a subscription that still needs the payer's approval."""
        body = {
            "plan_id": plan_id or await self.plan(),
            "custom_id": "order-1",
            "application_context": {**PAGES, "user_action": "SUBSCRIBE_NOW"},
            **changes,
        }
        return await self.call("POST", "/v1/billing/subscriptions", body, 201, Prefer="return=representation")

    async def subscribed(self, plan_id: str | None = None, **changes: Any) -> Json:
        """Create an approved subscription and return it as the API shows it."""
        made = await self.subscribe(plan_id, **changes)
        await self.control("POST", f"checkouts/{made['id']}/pay", {"webhooks": "before"})
        return await self.read(made["id"])

    async def read(self, subscription: str) -> Json:
        """Return the current state of a subscription."""
        return await self.call("GET", f"/v1/billing/subscriptions/{subscription}")

    async def received(self, event_type: str, count: int = 1) -> list[Json]:
        """Wait for the given number of events of a type and return all of them, after verifying the signature of every
        webhook.
        """
        await self.until(lambda: len(self.receiver.of(event_type)) >= count)
        await self.check_signatures()
        return self.receiver.of(event_type)

    async def check_signatures(self) -> None:
        """Assert that every webhook received so far is signed with a certificate issued by the authority."""
        seen = len(self.receiver.bodies)
        for index in range(self._checked, seen):
            headers = self.receiver.headers[index]
            url = headers["paypal-cert-url"]
            if url not in self._certificates:
                self._certificates[url] = (await self.http.get(url)).text
            verify(self.receiver.bodies[index], headers, self.webhook_id, self._certificates[url], self.ca_pem)
        self._checked = seen


def verify(body: bytes, headers: dict[str, str], webhook_id: str, pem: str, authority: str) -> None:
    """Verify a webhook's signature as PayPal's documentation describes. Raises InvalidSignature if the signature is not
    valid.
    """
    certificate = x509.load_pem_x509_certificate(pem.encode())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    parts = (headers["paypal-transmission-id"], headers["paypal-transmission-time"], webhook_id)
    text = "|".join([*parts, str(zlib.crc32(body))])
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert headers["paypal-auth-algo"] == "SHA256withRSA"
    signature = base64.b64decode(headers["paypal-transmission-sig"])
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())


@functools.cache
def _keys() -> Keys:
    """Return signing keys shared by all worlds of the tests, because generating keys is slow."""
    world = World()
    simulator = payments_of(world).simulators["paypal"]
    assert isinstance(simulator, PayPalSimulator)
    certificates.authority_pem(simulator.account)
    [keys] = simulator.account.keys.values()
    world.close()
    return keys


def cycle(value: str | None = "29.99", currency: str = "EUR", total: int = 0, **changes: Any) -> Json:
    """Return one billing cycle of a plan, monthly by default. Without a value, the cycle is free."""
    made: Json = {
        "frequency": {"interval_unit": "MONTH", "interval_count": 1},
        "tenure_type": "REGULAR",
        "total_cycles": total,
        **changes,
    }
    if value is not None:
        made["pricing_scheme"] = {"fixed_price": {"currency_code": currency, "value": value}}
    return made


@contextlib.asynccontextmanager
async def running_paypal(path: Path | None = None, **options: str) -> AsyncIterator[PayPalShop]:
    """Run a world with payment providers only, and a webhook receiver. ``options`` are fields of ``POST
    /control/providers/paypal``.
    """
    receiver = PayPalReceiver()
    async with payment_world(receiver.app(), path) as world:
        receiver.url = world.hook
        simulator = world.payments.simulators["paypal"]
        assert isinstance(simulator, PayPalSimulator)
        if not simulator.account.keys:
            simulator.account.keys.put("keys", _keys())
        shop = PayPalShop(**vars(world), receiver=receiver)
        known = {"client_id": CLIENT, "client_secret": SECRET, "webhook_url": receiver.url, "webhook_id": WEBHOOK}
        await shop.control("POST", "providers/paypal", {**known, **options})
        order = {"display_name": "Tests", "webhook_url": receiver.url}
        shop._settings = (await shop.control("POST", "providers/paypal/demo", order))["settings"]
        yield shop
