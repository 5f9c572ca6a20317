"""The demo's settings: what an operator would put into the environment, pointing at the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from umbral.demo.loopback import HOST

BRAND = "Retador"


@dataclass(frozen=True)
class SandboxAddress:
    """Where the stand-ins answer, as the sandbox's ready file has it."""

    url: str
    mtproto_port: int
    mtproto_public_key: str


@dataclass(frozen=True)
class Cast:
    """Who lives in the demo's world: the bots' tokens, the operator, the userbot accounts' sessions."""

    bot_username: str
    bot_token: str
    sender_tokens: tuple[str, ...]
    admin_id: int
    accounts: tuple[Mapping[str, str], ...]


def settings_of(
    secrets: Mapping[str, str], sandbox: SandboxAddress, cast: Cast, database_url: str, web_port: int
) -> dict[str, str]:
    """Everything the processes and commands of the demo read."""
    return {
        **secrets,
        "ACCOUNT_DAY_CAP": "400",
        "ACCOUNT_PACE_S": "0",
        "ADMIN_TELEGRAM_IDS": str(cast.admin_id),
        "BOT_MODE": "polling",
        "BRAND_NAME": BRAND,
        "CLOCK_URL": f"{sandbox.url}/control/clock",
        "DATABASE_URL": database_url,
        "SENDER_BOT_TOKENS": ",".join(cast.sender_tokens),
        "STRIPE_API_BASE": sandbox.url,
        "TELEGRAM_BOT_API_BASE": sandbox.url,
        "TELEGRAM_MTPROTO_DC": f"{HOST}:{sandbox.mtproto_port}",
        "TELEGRAM_MTPROTO_PUBLIC_KEY": sandbox.mtproto_public_key,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": cast.bot_token,
        "WEB_BASE_URL": f"http://{HOST}:{web_port}",
        "WEB_HOST": HOST,
        "WEB_PORT": str(web_port),
    }
