"""Settings read from the environment by pydantic-settings.

A blank value counts as missing, and errors never contain values. The value of NAME may also be stored in a file, which
is how container orchestrators provide secrets: NAME_FILE is the path of that file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from subscriptions.domain.entities.spoken import Spoken, in_each_language, join_phrases, phrase, text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.payment_errors import Misconfigured
from subscriptions.domain.services.file_text import decode_file

_RESTARTS: Final = "restarts"
_TOPIC: Final = "topic"
TOPICS: Final = ("shop", "sales", "law", "messages", "chats", "data")
"""Headings of the console's settings page, in display order. The texts have the keys `topic.{name}`."""
MISSING_TEXT: Final = phrase("is missing or blank", "falta o está vacío", "falta ou está vazio")
_UNREAD: Final[Mapping[str, Spoken]] = {
    "string_pattern_mismatch": phrase(
        "is not in the right format", "no tiene el formato correcto", "não tem o formato correto"
    ),
    "string_too_short": phrase(
        "needs {min_length} characters or more",
        "necesita {min_length} caracteres o más",
        "precisa de {min_length} caracteres ou mais",
    ),
    "string_too_long": phrase(
        "may have at most {max_length} characters",
        "puede tener como máximo {max_length} caracteres",
        "pode ter {max_length} caracteres",
    ),
    "int_parsing": phrase("isn't a whole number", "no es un número entero", "não é um número inteiro"),
    "decimal_parsing": phrase("is no number", "no es un número", "não é um número"),
    "greater_than_equal": phrase("must be {ge} or more", "tiene que ser {ge} o más", "tem de ser {ge} ou mais"),
    "less_than_equal": phrase("must be {le} or less", "tiene que ser {le} o menos", "tem de ser {le} ou menos"),
    "date_from_datetime_parsing": phrase(
        "isn't a date like 2026-11-22", "no es una fecha como 2026-11-22", "não é uma data como 2026-11-22"
    ),
    "date_from_datetime_inexact": phrase(
        "isn't a date like 2026-11-22", "no es una fecha como 2026-11-22", "não é uma data como 2026-11-22"
    ),
}
"""Error messages for the operator, keyed by pydantic's type of error."""


def setting(
    name: str, what: str, *, es: str = "", restarts: Sequence[str] | None = None, topic: str = "", **options: Any
) -> Any:
    """Return a settings field that is read from the environment variable `name`.

    what, es: description of the expected value for the operator, in English and in Spanish
    restarts: if owners may also change the setting in the console, the processes that read it only at their start; None
        if only the environment sets it
    topic: heading on the console's settings page; required with `restarts`
    """
    extra: JsonDict = {_RESTARTS: None if restarts is None else [*restarts], _TOPIC: topic}
    description = phrase(what, es) if es else what
    return Field(validation_alias=name, description=description, json_schema_extra=extra, **options)


def meaning_of(field: FieldInfo, language: str) -> str:
    """Return the description of a setting's expected value in a language."""
    return text_for(field.description or "", language)


def restarts_of(field: FieldInfo) -> Sequence[str] | None:
    """Return the processes that must be restarted after a change; None if only the environment sets the setting."""
    processes = _extra(field).get(_RESTARTS)
    return [str(each) for each in processes] if isinstance(processes, list) else None


def topic_of(field: FieldInfo) -> str:
    """Return the setting's heading on the console's settings page; see `setting`."""
    return str(_extra(field).get(_TOPIC, ""))


def _extra(field: FieldInfo) -> JsonDict:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def comma_list(value: object) -> object:
    """Split a text like `a, b` into a list, for settings with several values. Other values are returned unchanged."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


IN_FILE: Final = "_FILE"
CRASHED: Final = "crashed"
"""Type of the error of a setting whose validator raises something other than ValueError."""
_ENVIRONMENT: Final = "what the environment said"


def from_files(environ: Mapping[str, str], names: Iterable[str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Read the settings that are stored in files. Return their values and the problems with the files, both keyed by
    setting.
    """
    values, wrong = dict[str, str](), dict[str, str]()
    for name in names:
        path = environ.get(name + IN_FILE, "").strip()
        if path and environ.get(name, "").strip():
            wrong[name] = phrase(
                f"is given twice, here and by {name}{IN_FILE}: remove one of them",
                f"está configurado dos veces, aquí y en {name}{IN_FILE}: quita uno",
                f"está posto duas vezes, aqui e por {name}{IN_FILE}: tira um",
            )
        elif path:
            try:
                values[name] = decode_file(Path(path).read_bytes()).strip()
            except (OSError, InvalidInput) as error:
                wrong[name] = phrase(
                    f"{name}{IN_FILE} can't be read ({type(error).__name__})",
                    f"{name}{IN_FILE} no se puede leer ({type(error).__name__})",
                    f"não se consegue ler {name}{IN_FILE} ({type(error).__name__})",
                )
                continue
            if not values[name]:
                wrong[name] = phrase(
                    f"{name}{IN_FILE} names an empty file",
                    f"{name}{IN_FILE} es un archivo vacío",
                    f"{name}{IN_FILE} é um ficheiro vazio",
                )
    return values, wrong


