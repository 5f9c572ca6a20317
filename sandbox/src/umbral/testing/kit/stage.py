"""One gateway against its provider's simulator: real HTTP in both directions on loopback, and one clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

from subscriptions.bootstrap.rehearsal import Rehearsal, open_rehearsal
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    PaymentGateway,
    TakesChatPayments,
    WebhookRequest,
)
from umbral.testing.kit.behaviour import NotApplicable, Violated, must
from umbral.testing.kit.receiver import Receiver, running_receiver
from umbral.testing.kit.subject import OneGateway, Subject
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.simulator import OffersVariants
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.world import World

BOT: Final = "conformance_bot"
QUIET_S: Final = 10.0
LOOK_S: Final = 0.01
SEEDS: Final = 1 << 48
LISTENS_EVERY: Final = timedelta(hours=12)
CHAT_UPDATES: Final = ["message", "pre_checkout_query", "subscription"]
UPDATES_PAGE: Final = 100
"""Maximum number of updates that Telegram returns in one response (core.telegram.org/bots/api#getupdates)."""


class WorldClock:
    """Implementation of the product's clock port with the simulator's clock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        """Return the world's time."""
        return self._world.clock.now()

    async def confirm(self) -> datetime:
        """Return the world's time. The simulator's clock needs no confirmation."""
        return self.now()


@dataclass
class Stage:
    """Environment of all behaviours.

    environ: the product's settings for this provider, as the provider's simulator returned them. refusals: messages of
    all errors that the gateway raised where a check expected one. lines: lines of the log.
    """

    subject: Subject
    sandbox: Sandbox
    receiver: Receiver
    http: httpx.AsyncClient
    database_url: str
    clock: WorldClock = field(init=False)
    environ: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    own_settings: frozenset[str] = frozenset()
    _opened: dict[str, str] = field(default_factory=dict)
    _made: list[PaymentGateway] = field(default_factory=list)
    _gateway: PaymentGateway | None = None
    _rehearsal: Rehearsal | None = None
    _updates: list[Mapping[str, object]] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.clock = WorldClock(self.sandbox.world)

    @property
    def code(self) -> str:
        """Return the code of the provider."""
        return self.subject.code

    @property
    def gateway(self) -> PaymentGateway:
        """Return the configured gateway."""
        if self._gateway is None:
            self._gateway = self.make()
        return self._gateway

    async def rehearsal(self) -> Rehearsal:
        """Return the product behind the gateway, without pending jobs. The product is opened at the first call."""
        if self._rehearsal is None:
            registry = OneGateway(self.subject.descriptor, self.gateway)
            opening = open_rehearsal(self.database_url, self.clock, registry)
            self._rehearsal = await self._stack.enter_async_context(opening)
        self._rehearsal.jobs.clear()
        return self._rehearsal

    def has(self, *needs: Capability) -> bool:
        """Return True if the gateway, as configured, has all these capabilities."""
        return set(needs) <= self.gateway.capabilities

    def variants(self, subject: Subject) -> list[Subject]:
        """Return one gateway for each of the alternative settings that the simulator offers."""
        stand_in = payments_of(self.sandbox.world).simulators[self.code]
        offered = stand_in.variants if isinstance(stand_in, OffersVariants) else {}
        return [replace(subject, settings=settings) for settings in offered.values()]

    async def can(self, subject: Subject, needs: frozenset[Capability]) -> bool:
        """Return True if the gateway, with the settings of this subject, has all these capabilities."""
        # Load the given subject: another one may have run before it.
        gateway = self._load(subject, {**self._opened, **subject.settings})
        try:
            return needs <= gateway.capabilities
        finally:
            await gateway.aclose()

    def make(self, environ: Mapping[str, str] | None = None) -> PaymentGateway:
        """Build another gateway, by default with the stage's settings, which is closed with the stage. Raise Violated
        if the settings leave the gateway disabled.
        """
        self._made.append(self.build(environ))
        return self._made[-1]

    def build(self, environ: Mapping[str, str] | None = None) -> PaymentGateway:
        """Build another gateway, which the caller has to close."""
        return self._load(self.subject, self.environ if environ is None else environ)

    def _load(self, subject: Subject, environ: Mapping[str, str]) -> PaymentGateway:
        settings = subject.descriptor.settings.from_environ(environ)
        if settings is None:
            raise Violated("it takes the settings of its own stand-in for none at all")
        return subject.descriptor.load(settings, self.clock)

    async def recast(self, subject: Subject) -> None:
        """Continue with another gateway of the same provider."""
        await self.aclose()
        self.subject = subject
        self.environ = {**self._opened, **subject.settings}
        subject.arrange(self.sandbox.world)

    async def set_up(self) -> None:
        """Open the seller's account at the simulator, and create the settings from that account."""
        self.subject.arrange(self.sandbox.world)
        bot = (await self.control("POST", "setup", {"bots": [{"username": BOT, "name": "Conformance"}]}))["bots"][0]
        seller = {"display_name": "Conformance", "webhook_url": f"{self.receiver.url}/webhooks/{self.code}"}
        opened = await self.control("POST", f"providers/{self.code}/demo", seller)
        own = {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bot["token"], "TELEGRAM_BOT_API_BASE": self.sandbox.url}
        self._opened = own | opened["settings"]
        self.environ = {**self._opened, **self.subject.settings}
        self.own_settings = frozenset(opened["settings"])

    async def aclose(self) -> None:
        """Close the product and every gateway that was built."""
        await self._stack.aclose()
        made, self._made = self._made, []
        # Closing twice must be safe.
        for gateway in [*made, *made]:
            await gateway.aclose()
        self._rehearsal = self._gateway = None

    async def person(self) -> int:
        """Create a person who has started the product's bot, and return the person's Telegram id."""
        made = await self.control("POST", "setup", {"people": [{"first_name": "Ana", "started": [BOT]}]})
        telegram_id: int = made["people"][0]["id"]
        return telegram_id

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the simulator's control interface. Raise NotApplicable if the simulator refuses the call (404 or 409)
        because the event does not exist for this provider, and Violated for any other error.
        """
        answer = await self.http.request(method, f"/control/{path}", json=body)
        if answer.status_code in {404, 409}:
            raise NotApplicable(f"the stand-in refuses {path}: {answer.json()['error']}")
        if answer.status_code != 200:
            raise Violated(f"the stand-in answers {path} with {answer.status_code}: {answer.text}")
        return answer.json()

    async def advance(self, by: timedelta) -> None:
        """Advance the shared clock, and process everything that is due."""
        # A bot's updates expire, so it fetches them in between.
        step = min(by, LISTENS_EVERY) if self.has(Capability.IN_CHAT) else by
        while by > timedelta(0):
            await self.control("POST", "clock/advance", {"seconds": min(step, by).total_seconds()})
            await self.heard()
            by -= step

    async def quiet(self) -> None:
        """Wait until every webhook was attempted. Raise Violated on a timeout."""
        deliveries = payments_of(self.sandbox.world).deliveries
        ends = asyncio.get_running_loop().time() + QUIET_S
        while any(each.tries == 0 and each.state == "waiting" for each in deliveries.all()):
            must(asyncio.get_running_loop().time() < ends, "the stand-in's webhooks do not come to an end")
            await asyncio.sleep(LOOK_S)

    async def heard(self, since: int = 0) -> list[WebhookRequest]:
        """Wait until every webhook was attempted. Return the provider's deliveries in order, without
        the first `since`.
        """
        await self.quiet()
        if self.has(Capability.IN_CHAT):
            return (await self._chat())[since:]
        now = self.clock.now()
        posts = self.receiver.posts[since:]
        return [WebhookRequest(headers=post.headers, body=post.body, received_at=now) for post in posts]

    async def _chat(self) -> list[WebhookRequest]:
        gateway = self.gateway
        if not isinstance(gateway, TakesChatPayments):
            raise Violated("it claims in_chat and is no TakesChatPayments")
        await self._listen()
        sealed = [gateway.seal_update(each, self.clock.now()) for each in self._updates]
        return [each for each in sealed if each is not None]

    async def _listen(self) -> None:
        """Fetch the bot's new updates."""
        token = self.environ["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"]
        told: list[Any] | None = None
        # Fetch all pages: older updates must not arrive after those that are counted from here on.
        while told is None or len(told) == UPDATES_PAGE:
            offset = max([int(str(each["update_id"])) for each in self._updates], default=0) + 1
            wanted = {"allowed_updates": CHAT_UPDATES, "limit": UPDATES_PAGE, "offset": offset}
            answer = await self.http.post(f"/bot{token}/getUpdates", json=wanted)
            told = answer.json()["result"]
            self._updates += told

    async def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """Return every call to the provider after the call with this number."""
        found: list[dict[str, Any]] = (await self.control("GET", f"calls?after={after}"))["calls"]
        return found

    @asynccontextmanager
    async def faults(self, *faults: Mapping[str, object]) -> AsyncIterator[None]:
        """Inject these faults into the gateway's calls while the block runs."""
        on = "bot_api" if self.has(Capability.IN_CHAT) else self.code
        await self.control("PUT", "faults", [{"on": on, **fault} for fault in faults])
        try:
            yield
        finally:
            await self.control("PUT", "faults", [])


@asynccontextmanager
async def open_stage(subject: Subject, database_url: str) -> AsyncIterator[Stage]:
    """Open a separate stage: a sandbox, a receiver of webhooks, and the account at the provider.

    The ids that the provider issues are unique to the stage as well, so that many stages can share a database.
    """
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox(seed=uuid4().int % SEEDS))
        receiver = await stack.enter_async_context(running_receiver())
        client = httpx.AsyncClient(base_url=sandbox.url, timeout=30, trust_env=False)
        http = await stack.enter_async_context(client)
        stage = Stage(subject, sandbox, receiver, http, database_url)
        await stage.set_up()
        stack.push_async_callback(stage.aclose)
        yield stage
