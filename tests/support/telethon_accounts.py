"""Telegram accounts in a sandbox for tests, opened in the same way as by the product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet

from subscriptions.infrastructure.telegram.session_vault import SessionVault
from subscriptions.infrastructure.telegram.userbot_client import DataCentre, TelegramApp, TelethonSessions
from tests.support.features import EVERY
from umbral_sandbox.mtproto import make_session_string
from umbral_sandbox.server import Sandbox
from umbral_sandbox.world.faults import Fault
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Person

API_HASH = "0123456789abcdef"


class WorldTime:
    """Implementation of the Clock port by the sandbox's clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.world.clock

    def now(self) -> datetime:
        """Return the world's current time."""
        return self._clock.now()

    async def confirm(self) -> datetime:
        """Return the world's current time, because this clock is always correct."""
        return self._clock.now()


class Accounts:
    """Creator of signed-in accounts, and of the sessions with which a process opens them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.session_key = Fernet.generate_key().decode()
        self.vault = SessionVault(self.session_key)

    def sign_in(self, phone: str) -> tuple[Person, str]:
        """Create an account and return it with its sealed session."""
        owner = self.world.telegram.people.add_person("Operator", phone=phone.lstrip("+"))
        session = make_session_string(self.world, owner.id, self.sandbox.mtproto_host, self.sandbox.mtproto_port)
        return owner, self.vault.seal(session)

    def settings(self, database_url: str) -> dict[str, str]:
        """Return the settings of a userbot process or an operator's command."""
        return {
            "DATABASE_URL": database_url,
            "CLOCK_URL": f"{self.sandbox.url}/control/clock",
            "BRAND_NAME": "Retador",
            "FEATURES": EVERY,
            "SESSION_KEY": self.session_key,
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": API_HASH,
            "TELEGRAM_MTPROTO_DC": f"{self.sandbox.mtproto_host}:{self.sandbox.mtproto_port}",
            "TELEGRAM_MTPROTO_PUBLIC_KEY": str(self.sandbox.mtproto_public_key),
        }

    def replica(self, *, port: int | None = None, **more: Any) -> TelethonSessions:
        """Return the sessions of one process, which has not claimed an account yet.

        more: further arguments of `TelegramApp`.
        """
        return TelethonSessions(self.app(port=port, **more), self.vault, WorldTime(self.sandbox))

    def app(self, *, port: int | None = None, **more: Any) -> TelegramApp:
        """Return the Telegram application, connected to this sandbox directly or through another port."""
        centre = DataCentre(
            host=self.sandbox.mtproto_host,
            port=port or self.sandbox.mtproto_port,
            public_key=self.sandbox.mtproto_public_key,
        )
        return TelegramApp(api_id=1, api_hash=API_HASH, data_centre=centre, **more)

    def fault(self, do: str, method: str | None, **fields: Any) -> None:
        """Set a fault in the sandbox, which by default affects one call."""
        self.world.wire.set_faults([Fault(on="mtproto", do=do, method=method, **({"times": 1} | fields))])

    def live_links(self, channel: Channel) -> list[str]:
        """Return the valid links by which a person can join or send a join request, except primary links."""
        invites = self.world.telegram.invites
        return [link.url for link in channel.links.values() if not link.primary and invites.is_live(channel, link)]

    def calls(self, method: str) -> int:
        """Return the number of calls of a method that reached the data centre."""
        return sum(call.protocol == "mtproto" and call.method == method for call in self.world.wire.calls())


def always() -> bool:
    """Return True, as for a lease that is never lost."""
    return True


Still = Callable[[], bool]