class EnvironmentSettings(BaseSettings):
    """Settings of one process or payment provider. Lists are written with commas, not as JSON."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        enable_decoding=False,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    @classmethod
    def read_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from `environ`, which need not be the process's own environment. Spaces around values are
        removed.

        Raises ValidationError; `wrong_in` converts it to messages for the operator.
        """
        source = EnvSettingsSource(cls)
        values = {name: environ.get(name, "").strip() for name in cls.names()}
        file_values, wrong = from_files(environ, cls.names())
        if wrong:
            raise ValidationError.from_exception_data(
                cls.__name__,
                [
                    InitErrorDetails(
                        type=PydanticCustomError("file", "{error}", {"error": problem}), loc=(name,), input=""
                    )
                    for name, problem in wrong.items()
                ],
                hide_input=True,
            )
        values_now = {name: value for name, value in {**values, **file_values}.items() if value}
        source.env_vars = values_now
        try:
            settings = cls(_build_sources=((source,), {}))
        except ValidationError:
            raise
        except Exception as error:
            if not (names := [name for name in cls._names_that_crash(source) if name in values_now]):
                raise
            raise cls._crashed(names, error) from error
        # Stored outside the fields, because settings are compared by their values, not by their source.
        vars(settings)[_ENVIRONMENT] = values_now
        return settings

    @classmethod
    def _names_that_crash(cls, source: EnvSettingsSource) -> Sequence[str]:
        """Return the names of the settings of each additional base class whose validation raises something other than
        ValueError.
        """
        found = list[str]()
        for block in cls.__bases__[1:]:
            try:
                block(_build_sources=((source,), {}))
            except ValidationError:
                continue
            except Exception:
                found += block.names() if issubclass(block, EnvironmentSettings) else ()
        return found

    @classmethod
    def _crashed(cls, names: Sequence[str], error: Exception) -> ValidationError:
        reason = f"can't be checked: {type(error).__name__}"
        return ValidationError.from_exception_data(
            cls.__name__,
            [
                InitErrorDetails(type=PydanticCustomError(CRASHED, "{error}", {"error": reason}), loc=(name,), input="")
                for name in names
            ],
            hide_input=True,
        )

    @property
    def _environment(self) -> Mapping[str, str]:
        values: Mapping[str, str] = vars(self).get(_ENVIRONMENT, {})
        return values

    def value_of(self, name: str) -> str:
        """Return a setting's value from the environment, or its default; empty if it has neither."""
        default = self.names()[name].default if name in self.names() else None
        return self._environment.get(name) or ("" if default is None else str(default))

    def value_in_force(self, name: str) -> str:
        """Return a setting's value as text, including changes made at run time; empty if there is no value."""
        field = next((field for field, each in type(self).model_fields.items() if each.validation_alias == name), None)
        value = getattr(self, field) if field is not None else None
        return "" if value is None else str(value)

    def follow(self, choices: Mapping[str, str]) -> None:
        """Apply changed values, keyed by setting; they take precedence over the environment. The object is updated in
        place, so that all code that uses it sees the changes.
        """
        fresh = type(self).read_environ({**self._environment, **choices})
        for name, value in vars(self).items():
            if name == _ENVIRONMENT:
                continue
            if name in type(self).model_fields:
                vars(self)[name] = getattr(fresh, name)
            else:
                # Objects derived from the settings are shared too, so they are also updated in place.
                vars(value).update(vars(getattr(fresh, name)))

    @classmethod
    def names(cls) -> Mapping[str, FieldInfo]:
        """Return the fields keyed by the environment variable that each is read from."""
        fields = cls.model_fields.values()
        return {field.validation_alias: field for field in fields if isinstance(field.validation_alias, str)}

    @classmethod
    def wrong_in(cls, error: ValidationError) -> Mapping[str, tuple[str | None, str]]:
        """Return the invalid settings keyed by name, each with its problem and the description of the expected value.
        The problem is None if the setting is missing.
        """
        problems: dict[str, tuple[str | None, str]] = {}
        for item in error.errors(include_url=False, include_input=False):
            name = cls._name_of(str(item["loc"][0]) if item["loc"] else "settings")
            field = cls.names().get(name)
            what = (field.description if field is not None else None) or "a value"
            problems[name] = (None if item["type"] == "missing" else _problem(item), what)
        return problems

    @classmethod
    def _name_of(cls, field_name: str) -> str:
        # Pydantic reports an error of a default by the field's name, and any other error by the variable's name.
        field = cls.model_fields.get(field_name)
        return field.validation_alias if field is not None and isinstance(field.validation_alias, str) else field_name


def _problem(item: ErrorDetails) -> str:
    """Return the message for an error: the message of our own validator in all its languages, or otherwise our text for
    pydantic's type of error.
    """
    facts = item.get("ctx", {})
    if item["type"] in _UNREAD:
        return in_each_language(_UNREAD[item["type"]], lambda text: text.format(**facts))
    error = facts.get("error") or item["msg"]
    problem = error.args[0] if isinstance(error, ValueError) and error.args else error
    return problem if isinstance(problem, str) else str(problem)


class ProviderSettings(EnvironmentSettings):
    """Settings of one payment provider. The validator of each field describes the problem and the expected value."""

    @classmethod
    def configured(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings like `read_environ`. Raises Misconfigured that lists every invalid setting."""
        try:
            return cls.read_environ(environ)
        except ValidationError as error:
            wrong = cls.wrong_in(error).items()
            problems = [(name, problem or join_phrases(MISSING_TEXT, what)) for name, (problem, what) in wrong]
            raise Misconfigured(*problems[0], *problems[1:]) from None


@dataclass(frozen=True)
class Prerequisites:
    """Settings of the worker that another setting requires when it has a certain value. Staff chooses that value in
    processes that do not read the worker's settings.

    setting, value: other setting, and its value that has requirements
    missing: function that returns the names of the required settings that are missing in the worker's settings
    """

    setting: str
    value: str
    missing: Callable[[EnvironmentSettings], Sequence[str]]
