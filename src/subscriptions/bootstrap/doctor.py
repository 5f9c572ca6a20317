"""What is missing or wrong in the settings, process by process, without starting anything."""

from collections.abc import Mapping, Sequence
from typing import Final

from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.database.engine import parse_url
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from subscriptions.infrastructure.telegram.session_vault import SessionVault

PROCESSES: Final[Mapping[str, type[CoreSettings]]] = {
    "web": WebSettings,
    "worker": WorkerSettings,
    "bot": BotSettings,
    "userbot": UserbotSettings,
}


def report(environ: Mapping[str, str]) -> Sequence[str]:
    """One line per setting to mend, naming the processes that need it; empty when all is well."""
    needed_by: dict[tuple[str, str], list[str]] = {}
    for process, kind in PROCESSES.items():
        for problem in _of(process, kind, environ):
            needed_by.setdefault(problem, []).append(process)
    lines = [f"{name}: {what} ({', '.join(who)})" for (name, what), who in sorted(needed_by.items())]
    return lines + _payment_methods(environ)


def _of(process: str, kind: type[CoreSettings], environ: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        settings = load(kind, environ)
    except SettingsError as error:
        return sorted(error.problems.items())
    problems = []
    try:
        parse_url(settings.database_url.get_secret_value())
        if settings.clock_url:
            FollowingClock(settings.clock_url)
        if isinstance(settings, UserbotSettings):
            SessionVault(settings.session_key.get_secret_value())
    except InvalidInput as error:
        problems.append((error.field, error.problem))
    return problems


def _payment_methods(environ: Mapping[str, str]) -> list[str]:
    try:
        gateways = GatewayFactory(environ, SystemClock())
    except InvalidInput as error:
        return [line for line in str(error).splitlines() if line.strip()]
    if gateways.enabled():
        return []
    installed = ", ".join(gateways.descriptors()) or "none"
    return [f"payment methods: none is configured, so nothing can be sold (installed: {installed})"]
