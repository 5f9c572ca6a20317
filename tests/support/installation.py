"""An installation against a sandbox: all accounts that an operator has to create at other services, and the resulting
settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.features import EVERY
from tests.support.telethon_accounts import API_HASH
from umbral_sandbox.server import Sandbox


@dataclass
class Installation:
    """The seller's bots and Stripe account, with the database and the URL of the website. No server listens at that
    URL.
    """

    sandbox: Sandbox
    database_url: str
    site: str = "http://127.0.0.1:9"
    tokens: list[str] = field(default_factory=list)
    stripe: dict[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Create the bots and the Stripe account. Its webhooks are sent to an address without a server."""
        people = self.sandbox.world.telegram.people
        self.tokens = [people.add_bot(name, "Tienda").token for name in ("tienda_bot", "tienda_picks_bot")]
        seller = {"display_name": "Tienda", "webhook_url": "http://127.0.0.1:9/nowhere"}
        self.stripe = (await self.control("POST", "providers/stripe/demo", seller))["settings"]

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the control interface and return the response's JSON."""
        async with httpx.AsyncClient(base_url=self.sandbox.url, trust_env=False, timeout=90) as http:
            answer = await http.request(method, f"/control/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    @property
    def services(self) -> dict[str, str]:
        """Settings with the addresses of the sandbox's services: clock, Stripe and Telegram."""
        return {
            "CLOCK_URL": f"{self.sandbox.url}/control/clock",
            "CLOCK_WITNESS": "off",
            "STRIPE_API_BASE": self.stripe["STRIPE_API_BASE"],
            "TELEGRAM_BOT_API_BASE": self.sandbox.url,
            "TELEGRAM_MTPROTO_DC": f"{self.sandbox.mtproto_host}:{self.sandbox.mtproto_port}",
            "TELEGRAM_MTPROTO_PUBLIC_KEY": str(self.sandbox.mtproto_public_key),
        }

    @property
    def settings(self) -> dict[str, str]:
        """A complete set of settings, with all features."""
        return {
            **self.services,
            **self.stripe,
            "ADMIN_TELEGRAM_IDS": "1",
            "BRAND_NAME": "Tienda",
            "DATABASE_URL": self.database_url,
            "FEATURES": EVERY,
            "LEGAL_IDENTITY": "Tienda, S.L. · B00000000",
            "SENDER_BOT_TOKENS": self.tokens[1],
            "SESSION_KEY": "x" * 43 + "=",
            "SUPPORT_CONTACT": "@tienda",
            "TELEGRAM_API_HASH": API_HASH,
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": self.tokens[0],
            "WEB_BASE_URL": self.site,
        }
