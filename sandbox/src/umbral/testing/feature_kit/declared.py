"""Rules about a feature's declarations, which need no database."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from string import Formatter
from typing import Any, Final

from bot.entry_step import EntryScreensPart
from subscriptions.application.alarms.alarm_kind import AlarmKind
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.dto.rooms import ENTRY_POINTS, FEATURES
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import CliPart
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.routing import Row
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.texts.text_rule import TextRule
from subscriptions.bootstrap.entry_steps import EntryStepsPart
from subscriptions.bootstrap.job_handlers import HandlersPart
from subscriptions.bootstrap.plan_commands import PlanCommandsPart
from subscriptions.bootstrap.post_copies import CopiesPart
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.bootstrap.texts import built_in_texts
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.services.staff_policy import CORE_PERMISSIONS
from umbral.testing.feature_kit.rule import Subject, rule
from web.console.words import words_for

LANGUAGES: Final = ("es", "en")
"""Languages in which every text is required; others may lack texts."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")
_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
_RARE: Final = frozenset({"many"})
"""Plural categories that a language may need for large numbers only, as Spanish does for millions."""
_COUNTED: Final = 200
"""Number up to which integers are tried to find the plural forms that a language needs."""
_PARTS: Final[Mapping[str, tuple[str, type]]] = {
    "handlers": ("HANDLERS", HandlersPart),
    "schedule": ("SCHEDULE", SchedulePart),
    "cli": ("CLI", CliPart),
    "copies": ("COPIES", CopiesPart),
    "plan_commands": ("PLAN_COMMANDS", PlanCommandsPart),
    "entry_screens": ("ENTRY_SCREENS", EntryScreensPart),
    "entry_steps": ("ENTRY_STEPS", EntryStepsPart),
}
_MEMBERS: Final[Mapping[str, tuple[str, type]]] = {
    "events": ("EVENTS", Row),
    "permissions": ("PERMISSIONS", Permission),
    "lists": ("LISTS", ListModel),
    "text_rules": ("TEXT_RULES", TextRule),
}
_FRAMEWORKS: Final = frozenset(
    {"aiogram", "bot", "dependency_injector", "fastapi", "sqlalchemy", "telethon", "typer", "userbot", "web", "worker"}
)
_INNER: Final = ("subscriptions.bootstrap", "subscriptions.infrastructure")
_MAY: Final[Mapping[str, frozenset[str]]] = {
    "adapters": frozenset({"subscriptions.infrastructure", "subscriptions.bootstrap"}),
    "callbacks": frozenset({"bot"}),
    "chat": frozenset({"aiogram", "bot", "dependency_injector", "subscriptions.bootstrap"}),
    "checks": frozenset({"subscriptions.bootstrap"}),
    "cli": frozenset({"typer", "subscriptions.bootstrap", "umbral"}),
    "copies": frozenset({"subscriptions.bootstrap"}),
    "document": frozenset({"bot", "subscriptions.bootstrap", "subscriptions.infrastructure"}),
    "entry_screens": frozenset({"bot"}),
    "entry_steps": frozenset({"subscriptions.bootstrap"}),
    "files": frozenset({"subscriptions.bootstrap", "subscriptions.infrastructure", "web"}),
    "follows_receipts": frozenset({"subscriptions.bootstrap"}),
    "handlers": frozenset({"subscriptions.bootstrap"}),
    "lists": frozenset({"sqlalchemy", "subscriptions.infrastructure"}),
    "migrations": frozenset({"sqlalchemy", "alembic"}),
    "pick_router": frozenset({"subscriptions.bootstrap"}),
    "plan_commands": frozenset({"subscriptions.bootstrap"}),
    "repository": frozenset({"sqlalchemy", "subscriptions.infrastructure"}),
    "schedule": frozenset({"subscriptions.bootstrap"}),
    "screens": frozenset({"aiogram", "bot", "subscriptions.bootstrap"}),
    "server": frozenset({"subscriptions.bootstrap"}),
    "settings": frozenset({"subscriptions.infrastructure", "subscriptions.bootstrap"}),
    "tables": frozenset({"sqlalchemy", "subscriptions.infrastructure"}),
    "tip_record": frozenset({"subscriptions.bootstrap"}),
    "tip_records": frozenset({"subscriptions.bootstrap"}),
    "userbot": frozenset({"subscriptions.bootstrap"}),
    "web": frozenset({"fastapi", "web", "subscriptions.bootstrap"}),
    "wiring": frozenset({"dependency_injector", "subscriptions.bootstrap", "subscriptions.infrastructure"}),
}
"""Packages that a module may import in addition to the core's application and domain, by the module's name."""
_NEVER: Final = frozenset({"tests", "umbral_sandbox", "userbot", "worker"})


