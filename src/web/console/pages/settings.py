"""Console page of settings: purpose, value and origin of each setting, and the processes to restart after a change."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from subscriptions.application.lists.columns import Look, Piece, Speaker, State, Terms, Text
from subscriptions.application.menu import MenuSection
from subscriptions.application.settings.change_setting import ChangeSetting, RestoreSetting
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings_in_force import BY_TOPIC, EDITABLE, meaning
from subscriptions.bootstrap.settings_shown import shown_settings
from subscriptions.domain.ports.repositories.views import Row
from web.console.visit import Page, Visit
from web.console.words import Words, with_code


class Setting(Terms):
    """Table column with a setting's label and, below it, its purpose and its environment variable."""

    kind = "setting"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return the cell's content. Overrides `Terms.show`."""
        purpose, variable = Piece(with_code(row["meaning"])), Piece(row[self.name], Look.BELOW)
        return (Piece(row["label"], Look.LABEL), purpose, variable) if row["label"] else (purpose, variable)


COLUMNS: Final = (
    Setting("setting"),
    Terms("here"),
    State("stands", words="setting_stands"),
    Text("restarts"),
)
LAW: Final = "law"
"""Settings topic (law and taxes) that has a page of its own."""
MASK: Final = "••••"
LONGEST: Final = 120


async def settings(visit: Visit) -> Mapping[str, Any]:
    """Show the editable settings by topic, except those of the topic `law`."""
    return await _shown(visit, [topic for topic in BY_TOPIC if topic != LAW])


async def law(visit: Visit) -> Mapping[str, Any]:
    """Show the editable settings of law and taxes."""
    return await _shown(visit, [LAW])


async def advanced(visit: Visit) -> Mapping[str, Any]:
    """Show the settings that only the environment sets."""
    return await _shown(visit, [])


async def _shown(visit: Visit, wanted: Sequence[str]) -> Mapping[str, Any]:
    """Return the settings of the given topics with their values in this process; without topics, return the settings
    that can only be set in the environment.
    """
    async with visit.use.core.units()() as uow:
        values = {each.name: each.value for each in await uow.settings.all()}
    shown = await shown_settings(visit.use.core)
    by_topic = {topic: [name for name in BY_TOPIC[topic] if name in shown] for topic in wanted}
    topics = {topic: [_row(visit, name, values) for name in names] for topic, names in by_topic.items() if names}
    others = [] if wanted else [_row(visit, name, values) for name in sorted(shown - EDITABLE.keys())]
    return {"columns": COLUMNS, "topics": topics, "others": others, "offered": _commands}


def _commands(row: Row) -> Sequence[str]:
    if row["setting"] not in EDITABLE:
        return ()
    return (ChangeSetting.name, RestoreSetting.name) if row["stands"] == "here" else (ChangeSetting.name,)


def _row(visit: Visit, name: str, values: Mapping[str, str]) -> Row:
    own_value, stands = value_of(visit.use.core.settings(), name)
    if name in values:
        own_value, stands = _excerpt(values[name]) or None, "here"
    elif name not in EDITABLE and stands == "chosen":
        stands = "environment"
    reading = EDITABLE.get(name, [process for process, kind in PROCESSES.items() if name in kind.names()])
    return {
        "id": name,
        "setting": name,
        "label": label_of(visit.words, name),
        "meaning": meaning(name, visit.words.language),
        "here": own_value,
        "stands": stands,
        "restarts": visit.words("setting_stands.on_restart", which=", ".join(reading))
        if reading
        else visit.words("setting_stands.at_once"),
    }


def label_of(words: Words, name: str) -> str:
    """Return the short label of a setting; empty if it has none."""
    return words.plain(f"setting_label.{name}") if words.has(f"setting_label.{name}") else ""


def value_of(settings: CoreSettings, name: str) -> tuple[str | None, str]:
    """Return a setting's value and the origin of the value. Secrets are masked. The value is None for an empty setting
    and for a setting of another process.
    """
    field_name = next(
        (field_name for field_name, field in type(settings).model_fields.items() if field.validation_alias == name),
        None,
    )
    if field_name is None:
        return None, "elsewhere"
    value, stands = getattr(settings, field_name), "chosen" if field_name in settings.model_fields_set else "usual"
    if value is None or value in ("", ()):
        return None, stands
    return (MASK if _is_secret(value) else _value(value)), stands


def _is_secret(value: object) -> bool:
    return isinstance(value, SecretStr) or (isinstance(value, str) and "@" in value and bool(urlsplit(value).password))


def _value(value: object) -> str:
    return _excerpt(", ".join(map(str, value)) if isinstance(value, tuple | list | set | frozenset) else str(value))


def _excerpt(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


PAGES: Final = (
    Page(
        "settings", "/settings", "settings.html", ChangeSetting.permission, settings, MenuSection.SETTINGS, tab="shop"
    ),
    Page("law", "/settings/law", "settings.html", ChangeSetting.permission, law, MenuSection.SETTINGS),
    Page(
        "advanced",
        "/settings/advanced",
        "settings.html",
        ChangeSetting.permission,
        advanced,
        MenuSection.SETTINGS,
        tab="system",
    ),
)
