"""Check that a demo's logs, errors and metrics contain none of its secrets: secret settings, links, codes and e-mail
addresses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx

from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from umbral.env_file import parse

_SECRET: Final = re.compile(r"TOKEN|SECRET|PASSWORD|HASH|SESSION|(?<!PUBLIC_)KEY|DATABASE_URL")
_PUBLIC: Final = frozenset({"STRIPE_PUBLISHABLE_KEY", "TELEGRAM_MTPROTO_PUBLIC_KEY"})
_MAIL: Final = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}")
_SHORTEST: Final = 8

_HELD: Final = {
    "invite": "SELECT substring(url from '[^/+]+$') FROM channel_invites WHERE url LIKE '%t.me/%'",
    "code": "SELECT token FROM activation_tokens WHERE NOT sealed",
    "session": "SELECT session FROM userbot_accounts",
    "entry token": "SELECT vip_entry_token FROM vip_entries WHERE vip_entry_token IS NOT NULL",
}
_KEPT: Final = {
    "errors of jobs": "SELECT coalesce(traceback::text, '') FROM pgqueuer_log",
    "failed updates": "SELECT coalesce(failed, '') FROM bot_updates",
    "notes of the inbox": "SELECT coalesce(note, '') FROM webhook_inbox",
    "alarms": "SELECT facts::text FROM alarms",
    "audit": "SELECT why || facts::text FROM audit_log",
}


def secret_settings(env: Path) -> Mapping[str, str]:
    """Return the secrets in a settings file, split into separate values and keyed by a descriptive name."""
    gateways = GatewayFactory({}, SystemClock())
    known = {name for kind in PROCESSES.values() for name in kind.names()}
    known |= {item.name for code in gateways.descriptors() for item in gateways.settings(code)}
    found: dict[str, str] = {}
    for name, value in parse(env).items():
        if (name in known or name.endswith("_DATABASE_URL")) and _SECRET.search(name) and name not in _PUBLIC:
            pieces = [urlsplit(value).password or ""] if name.endswith("DATABASE_URL") else value.split(",")
            found |= {f"{name} {index}": piece for index, piece in enumerate(pieces) if len(piece) >= _SHORTEST}
    return found


def leaks_of(data: Path, facts: Mapping[str, Any]) -> list[str]:
    """Return the leaked secrets of a demo that is running or has just stopped. data: the demo's folder. facts: content
    of the demo's ready file.
    """
    try:
        metrics = httpx.get(f"{facts['ops']}/metrics", timeout=90, trust_env=False).text
    except httpx.TransportError:
        metrics = ""
    return leaks(data / "demo.env", data / "log", facts["database_url"], metrics)


def leaks(env: Path, logs: Path, database_url: str, metrics: str) -> list[str]:
    """Return the secrets found in logs, errors or metrics. If the database is no longer available, only the settings
    and logs are checked.
    """
    held = dict(secret_settings(env))
    texts = {path.name: path.read_text(errors="replace") for path in logs.glob("*.log") if path.stem != "sandbox"}
    texts["metrics"] = metrics
    try:
        rows = asyncio.run(_rows(database_url))
    except OSError:
        rows = {}
    held |= {f"{name} {index}": text for name in _HELD for index, text in enumerate(rows.get(name, ()))}
    texts |= {name: "\n".join(rows.get(name, ())) for name in _KEPT}
    return [*_seen(held, texts)]


def _seen(held: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    for where, text in texts.items():
        yield from (f"{name} in {where}" for name, value in held.items() if value in text)
        yield from (f"e-mail {mail} in {where}" for mail in {*_MAIL.findall(text)})


async def _rows(database_url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(database_url)
    try:
        return {name: [row[0] for row in await connection.fetch(query)] for name, query in {**_HELD, **_KEPT}.items()}
    finally:
        await connection.close()