@rule("declaration", "The declaration is complete, and agrees with the modules.")
def declaration(subject: Subject) -> Iterator[str]:
    """Check the feature's name, entry point, title, description, jobs and commands."""
    if subject.name not in subject.found.features:
        yield f"{subject.name} is not installed, or cannot be used: {dict(FAILURES.lasting)}"
        return
    feature = subject.feature
    if not _NAME.match(feature.name):
        yield f"{feature.name!r} is no name: 2 to 31 of a-z, 0-9 and _, a letter first"
    entry = [each.name for each in entry_points(group=ENTRY_POINTS) if each.value == subject.package]
    if not subject.package.startswith(f"{FEATURES}.") and entry != [feature.name]:
        yield f"the entry point in the group {ENTRY_POINTS} has to be called {feature.name}, and is {entry}"
    for language in LANGUAGES:
        for field, text in (("title", feature.title), ("about", feature.about)):
            if not text_for(text, language).strip():
                yield f"{field} has no text in {language}"
    for field, text in (("title", feature.title), ("about", feature.about)):
        if len({text_for(text, language) for language in LANGUAGES}) == 1 and " " in text_for(text, "en"):
            yield f"{field} is the same in {' and '.join(LANGUAGES)}; use `phrase`"
    payloads = {getattr(each, "name", "") for each in subject.classes("jobs", JobPayload)}
    if missing := payloads - feature.jobs:
        yield f"`jobs` lacks {', '.join(sorted(missing))}: such jobs would be left when the feature is switched off"
    part = subject.found.part(feature.name, CliPart)
    if set(part.commands if part is not None else ()) != set(feature.commands):
        yield "`commands` and the module `cli` name different commands"


@rule("modules", "Every module can be imported, and its constants have the promised types.")
def modules(subject: Subject) -> Iterator[str]:
    """Check every module in the feature's folder, and the constants in these modules."""
    for file in sorted(subject.folder.rglob("*.py")):
        dotted = ".".join(file.relative_to(subject.folder).with_suffix("").parts)
        if dotted.startswith("migrations") or dotted.endswith("__init__"):
            continue
        try:
            found = subject.module(dotted)
        except Exception as error:
            yield f"{dotted} cannot be imported: {type(error).__name__}: {error}"
            continue
        if dotted in _PARTS:
            constant, kind = _PARTS[dotted]
            if not isinstance(getattr(found, constant, None), kind):
                yield f"{dotted}.{constant} has to be a {kind.__name__}"
        if dotted in _MEMBERS:
            constant, kind = _MEMBERS[dotted]
            for member in getattr(found, constant, ()):
                if not isinstance(member, kind):
                    yield f"{dotted}.{constant} holds {member!r}, which is no {kind.__name__}"
    for (feature, where), reason in FAILURES.lasting.items():
        if feature == subject.name:
            yield f"{where}: {reason}"


@rule("imports", "A module imports only what is promised to it, and no private name.")
def imports(subject: Subject) -> Iterator[str]:
    """Check that each file imports only permitted packages."""
    allowed = {subject.found.packages[need] for need in subject.feature.needs} | {subject.package}
    others = {each for each in subject.found.packages.values() if each not in allowed}
    for file in sorted(subject.folder.rglob("*.py")):
        path = file.relative_to(subject.folder)
        kind = path.parts[0].removesuffix(".py")
        for name in _imported(ast.parse(file.read_text(encoding="utf-8")), subject.package):
            top = name.partition(".")[0]
            inner = next((each for each in _INNER if f"{name}.".startswith(f"{each}.")), None)
            what = inner or (top if top in _FRAMEWORKS | {"umbral"} else None)
            if top in _NEVER or any(f"{name}.".startswith(f"{each}.") for each in others):
                yield f"{path} imports {name}, which is not promised"
            elif kind in {"feature", "domain"} and (what is not None or top == "pydantic"):
                yield f"{path} imports {name}; `{kind}` imports no framework"
            elif kind == "domain" and name.startswith("subscriptions.application"):
                yield f"{path} imports {name}; `domain` knows the core's domain only"
            elif what is not None and what not in _MAY.get(kind, frozenset()):
                yield f"{path} imports {name}, which `{kind}` may not; put it into the module of its part"
            if any(part.startswith("_") and part != "__future__" for part in name.split(".")):
                yield f"{path} imports {name}, which is private"


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            own = node.module.startswith(package)
            yield from ([node.module] if own else [f"{node.module}.{alias.name}" for alias in node.names])


