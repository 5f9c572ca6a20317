"""Current settings of this process: the environment's values, overridden by the operator's changes at run time."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import structlog
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from subscriptions.application.dto.rooms import feature_of, of_features
from subscriptions.application.feature_failures import contained
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.texts import verticals
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.entities.spoken import LANGUAGES, Spoken, join_phrases, phrase, text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.setting_catalog import SettingCatalog, SettingFacts
from subscriptions.infrastructure.environment import TOPICS, Prerequisites, meaning_of, restarts_of, topic_of

log = structlog.get_logger(__name__)

EVERY_SETTING: Final[Mapping[str, FieldInfo]] = {
    name: field for kind in PROCESSES.values() for name, field in kind.names().items()
}
"""All settings of the processes, keyed by name."""
EDITABLE: Final[Mapping[str, Sequence[str]]] = {
    name: restarts for name, field in EVERY_SETTING.items() if (restarts := restarts_of(field)) is not None
}
"""Editable business settings, each with the processes that read it only at startup. All other settings can be changed
only in the environment: secrets, database users, addresses, and settings with which a mistake could lock out the person
who made it.
"""
BY_TOPIC: Final[Mapping[str, Sequence[str]]] = {
    topic: [name for name in EDITABLE if topic_of(EVERY_SETTING[name]) == topic] for topic in TOPICS
}
"""Names of the editable settings, keyed by topic."""
_NEVER_EMPTY: Final = frozenset({"BRAND_NAME", "LEGAL_IDENTITY", "SUPPORT_CONTACT", "TERMS_VERSION"})
"""Settings that identify the seller to customers and therefore cannot be emptied."""
_ONE_OF: Final = re.compile(r"\^\(([a-z_]+(?:\|[a-z_]+)+)\)\$")
_CHOICES: Final[Mapping[str, Callable[[], Sequence[str]]]] = {
    "VERTICAL": lambda: list(verticals()),
    "SHOP_LANGUAGE": lambda: list(LANGUAGES),
}
"""Functions that return the allowed values of a setting, for settings whose pattern does not list these values."""
_PREREQUISITES: Final = [each for each in of_features("settings", "PREREQUISITES") if isinstance(each, Prerequisites)]
_MISSING_TEXT: Final = phrase("is missing", "falta")


class SettingsInForce(SettingCatalog):
    """Current settings of one process, shared by all its code. `process`: name of the process; empty for a command."""

    def __init__(self, settings: CoreSettings) -> None:
        self._settings = settings
        own = [name for name, kind in PROCESSES.items() if isinstance(settings, kind)]
        self.process = own[0] if own else ""
        self._values: dict[str, str] | None = None

    def names(self) -> Collection[str]:
        """Return the names of the editable settings."""
        return EDITABLE

    def facts(self, name: str) -> SettingFacts | None:
        """Return the description and limits of a setting; None if the setting is not editable."""
        if name not in EDITABLE:
            return None
        field = EVERY_SETTING[name]
        pattern = next((expression for each in field.metadata if (expression := getattr(each, "pattern", None))), "")
        one_of = _ONE_OF.fullmatch(pattern)
        return SettingFacts(
            name=name,
            default=self._settings.value_of(name),
            restarts=EDITABLE[name],
            choices=one_of[1].split("|") if one_of else _CHOICES.get(name, tuple)(),
            may_be_empty=not field.default and field.default != 0 and name not in _NEVER_EMPTY,
        )

    def value_in_force(self, name: str) -> str:
        """Return the setting's current value as text; empty if the setting has no value."""
        return self._settings.value_in_force(name)

    def check(self, name: str, value: str) -> None:
        """Raise InvalidInput if the value is invalid for the setting."""
        kind = next(kind for kind in PROCESSES.values() if name in kind.names())
        try:
            kind.read_environ({name: value})
        except ValidationError as error:
            # Ignore problems of other settings, such as missing values.
            if (wrong := kind.wrong_in(error).get(name)) is not None:
                problem, what = wrong
                raise InvalidInput(name, join_phrases(problem or _MISSING_TEXT, _put_there(what))) from None

    def has_prerequisites(self, name: str, value: str) -> bool:
        """Return True if the value requires other settings of the worker."""
        return any((each.setting, each.value) == (name, value) for each in _PREREQUISITES)

    def missing(self) -> Mapping[str, Sequence[str]]:
        """Return the names of missing prerequisites, keyed by the setting that requires them."""
        found = dict[str, Sequence[str]]()
        for each in _PREREQUISITES:
            with contained(feature_of(each.missing) or "", "settings"):
                found[each.setting] = each.missing(self._settings)
        return found

    def apply(self, settings: Sequence[CustomSetting]) -> None:
        """Apply the values that the operator chose at run time. Settings that this process reads only at startup keep
        their previous values.
        """
        values, old_values = {each.name: each.value for each in settings if self._fits(each)}, self._values
        in_force_now = values
        if old_values is not None:
            fixed_names = {name for name, restarts in EDITABLE.items() if self.process in restarts}
            in_force_now = {name: value for name, value in values.items() if name not in fixed_names}
            in_force_now |= {name: value for name, value in old_values.items() if name in fixed_names}
        if in_force_now != (old_values or {}):
            self._follow(in_force_now)
        self._values = in_force_now

    def _follow(self, values: Mapping[str, str]) -> None:
        try:
            self._settings.follow(values)
        except ValidationError:
            # Each value is valid, but not all of them together. Ignore the values that this process cannot use.
            values_so_far = dict[str, str]()
            for name, value in values.items():
                try:
                    self._settings.follow({**values_so_far, name: value})
                except ValidationError as error:
                    reason = "; ".join(str(problem) for problem, _ in type(self._settings).wrong_in(error).values())
                    log.warning("a setting that was chosen does not fit this process", setting=name, why=reason)
                else:
                    values_so_far[name] = value

    def _fits(self, setting: CustomSetting) -> bool:
        if setting.name not in EDITABLE:
            return False
        try:
            self.check(setting.name, setting.value)
        except InvalidInput as error:
            # A newer release may be stricter than the release that stored the value, so ignore invalid values.
            log.warning("a setting that was chosen is not read any more", setting=setting.name, why=error.problem)
            return False
        return True


NO_SETTINGS: Final = SettingsInForce(CoreSettings.model_construct())
"""Settings with their built-in defaults, for callers that have not read any."""


def _put_there(what: str) -> Spoken:
    return phrase(f"put there {what}", f"pon aquí {text_for(what, 'es')}")


def meaning(name: str, language: str) -> str:
    """Return the description of a setting as a sentence in the operator's language."""
    text = meaning_of(EVERY_SETTING[name], language)
    return f"{text[:1].upper()}{text[1:]}"
