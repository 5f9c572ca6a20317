"""Another seller at the same provider: an account with its own secrets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import Capability, Misconfigured, TakesChatPayments, WebhookRequest
from umbral.testing.kit.behaviour import NotApplicable, must
from umbral.testing.kit.stage import Stage
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.simulator import Seller
from umbral_sandbox.world.world import World

SEED: Final = 4242
BLANKS: Final = ", " * 40
"""List of blank secrets, for a setting that accepts several secrets. A setting for a single secret reads the whole list
as one secret.
"""
OTHER_BOT: Final = "778899:AAHzOtherBotsTokenThatIsNotOurs0000"


@dataclass(frozen=True)
class Tenant:
    """Another seller at the same provider. environ: the product's settings for that seller."""

    stage: Stage
    world: World
    environ: Mapping[str, str] = field(default_factory=dict)

    def signed(self, content: Any) -> WebhookRequest:
        """Return a delivery with this content as the provider would send it to the other seller."""
        now = self.stage.clock.now()
        if self.stage.has(Capability.IN_CHAT):
            gateway = self.stage.make(self.environ)
            must(isinstance(gateway, TakesChatPayments), "it claims in_chat and is no TakesChatPayments")
            sealed = gateway.seal_update(content, now) if isinstance(gateway, TakesChatPayments) else None
            if sealed is None:
                raise NotApplicable("the other seller's bot takes the update for none about money")
            return sealed
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        headers, body = payments_of(self.world).deliveries.sealed(self.stage.code, text, now)
        lowered = {name.lower(): value for name, value in headers.items()}
        return WebhookRequest(headers=lowered, body=body, received_at=now)


@asynccontextmanager
async def another_tenant(stage: Stage) -> AsyncIterator[Tenant]:
    """Provide the account of another seller, in a simulated world of its own. The gateway under test does not know the
    account's secrets.
    """
    world = World(None, SEED)
    try:
        seller = Seller(
            display_name="Somebody else",
            webhook_url=f"{stage.receiver.url}/webhooks/{stage.code}",
            sandbox_url=stage.sandbox.url,
        )
        theirs = payments_of(world).simulators[stage.code].open_account(seller)
        yield Tenant(stage, world, stage.environ | {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": OTHER_BOT} | theirs)
    finally:
        world.close()


def doubled(stage: Stage, tenant: Tenant) -> str | None:
    """Return the name of a setting that accepts several secrets, separated by commas; None if the provider has no such
    setting. tenant: seller whose secrets are used to try the settings.
    """
    for name in sorted(stage.own_settings):
        ours, theirs = stage.environ[name], tenant.environ.get(name, "")
        if ours != theirs and _takes(stage, name, f"{ours},{theirs}") and not _takes(stage, name, BLANKS):
            return name
    return None


def _takes(stage: Stage, name: str, value: str) -> bool:
    try:
        return stage.subject.descriptor.settings.from_environ(stage.environ | {name: value}) is not None
    except Misconfigured:
        return False