@rule("texts", "Every text exists in Spanish and English, with the same names to fill in.")
def texts(subject: Subject) -> Iterator[str]:
    """Check that Spanish and English have the same texts, and that the feature's declarations have their texts."""
    found = {language: _read(subject, language) for language in LANGUAGES}
    plurals = {key.rpartition(".")[0] for texts in found.values() for key in _plurals(texts)}
    for key in sorted(plurals):
        yield from _faults_of_plural(key, found)
    found = {
        language: {key: text for key, text in texts.items() if key.rpartition(".")[0] not in plurals}
        for language, texts in found.items()
    }
    for one, other in (LANGUAGES, LANGUAGES[::-1]):
        for key in sorted(found[one].keys() - found[other].keys()):
            yield f"{key} is in texts/{one} and not in texts/{other}"
    for key in sorted(found["es"].keys() & found["en"].keys()):
        names = [_names(str(found[language][key])) for language in LANGUAGES]
        if names[0] != names[1]:
            yield f"{key} has other names in {{}} in es than in en"
        if not all(str(found[language][key]).strip() for language in LANGUAGES):
            yield f"{key} is empty"
    yield from _texts_of_declarations(subject, found["es"])


def _plurals(texts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of tables that contain only the plural forms of one text: `other` and at least one more."""
    tables = dict[str, set[str]]()
    for key in texts:
        table, _, name = key.rpartition(".")
        tables.setdefault(table, set()).add(name)
    for table, names in tables.items():
        if names > {"other"} and names <= _FORMS:
            yield from (f"{table}.{name}" for name in names)


def _faults_of_plural(table: str, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Check the plural forms of one text: each language must have every form that it needs, and no other form except
    `many`.
    """
    for language in LANGUAGES:
        forms = {
            key.rpartition(".")[2]: str(text)
            for key, text in found[language].items()
            if key.rpartition(".")[0] == table
        }
        needed = {locale_of(language).plural_form(n) for n in range(_COUNTED)}
        for form in sorted(needed - forms.keys()):
            yield f"{table} lacks the form {form} in {language}"
        for form in sorted(forms.keys() - needed - _RARE):
            yield f"{table}.{form} is no plural form of {language}"
        for form, text in sorted(forms.items()):
            if unknown := _names(text) - {"n"}:
                yield f"{table}.{form} names {', '.join(sorted(unknown))} in {language}; only {{n}} is filled in"
            if not text.strip():
                yield f"{table}.{form} is empty in {language}"


def _texts_of_declarations(subject: Subject, found: Mapping[str, Any]) -> Iterator[str]:
    words = words_for("es")
    for command in subject.classes("commands", StaffCommand):
        name = getattr(command, "name", "")
        if not any(key.startswith(f"chat.commands.{name}.") for key in found):
            yield f"the command {name} has no texts under [commands.{name}] of chat.toml"
    for model in subject.members("lists", "LISTS"):
        if not words.has(f"page.{model.name}"):
            yield f"the list {model.name} has no title under [page] of console.toml"
    for permission in subject.members("permissions", "PERMISSIONS"):
        key = f"commands.choice.{str(permission).replace('.', '_')}"
        for language in LANGUAGES:
            if key not in built_in_texts(language):
                yield f"the permission {permission} has no words in {language} under [commands.choice] of chat.toml"
    alarms = _load(subject, "texts/alarms.toml")
    for kind in subject.classes("alarms", AlarmKind):
        name = getattr(kind, "name", "")
        for language in LANGUAGES:
            if language not in alarms.get(name, {}):
                yield f"the alarm {name} has no text in {language} in texts/alarms.toml"


def _read(subject: Subject, language: str) -> dict[str, Any]:
    found = dict[str, Any]()
    for name in ("chat", "console", "pages"):
        found |= _flat(_load(subject, f"texts/{language}/{name}.toml"), f"{name}.")
    return found


def _load(subject: Subject, path: str) -> dict[str, Any]:
    file = subject.folder / path
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _flat(table: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    found = dict[str, Any]()
    for key, value in table.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def _names(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:
        return {text}


@rule("permissions", "Commands, lists and pages need a permission of the core or one that the feature declares.")
def permissions(subject: Subject) -> Iterator[str]:
    """Check the permissions of the feature's commands, lists and pages."""
    own = set(subject.members("permissions", "PERMISSIONS"))
    known = own | set(CORE_PERMISSIONS)
    for need in subject.feature.needs:
        needed = Subject(need)
        known |= set(needed.members("permissions", "PERMISSIONS"))
    if taken := own & set(CORE_PERMISSIONS):
        yield f"the core has a permission {', '.join(sorted(taken))} already"
    for command in subject.classes("commands", StaffCommand):
        if getattr(command, "permission", None) not in known:
            yield f"the command {getattr(command, 'name', '')} needs a permission that nobody declares"
    for model in subject.members("lists", "LISTS"):
        if model.permission not in known:
            yield f"the list {model.name} needs a permission that nobody declares"
    chat = subject.module("chat")
    panel = getattr(getattr(chat, "CHAT", None), "panel", None)
    for name, page in (panel.pages if panel is not None else {}).items():
        if page.action not in known:
            yield f"the page {name} of the panel needs a permission that nobody declares"
