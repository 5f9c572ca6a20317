"""Settings of the demo: an operator's environment variables, pointing at the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from subscriptions.bootstrap.token_settings import settings_from_token
from umbral.demo.loopback import HOST
from umbral.demo.participants import OPERATOR, Participants

BRAND = "Retador"
_OWN_LOGIN = "_DATABASE_PASSWORD"
_USERBOTS = ("ACCOUNT_", "SESSION_KEY", "TELEGRAM_API_HASH", "TELEGRAM_API_ID", "TELEGRAM_MTPROTO_", "USERBOT_")


@dataclass(frozen=True)
class SandboxAddress:
    """Address of the simulators, from the sandbox's ready file."""

    url: str
    mtproto_port: int
    mtproto_public_key: str

    @classmethod
    def read(cls, ready_file: Path) -> Self:
        """Read the address from the sandbox's ready file."""
        said = json.loads(ready_file.read_text())
        return cls(said["sandbox"], said["mtproto_port"], said["mtproto_public_key"])


def settings_of(
    secrets: Mapping[str, str],
    sandbox: SandboxAddress,
    participants: Participants,
    database_url: str,
    ports: Mapping[str, int],
) -> dict[str, str]:
    """Return the settings of the demo's processes and commands, without the settings of the payment providers.

    ports: port of `web`, and port of `ops`, the web process's port for its operator. Without userbot accounts, the
    userbot's settings are omitted.
    """
    settings = {
        **{name: value for name, value in secrets.items() if not name.endswith(_OWN_LOGIN)},
        **_own_logins(secrets, database_url),
        "ACCOUNT_DAY_CAP": "400",
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
        "ACCOUNT_PACE_S": "0",
        "ADMIN_TELEGRAM_IDS": str(participants.operator_id),
        "BOT_MODE": "polling",
        "BRAND_NAME": BRAND,
        "CLOCK_URL": f"{sandbox.url}/control/clock",
        "DATABASE_URL": database_url,
        "LEGAL_IDENTITY": f"{BRAND} Demo, S.L. · B00000000 · Calle Mayor 1, Madrid",
        **settings_from_token(participants.subscription_bot.token),
        "OPS_HOST": HOST,
        "OPS_PORT": str(ports["ops"]),
        "CONSOLE_BASE_URL": f"http://{HOST}:{ports['ops']}",
        "SUPPORT_CONTACT": f"@{OPERATOR}",
        "TERMS_VERSION": "2026-11-22",
        "TELEGRAM_LOGIN_BASE": f"{sandbox.url}/telegram-login",
        "TELEGRAM_LOGIN_ID": participants.subscription_bot.token.partition(":")[0],
        "TELEGRAM_LOGIN_SECRET": "demo-telegram-login",
        "FEATURES": "all",
        "VERTICAL": "tips",
        "SENDER_BOT_TOKENS": ",".join(bot.token for bot in participants.sender_bots),
        "TELEGRAM_BOT_API_BASE": sandbox.url,
        "TELEGRAM_MTPROTO_DC": f"{HOST}:{sandbox.mtproto_port}",
        "TELEGRAM_MTPROTO_PUBLIC_KEY": sandbox.mtproto_public_key,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": participants.subscription_bot.token,
        "VIP_CHANNEL_ID": str(participants.vip_channel_id or ""),
        "WEB_BASE_URL": f"http://{HOST}:{ports['web']}",
        "WEB_HOST": HOST,
        "WEB_PORT": str(ports["web"]),
    }
    return settings if participants.accounts else {name: settings[name] for name in settings if not _is_userbots(name)}


def _is_userbots(name: str) -> bool:
    return name.startswith(_USERBOTS)


def _own_logins(secrets: Mapping[str, str], database_url: str) -> dict[str, str]:
    """Return a database address for each process, with a login that has only the privileges that the process needs."""
    where = urlsplit(database_url)
    found: dict[str, str] = {}
    for process in (name.removesuffix(_OWN_LOGIN) for name in secrets if name.endswith(_OWN_LOGIN)):
        login = f"umbral_{process.lower()}:{secrets[process + _OWN_LOGIN]}@{where.hostname}:{where.port}"
        found[f"{process}_DATABASE_URL"] = where._replace(netloc=login).geturl()
    return found
