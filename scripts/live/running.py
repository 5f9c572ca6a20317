"""Runner that executes each check against a simulator and against the service and reports the differences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

import httpx

from scripts.live import keys, known
from scripts.live.checks import CHECKS, Check, Context, Facts
from scripts.live.hands import PersonHand, StandInHand, TestClockHand
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings
from subscriptions.infrastructure.payments.cryptomus.wire import Wire as CryptomusWire
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.payments.stripe.wire import Wire as StripeWire
from subscriptions.infrastructure.telegram.bot_client import Bots
from umbral.testing.kit.receiver import running_receiver
from umbral_sandbox.server import running_sandbox

TELEGRAMS: Final = {"telegram": keys.BOT, "telegram test servers": keys.TEST_BOT}
"""Names of the settings with the bot tokens, keyed by the Telegram service."""
REAL_TELEGRAM: Final = "https://api.telegram.org"
NOBODYS_ADDRESS: Final = "https://example.com/webhooks/cryptomus"
LIMIT_S: Final = 1800.0


class Outcome(StrEnum):
    """Kinds of results of a check: equal facts, a known or an unknown difference, broken off, or not run."""

    SAME = "same"
    KNOWN = "differs as is known"
    DIFFERS = "differs"
    BROKEN = "broke off"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Difference:
    """A fact whose values from the simulator and from the service differ."""

    fact: str
    stand_in: str
    service: str

    @property
    def is_known(self) -> bool:
        """Return True if the simulators' list of known differences contains the fact."""
        return self.fact in {*known.SEEN.values(), *known.ALSO_SEEN}


@dataclass(frozen=True)
class Result:
    """Result of one check. why: reason why the check was not run or failed."""

    check: Check
    outcome: Outcome
    differences: Sequence[Difference] = ()
    why: str = ""


