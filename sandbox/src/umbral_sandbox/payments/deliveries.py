"""Delivery of webhooks for every provider: signed, retried, recorded, durable, with injected faults."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from umbral_sandbox.payments.webhooks import USUAL_PATIENCE, Attempt, Delivery, Patience, WebhookEndpoint
from umbral_sandbox.world.world import World

#: Function that builds the headers (with the signature) of a delivery to its endpoint at a time of the world.
Signer = Callable[[WebhookEndpoint, Delivery, datetime], dict[str, str]]
#: Function that builds the sent text from a delivery's body, for a provider that signs inside the body.
Sealer = Callable[[WebhookEndpoint, str], str]

TIMEOUT_S: Final = 20.0
REST_S: Final = 1.0  # Well before a server's usual five seconds close an idle connection.
LOOK_S: Final = 0.25
REORDER_S: Final = 1.0
KEPT: Final = 20_000


class Deliveries:
    """Outbox of webhooks. Providers ``enqueue`` deliveries; between ``start`` and ``stop``, due deliveries are sent."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.store.collection("webhook_deliveries", Delivery)
        self.endpoints = world.store.collection("webhook_endpoints", WebhookEndpoint)
        self._signers: dict[str, Signer] = {}
        self._sealers: dict[str, Sealer] = {}
        self._patience: dict[str, Patience] = {}
        self._waiting = {each.id for each in self._records.values() if each.state == "waiting"}
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._shuffling: list[int] = []
        self._queued: set[int] = set()
        self._loop: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None
        world.on_reset(self._waiting.clear)

    def sign_with(
        self, provider: str, signer: Signer, seal: Sealer | None = None, patience: Patience = USUAL_PATIENCE
    ) -> None:
        """Register a provider's signature, in the headers or (``seal``) inside the body, and its retry schedule."""
        self._signers[provider] = signer
        self._patience[provider] = patience
        if seal is not None:
            self._sealers[provider] = seal

    def set_webhook_endpoint(
        self,
        provider: str,
        url: str,
        secret: str,
        api_version: str | None = None,
        enabled_events: list[str] | None = None,
    ) -> WebhookEndpoint:
        """Set the provider's main endpoint, which replaces an earlier one; pending deliveries go to the new address."""
        endpoint = WebhookEndpoint(
            id=_main(provider),
            provider=provider,
            url=url,
            secret=secret,
            created=self._world.clock.timestamp(),
            api_version=api_version,
            enabled_events=enabled_events,
        )
        for delivery in self._open():
            if delivery.endpoint == endpoint.id:
                delivery.url = url
                self._records.put(delivery.id, delivery)
        return self.endpoints.put(endpoint.id, endpoint)

    def main_endpoint(self, provider: str) -> WebhookEndpoint | None:
        """Return the main endpoint, or None if none was set."""
        return self.endpoints.get(_main(provider))

    def endpoints_of(self, provider: str, event_type: str) -> list[WebhookEndpoint]:
        """Return the provider's endpoints subscribed to this event type."""
        return [each for each in self.endpoints.values() if each.provider == provider and each.wants(event_type)]

    def enqueue(self, endpoint: WebhookEndpoint, event: str, event_type: str, body: str, after_s: float = 0.0) -> int:
        """Enqueue ``body`` for delivery not before ``after_s`` real seconds from now; return the delivery's id."""
        now = self._world.clock.now()
        delivery = Delivery(
            id=self._world.ids.next("webhook_delivery"),
            provider=endpoint.provider,
            endpoint=endpoint.id,
            url=endpoint.url,
            event=event,
            type=event_type,
            body=body,
            created=now,
            due=now,
            hold_until=_wall() + timedelta(seconds=after_s) if after_s else None,
        )
        self._records.put(delivery.id, delivery)
        self._waiting.add(delivery.id)
        if len(self._records) > KEPT:
            self._forget_oldest()
        return delivery.id

    def sealed(self, provider: str, body: str, at: datetime) -> tuple[dict[str, str], bytes]:
        """Return headers and bytes of ``body`` as the provider would send the body to its main endpoint at ``at``; send
        nothing.

        Tests use the result to check a seller's reaction to deliveries that did not happen at the provider. Raise
        LookupError without an endpoint, and the provider's exception for a body that the provider cannot sign.
        """
        endpoint = self.main_endpoint(provider)
        if endpoint is None or provider not in self._signers:
            raise LookupError(f"{provider} has no endpoint to deliver to")
        delivery = Delivery(
            id=0,
            provider=provider,
            endpoint=endpoint.id,
            url=endpoint.url,
            event="",
            type="",
            body=body,
            created=at,
            due=at,
        )
        return self._signers[provider](endpoint, delivery, at), self._wire_form(endpoint, body)

    def all(self) -> list[Delivery]:
        """Return every stored delivery, oldest first."""
        return list(self._records.values())

    def get(self, delivery_id: int) -> Delivery | None:
        """Return one delivery, or None."""
        return self._records.get(delivery_id)

    def send_again(self, delivery_id: int) -> Delivery | None:
        """Make a delivery due now, whatever its previous result, and return the delivery; None for an unknown id."""
        delivery = self._records.get(delivery_id)
        if delivery is None:
            return None
        delivery.due, delivery.hold_until, delivery.state = self._world.clock.now(), None, "waiting"
        delivery.first_try = None
        self._records.put(delivery.id, delivery)
        self._waiting.add(delivery.id)
        return delivery

    async def tried(self, ids: Iterable[int], more_than: int = 0, timeout_s: float = 10.0) -> None:
        """Wait until each delivery was attempted more than ``more_than`` times, or until the timeout."""
        wanted = list(ids)
        ends = asyncio.get_running_loop().time() + timeout_s
        while any((each := self._records.get(one)) and each.tries <= more_than for one in wanted):
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await self._world.feed.wait(min(left, 1.0))

    async def start(self) -> None:
        """Start to send due deliveries."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop sending; undelivered webhooks wait for the next start."""
        tasks = [*self._flying.values(), *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._flying.clear()
        self._shuffling.clear()
        self._queued.clear()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _run(self) -> None:
        while not self._world.feed.closed:
            for delivery in self._due():
                if delivery.overdue(self._world.clock.now(), self._patience[delivery.provider]):
                    self._settled(delivery)
                else:
                    self._depart(delivery)
            await self._world.feed.wait(LOOK_S)

    def _open(self) -> list[Delivery]:
        found = (self._records.get(one) for one in sorted(self._waiting))
        return [each for each in found if each is not None]

    def _due(self) -> list[Delivery]:
        now, wall = self._world.clock.now(), _wall()
        return [
            each
            for each in self._open()
            if each.id not in self._flying
            and each.id not in self._shuffling
            and each.id not in self._queued
            and each.due <= now
            and (each.hold_until is None or each.hold_until <= wall)
        ]

    def _depart(self, delivery: Delivery) -> None:
        if not delivery.touched:
            delivery.touched = True
            if fault := self._world.wire.take("webhooks", delivery.type, {"delay"}):
                seconds = fault.seconds if fault.seconds is not None else 5.0
                delivery.hold_until = _wall() + timedelta(seconds=seconds)
                self._records.put(delivery.id, delivery)
                return
            if self._world.wire.take("webhooks", delivery.type, {"reorder"}):
                self._shuffle(delivery)
                return
        self._fly(delivery.id, self._round(delivery))

    def _fly(self, key: int, journey: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.create_task(journey)
        self._flying[key] = task
        task.add_done_callback(lambda _: self._flying.pop(key, None))

    def _shuffle(self, delivery: Delivery) -> None:
        self._shuffling.append(delivery.id)
        if len(self._shuffling) == 1:
            self._fly(delivery.id, self._backwards())

    async def _backwards(self) -> None:
        """Collect deliveries for a short time, then send the deliveries in reverse order, one after the other."""
        await asyncio.sleep(REORDER_S)
        gathered, self._shuffling = self._shuffling[::-1], []
        self._queued.update(gathered)
        for one in gathered:
            delivery = self._records.get(one)
            if delivery is not None:
                await self._round(delivery)
            self._queued.discard(one)

    async def _round(self, delivery: Delivery) -> None:
        endpoint = self.endpoints.get(delivery.endpoint)
        if endpoint is None:
            delivery.state = "failed"
            self._settled(delivery)
            return
        take = self._world.wire.take
        duplicate = take("webhooks", delivery.type, {"duplicate"})
        fault = take("webhooks", delivery.type, {"drop", "forge", "truncate"})
        copies = (duplicate.n or 2) if duplicate else 1
        attempts = await asyncio.gather(
            *(self._try(endpoint, delivery, fault.do if fault else None) for _ in range(copies))
        )
        delivery.record(list(attempts), self._world.clock.now(), self._patience[delivery.provider])
        self._settled(delivery)

    def _settled(self, delivery: Delivery) -> None:
        """Store the result of an attempt."""
        if delivery.state != "waiting":
            self._waiting.discard(delivery.id)
        self._records.put(delivery.id, delivery)
        self._world.commit()

    async def _try(self, endpoint: WebhookEndpoint, delivery: Delivery, fault: str | None) -> Attempt:
        at = self._world.clock.now()
        if fault == "forge":
            endpoint = endpoint.model_copy(update={"secret": endpoint.secret[::-1] + "forged"})
        headers = self._signers[delivery.provider](endpoint, delivery, at)
        attempt = Attempt(at=at, headers=headers, fault=fault)
        if fault == "drop":
            attempt.error = "lost on the way"
            return attempt
        body = self._wire_form(endpoint, delivery.body)
        started = asyncio.get_running_loop().time()
        try:
            # Created on first use, because the client reads all certificates of the system.
            client = self._client = self._client or httpx.AsyncClient(
                timeout=TIMEOUT_S, trust_env=False, limits=httpx.Limits(keepalive_expiry=REST_S)
            )
            sent = body[: len(body) // 2] if fault == "truncate" else body
            answer = await client.post(delivery.url, content=sent, headers=headers)
            attempt.status, attempt.answer = answer.status_code, answer.text[:2000]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt.error = str(error) or type(error).__name__
        attempt.took_s = round(asyncio.get_running_loop().time() - started, 4)
        return attempt

    def _wire_form(self, endpoint: WebhookEndpoint, body: str) -> bytes:
        seal = self._sealers.get(endpoint.provider)
        return (seal(endpoint, body) if seal else body).encode()

    def _forget_oldest(self) -> None:
        for each in list(self._records.values()):
            if each.state != "waiting":
                self._records.delete(each.id)
                return


def _main(provider: str) -> str:
    return f"main_{provider}"


def _wall() -> datetime:
    return datetime.now(UTC)
