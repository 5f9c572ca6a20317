"""The settings: what each is for, what it is here, and what has to be started again once it is changed."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from subscriptions.application.lists.columns import Code, State, Terms, Text
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit

COLUMNS: Final = (
    Code("setting"),
    Terms("meaning"),
    Terms("here"),
    State("stands", words="setting_stands"),
    Text("restarts"),
)
MASK: Final = "••••"
LONGEST: Final = 120


async def settings(visit: Visit) -> Mapping[str, Any]:
    """All that the processes read, by name; values as far as this process has them."""
    rows = [_row(visit, name, field) for name, field in sorted(_every().items())]
    return {"columns": COLUMNS, "rows": rows}


@cache
def _every() -> Mapping[str, FieldInfo]:
    return {name: field for kind in PROCESSES.values() for name, field in kind.names().items()}


@cache
def _spanish() -> Mapping[str, str]:
    text = files("subscriptions.bootstrap.settings").joinpath("es.toml").read_text(encoding="utf-8")
    return {name: str(said) for name, said in tomllib.loads(text)["settings"].items()}


def _row(visit: Visit, name: str, field: FieldInfo) -> Row:
    known = visit.use.core.settings()
    meaning = _spanish().get(name) if visit.words.language == "es" else None
    here, stands = value_of(known, name)
    return {
        "id": name,
        "setting": name,
        "meaning": meaning or field.description,
        "here": here,
        "stands": stands,
        "restarts": ", ".join(process for process, kind in PROCESSES.items() if name in kind.names()),
    }


def value_of(known: CoreSettings, name: str) -> tuple[str | None, str]:
    """What a setting is here, nothing of a secret but that there is one, and whether somebody set it."""
    place = next((place for place, field in type(known).model_fields.items() if field.validation_alias == name), None)
    if place is None:
        return None, "elsewhere"
    value, stands = getattr(known, place), "chosen" if place in known.model_fields_set else "usual"
    if value is None or value in ("", ()):
        return None, stands
    return (MASK if _is_secret(value) else _text_of(value)), stands


def _is_secret(value: object) -> bool:
    return isinstance(value, SecretStr) or (isinstance(value, str) and "@" in value and bool(urlsplit(value).password))


def _text_of(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple | list | set | frozenset) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


PAGES: Final = (Page("settings", "/settings", "table.html", StaffAction.MANAGE_STAFF, settings, "shop"),)