@dataclass
class Run:
    """All results of a run, and descriptions of the objects that remain at the services."""

    results: list[Result] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Return True if all differences are known and no check failed."""
        return all(each.outcome not in {Outcome.DIFFERS, Outcome.BROKEN} for each in self.results)


async def play(environ: Mapping[str, str], checks: Iterable[Check] = CHECKS) -> Run:
    """Run the checks whose settings are given, and report why the others were not run."""
    run = Run()
    wanted = list(checks)
    lacking = {each.name + each.service: _lacking(each, environ) for each in wanted}
    services = list(dict.fromkeys(each.service for each in wanted if not lacking[each.name + each.service]))
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox())
        stand_ins = await stand_in_settings(sandbox.url)
        pairs = {
            service: (
                await stack.enter_async_context(opened(service, stand_ins, run)),
                await stack.enter_async_context(opened(service, environ, run)),
            )
            for service in services
        }
        for check in wanted:
            if reason := lacking[check.name + check.service]:
                run.results.append(Result(check, Outcome.NOT_RUN, why=reason))
            else:
                run.results.append(await _compared(check, *pairs[check.service], environ))
    return run


async def stand_in_settings(url: str) -> dict[str, str]:
    """Create accounts, bots and a channel in the simulators at this URL, and return the settings with their keys."""
    found = {keys.CONTROL: url, keys.TELEGRAM: url, keys.PUBLIC_URL: "http://127.0.0.1"}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

        async def ask(path: str, body: object) -> Any:
            answer = await http.post(f"/control/{path}", json=body)
            answer.raise_for_status()
            return answer.json()

        for code in ("stripe", "paypal", "cryptomus"):
            made = await ask(
                f"providers/{code}/demo", {"display_name": "Live", "webhook_url": "http://127.0.0.1:9/live"}
            )
            found |= {name: value for name, value in made["settings"].items() if name in keys.NAMES}
        rights = [
            "can_post_messages",
            "can_edit_messages",
            "can_delete_messages",
            "can_invite_users",
        ]
        scene = await ask(
            "setup",
            {
                "bots": [{"username": "live_bot", "name": "Live"}, {"username": "live_test_bot", "name": "Live"}],
                "accounts": [{"first_name": "Live", "phone": "+34600000001"}],
                "people": [],
                "operator": {"first_name": "Olga", "username": "live_operator", "started": ["live_bot"]},
                "channels": [
                    {
                        "title": "Live",
                        "owner": "34600000001",
                        "protected": False,
                        "admins": [{"username": "live_bot", "rights": rights}],
                        "posts": [],
                    }
                ],
            },
        )
    first, second = (each["token"] for each in scene["bots"])
    return found | {keys.BOT: first, keys.TEST_BOT: second, keys.CHANNEL: str(scene["channels"][0]["id"])}


@asynccontextmanager
async def opened(service: str, environ: Mapping[str, str], run: Run) -> AsyncIterator[Context]:
    """Open one service for the checks, and delete the created objects at the end."""
    control = environ.get(keys.CONTROL)
    async with AsyncExitStack() as stack:
        clock: FollowingClock | SystemClock = await stack.enter_async_context(
            FollowingClock(f"{control}/control/clock") if control else SystemClock()
        )
        if service in TELEGRAMS:
            base = environ.get(keys.TELEGRAM, REAL_TELEGRAM)
            token = environ[TELEGRAMS[service]]
            # core.telegram.org/bots/features#dedicated-test-environment
            path = "/test" if service != "telegram" and not control else ""
            bots = Bots(token + path, (), base)
            stack.push_async_callback(bots.aclose)
            yield Context(service, clock, environ, bot=bots.subscription)
            return
        yield await _seller(service, clock, dict(environ), run, stack)


async def _seller(code: str, clock: Any, environ: dict[str, str], run: Run, stack: AsyncExitStack) -> Context:
    receiver = await stack.enter_async_context(running_receiver(int(environ.get(keys.LISTEN, "0"))))
    control, public = environ.get(keys.CONTROL), environ.get(keys.PUBLIC_URL)
    ours = receiver.url if control else public
    environ["CRYPTOMUS_CALLBACK_URL"] = f"{ours.rstrip('/')}/webhooks/cryptomus" if ours else NOBODYS_ADDRESS
    if code == "paypal":
        environ.setdefault("PAYPAL_MODE", "sandbox")
    descriptor = GatewayFactory({}, clock).descriptors()[code]
    if descriptor.enrolment is not None:
        environ = {**descriptor.enrolment.pending, **environ}
    factory = GatewayFactory(environ, clock)
    gateway = factory.get(code)
    if gateway is None:
        told = "; ".join(f"{name} {problem}" for name, problem in factory.problems().get(code, ()))
        raise keys.KeysRefused(told or f"{code}: nothing of it is set")
    if factory.livemode(code):
        raise keys.KeysRefused(f"{code}: these are keys of the live mode")
    stack.push_async_callback(gateway.aclose)
    wire: Any = None
    if code == "stripe":
        wire = StripeWire(cast("StripeSettings", StripeSettings.from_environ(environ)))
    elif code == "cryptomus":
        wire = CryptomusWire(cast("CryptomusSettings", CryptomusSettings.from_environ(environ)))
    if wire is not None:
        stack.push_async_callback(wire.aclose)
    hand: StandInHand | TestClockHand | PersonHand
    if control:
        hand = StandInHand(code, gateway, control, wire.client if code == "stripe" else None)
    elif code == "stripe":
        hand = TestClockHand(gateway, wire.client)
    else:
        hand = PersonHand(gateway)

    async def clean() -> None:
        await hand.clean()
        run.left.extend(f"{code}: {each}" for each in hand.left)

    stack.push_async_callback(clean)
    return Context(code, clock, environ, gateway, wire, hand, receiver=receiver)


def _lacking(check: Check, environ: Mapping[str, str]) -> str:
    missing = [name for name in check.needs if name not in environ]
    return f"needs {', '.join(missing)}" if missing else ""


async def _compared(check: Check, stand_in: Context, service: Context, environ: Mapping[str, str]) -> Result:
    if service.hand is not None and (undone := set(check.acts) - service.hand.acts):
        return Result(check, Outcome.NOT_RUN, why=f"nobody is here to do this: {', '.join(sorted(undone))}")
    side = "before the stand-in"
    try:
        expected = await check.play(stand_in)
        side = "before the service"
        async with asyncio.timeout(LIMIT_S):
            seen = await check.play(service)
    except Exception as error:  # Report any failure of the service, and continue with the next check.
        return Result(check, Outcome.BROKEN, why=_masked(f"{side}: {type(error).__name__}: {error}", environ))
    found = _differences(check, expected, seen)
    if not found:
        return Result(check, Outcome.SAME)
    return Result(check, Outcome.KNOWN if all(each.is_known for each in found) else Outcome.DIFFERS, found)


def _differences(check: Check, expected: Facts, seen: Facts) -> list[Difference]:
    return [
        Difference(fact, expected.get(fact, "not told"), seen.get(fact, "not told"))
        for fact in check.shows
        if expected.get(fact) != seen.get(fact)
    ]


def _masked(text: str, environ: Mapping[str, str]) -> str:
    for name, value in environ.items():
        if any(part in name for part in ("KEY", "SECRET", "TOKEN")):
            text = text.replace(value, f"<{name}>")
    return " ".join(text.split())[:300]
