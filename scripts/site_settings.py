"""Page of all settings in English and in Spanish, generated from their declarations."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from scripts.site_markdown import bullets, page, table
from subscriptions.bootstrap.new_settings import SECTIONS
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.environment import meaning_of
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory

PAYMENTS: Final = Path(__file__).with_name("site_payments.toml")


@dataclass(frozen=True)
class Tongue:
    """Texts around the settings in one language. sections: translated headings of sections."""

    code: str
    title: str
    other: str
    head: str
    columns: tuple[str, str, str]
    required: str
    method: str
    off: str
    sections: Mapping[type, str] = field(default_factory=dict)

    def section(self, english: str, kind: type) -> str:
        """Return the heading for the settings of one process."""
        return self.sections.get(kind, english)


@cache
def payments() -> Mapping[str, Mapping[str, str]]:
    """Return the descriptions of the payment settings by language. They are kept apart because a gateway declares only
    the settings' names.
    """
    told: Mapping[str, Mapping[str, str]] = tomllib.loads(PAYMENTS.read_text(encoding="utf-8"))
    return told


ENGLISH: Final = Tongue(
    code="en",
    title="Settings",
    other="[En español.](/es/reference/settings.md)",
    head="Read from the environment, or from a file given by `umbral --env-file FILE`. Blank counts as absent."
    " Each may stand in a file of its own, as orchestrators hand secrets over: `NAME_FILE` is its path."
    " `umbral doctor` says what is missing or wrong.",
    columns=("setting", "what to put there", "if left out"),
    required="required",
    method="Payment method",
    off="Off while all of these are empty.",
)
SPANISH: Final = Tongue(
    code="es",
    title="Los ajustes",
    other="[In English.](/reference/settings.md)",
    head="Se leen del entorno, o del archivo que dice `umbral --env-file FILE`. Uno vacío cuenta como ausente. Cada uno"
    " puede estar en un archivo propio, como los orquestadores entregan los secretos: `NAME_FILE` es su ruta."
    " `umbral doctor` dice qué falta o está mal.",
    columns=("ajuste", "qué se pone", "si falta"),
    required="obligatorio",
    method="Forma de pago",
    off="Apagada mientras todos estos estén vacíos.",
    sections={
        CoreSettings: "Para todo",
        MigrationSettings: "Para cada proceso, un acceso propio a la base de datos, que hace `umbral migrate`",
        BackupSettings: "Copias de seguridad: no se hace ninguna mientras BACKUP_TO esté vacío",
    },
)


def settings(tongue: Tongue) -> str:
    """Return the page with every setting, grouped by the process that reads it."""
    parts = [f"# {tongue.title}", f"{tongue.other} {tongue.head}"]
    seen = set[str]()
    for title, kind in SECTIONS:
        rows = [_row(tongue, name, each) for name, each in kind.names().items() if name not in seen]
        seen |= set(kind.names())
        parts += [f"## {tongue.section(title, kind)}", table(tongue.columns, rows)]
    gateways = GatewayFactory({}, SystemClock())
    for code, descriptor in gateways.descriptors().items():
        own = [item.name for item in gateways.settings(code) if item.name not in seen]
        if own:
            asked = descriptor.enrolment.where.get(tongue.code, "") if descriptor.enrolment else ""
            parts += [f"## {tongue.method} `{code}`", tongue.off, asked and f"{asked}."]
            parts.append(bullets(_payment(tongue, name) for name in own))
    return page(parts)


def _payment(tongue: Tongue, name: str) -> str:
    told = payments()[tongue.code].get(name)
    return f"`{name}`: {told}" if told else f"`{name}`"


def _row(tongue: Tongue, name: str, declaration: FieldInfo) -> tuple[str, str, str]:
    left_out = f"**{tongue.required}**" if declaration.is_required() else _shown(declaration.default)
    return f"`{name}`", meaning_of(declaration, tongue.code), left_out


def _shown(default: Any) -> str:
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "" if plain is None or plain in {"", (), frozenset()} else f"`{plain}`"
