"""Settings file of a new installation, with newly generated keys and a comment for every setting."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic.fields import FieldInfo

from subscriptions.bootstrap.backup_clock import new_backup_key
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.environment import EnvironmentSettings
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory

SECTIONS: Final[tuple[tuple[str, type[EnvironmentSettings]], ...]] = (
    ("Everything", CoreSettings),
    ("For each process a login of its own to the database, which `umbral migrate` makes", MigrationSettings),
    ("Web", WebSettings),
    ("Worker", WorkerSettings),
    ("Bot", BotSettings),
    ("Userbot", UserbotSettings),
    ("Backups: none are made while BACKUP_TO is empty", BackupSettings),
)
HEAD: Final = """\
# Settings of Umbral. Fill in what is empty, and check with: umbral --env-file FILE doctor
# Lines that begin with # are left as they are unless you say otherwise. Keep this file to yourself, and a copy of
# SESSION_KEY elsewhere: without it every account has to log in again.
"""
_WIDTH: Final = 96


def fresh_keys() -> Mapping[str, str]:
    """Generate the secrets of an installation."""
    return {
        "SESSION_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "WEBHOOK_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PICKS_API_KEY": secrets.token_urlsafe(32),
        "BOT_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "PICK_MARK_KEY": secrets.token_urlsafe(32),
        **({"BACKUP_KEY": key} if (key := new_backup_key()) else {}),
    }


def beginnings(now: datetime | None = None) -> Mapping[str, str]:
    """Return the initial values of settings that depend on the installation date. `now`: installation date; None means
    today.
    """
    return {"TERMS_VERSION": f"{now or SystemClock().now():%Y-%m-%d}"}


def setting_names() -> frozenset[str]:
    """Return the names of all settings, including those of installed providers."""
    gateways = GatewayFactory({}, SystemClock())
    own = {name for _, kind in SECTIONS for name in kind.names()}
    return frozenset(own.union(*([item.name for item in gateways.settings(code)] for code in gateways.descriptors())))


def installed_providers(environ: Mapping[str, str]) -> GatewayRegistry:
    """Return the registry of installed payment providers, configured from these settings, for callers that have no
    database connection.
    """
    return GatewayFactory(environ, SystemClock())


def env_text(values: Mapping[str, str], quote: Callable[[str], str]) -> str:
    """Render the settings file of a new installation.

    values: known values keyed by setting
    quote: function that formats a value for the file
    """
    parts, names = [HEAD], set[str]()
    for title, kind in SECTIONS:
        lines = [_rule(title)]
        for name, field in kind.names().items():
            if name not in names:
                lines += [f"# {field.description}", _line(name, field, values, quote)]
                names.add(name)
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, *_payment_methods(names, values, quote)])


def _line(name: str, field: FieldInfo, values: Mapping[str, str], quote: Callable[[str], str]) -> str:
    if name in values:
        return f"{name}={quote(values[name])}"
    if field.is_required() or field.default in {"", (), frozenset()}:
        return f"{name}="
    return f"#{name}=" + ("" if field.default is None else quote(str(field.default)))


def _payment_methods(
    present_names: Collection[str], values: Mapping[str, str], quote: Callable[[str], str]
) -> Iterator[str]:
    """Render the settings of the payment methods.

    `present_names`: settings already in the file. They are omitted, because a second, empty line would override the
    first.
    """
    gateways = GatewayFactory({}, SystemClock())
    for code in gateways.descriptors():
        title = f"Payment method {code}: off while all of these are empty"
        names = [item.name for item in gateways.settings(code) if item.name not in present_names]
        yield "\n".join([_rule(title), *(f"{name}={quote(values.get(name, ''))}" for name in names)]) + "\n"


def _rule(title: str) -> str:
    return f"# ── {title} ".ljust(_WIDTH, "─")
