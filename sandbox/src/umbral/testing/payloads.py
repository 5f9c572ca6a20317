"""Reader of recorded payloads of real providers with the installed gateways: `UMBRAL_PAYLOADS=DIR make payloads`.

Every `DIR/{provider}/**/*.json` is signed by the provider's simulator as the provider would sign a delivery with that
content, and passed to `parse_webhook`. A file that is not a webhook (a request, a response, a bare resource) must be
refused as malformed, or ignored; no other exception may occur. A gateway only needs a simulator for this check.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayDescriptor,
    InvalidSignature,
    KnowsLivemode,
    MalformedWebhook,
    PaymentGateway,
    TakesChatPayments,
    WebhookRequest,
)
from umbral.testing.gateways import GATEWAYS
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.simulator import Seller
from umbral_sandbox.server import running_sandbox
from umbral_sandbox.world.world import World

SETTING: Final = "UMBRAL_PAYLOADS"
USAGE: Final = f"{SETTING}=DIR make payloads, where DIR/{{provider}}/*.json are recorded payloads"
_BOT: Final = "700001:AAHnobodysBotButOneForReadingPayloads1"


@dataclass(frozen=True)
class Recording:
    """Recorded payload: its name under the folder, and its content."""

    name: str
    text: str


@dataclass(frozen=True)
class Reading:
    """Result for a recorded payload. line: the result for readers. fine: True if only permitted exceptions were
    raised.
    """

    line: str
    fine: bool


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
class Reader:
    """Reader of recordings with one provider's gateway and its simulator. modal: True if the gateway refuses events of
    the other mode (test or live).
    """

    code: str
    world: World
    gateway: PaymentGateway
    modal: bool

    async def read(self, recording: Recording) -> Reading:
        """Return the gateway's result: a kind of event, or the name of a refusal."""
        try:
            return Reading(f"{recording.name}: {await self._read(recording.text)}", fine=True)
        except Exception as error:  # Any other exception is the fault that this check looks for.
            return Reading(f"{recording.name}: {type(error).__name__}: {error}", fine=False)

    async def _read(self, text: str) -> str:
        try:
            return await self._kind(text)
        except MalformedWebhook as refusal:
            return await self._in_our_mode(text) or f"MalformedWebhook: {refusal}"
        except InvalidSignature as refusal:
            return f"InvalidSignature: {refusal}"

    async def _in_our_mode(self, text: str) -> str | None:
        """Return the result for an event that was refused because it belongs to the other mode (test or live): the kind
        of the event after its mode flag was inverted. Return None if the event remains unreadable.
        """
        for changed, flag in _turned(text) if self.modal else ():
            try:
                return f"{await self._kind(changed)} (with {flag} turned round, to be of our mode)"
            except MalformedWebhook:
                continue
        return None

    async def _kind(self, text: str) -> str:
        return str((await self.gateway.parse_webhook(self._delivery(text))).kind)

    def _delivery(self, text: str) -> WebhookRequest:
        now = self.world.clock.now()
        unproven = WebhookRequest(headers={}, body=text.encode(), received_at=now)
        if isinstance(self.gateway, TakesChatPayments):
            return self.gateway.seal_update(_members(text), now) or unproven
        try:
            headers, body = payments_of(self.world).deliveries.sealed(self.code, text, now)
        except (ValueError, TypeError, KeyError, AttributeError):
            # Its provider could not have signed this content, so it has no proof of origin.
            return unproven
        lowered = {name.lower(): value for name, value in headers.items()}
        return WebhookRequest(headers=lowered, body=body, received_at=now)


def _members(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _turned(text: str) -> Iterator[tuple[str, str]]:
    content = _members(text)
    for name, value in content.items():
        if isinstance(value, bool):
            yield json.dumps({**content, name: not value}), name


@asynccontextmanager
async def opened(code: str, world: World, sandbox_url: str) -> AsyncIterator[Reader]:
    """Open the installed gateway, with an account at its simulator. Raise LookupError if the gateway or the simulator
    is missing.
    """
    entry = next(iter(entry_points(group=GATEWAYS, name=code)), None)
    simulator = payments_of(world).simulators.get(code)
    if entry is None or simulator is None:
        raise LookupError(f"no {'gateway' if entry is None else 'stand-in'} {code!r} is installed")
    descriptor: GatewayDescriptor = entry.load()
    webhooks = f"{sandbox_url}/webhooks/{code}"
    theirs = simulator.open_account(Seller(display_name="Payloads", webhook_url=webhooks, sandbox_url=sandbox_url))
    ours = {"TELEGRAM_BOT_API_BASE": sandbox_url, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": _BOT}
    settings = descriptor.settings.from_environ(ours | theirs)
    if settings is None:
        raise LookupError(f"{code!r} takes the settings of its own stand-in for none at all")
    gateway = descriptor.load(settings, WorldClock(world))
    try:
        yield Reader(code, world, gateway, isinstance(settings, KnowsLivemode))
    finally:
        await gateway.aclose()


def recordings(folder: Path) -> dict[str, list[Recording]]:
    """Return the recordings in the folder, by provider."""
    found: dict[str, list[Recording]] = {}
    for path in sorted(folder.glob("*/**/*.json")):
        name = path.relative_to(folder)
        found.setdefault(name.parts[0], []).append(Recording(str(name), path.read_text("utf-8", errors="replace")))
    return found


async def read_all(found: Mapping[str, Sequence[Recording]]) -> list[Reading]:
    """Return the result of each recording, provider by provider."""
    readings: list[Reading] = []
    async with running_sandbox(seed=1) as sandbox:
        for provider, recorded in found.items():
            try:
                async with opened(provider, sandbox.world, sandbox.url) as reader:
                    readings += [await reader.read(each) for each in recorded]
            except LookupError as missing:
                readings += [Reading(f"{each.name}: {missing}", fine=False) for each in recorded]
    return readings


def main() -> int:
    """Print a line for each file, then the number of files. Return 0 if all were read, 1 if at least one failed, 2
    without a folder.
    """
    given = os.environ.get(SETTING, "").strip()
    if not given or not Path(given).is_dir():
        said = f"{given!r} is no folder" if given else f"{SETTING} is not set"
        sys.stderr.write(f"{said}: {USAGE}\n")
        return 2
    readings = asyncio.run(read_all(recordings(Path(given))))
    sys.stdout.write("".join(f"{each.line}\n" for each in readings))
    sys.stdout.write(f"{len(readings)} payloads\n")
    return 0 if all(each.fine for each in readings) else 1


if __name__ == "__main__":
    sys.exit(main())
