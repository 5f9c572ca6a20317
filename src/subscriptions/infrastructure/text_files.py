"""Loading of text files: the texts of the chat and of the pages, and each vertical's own texts.

A text's key follows from its place: `plans.welcome` is `welcome` in the chat's file `plans.toml`, and
`pages.index.lead` is `lead` in the table `index` of the pages. A text with several paragraphs has one per line.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from subscriptions.application.dto.rooms import FEATURES, found_features
from subscriptions.application.feature_failures import contained
from subscriptions.application.texts.text_rule import text_rules
from subscriptions.domain.entities.spoken import is_code
from subscriptions.domain.services.file_text import decode_file

PAGES: Final = "pages."
"""Prefix of the keys of texts on the pages."""
_CHAT: Final = files("bot").joinpath("locales")
_WEB: Final = files("web").joinpath("locales")
_VERTICALS: Final = files("subscriptions").joinpath("verticals")


@dataclass(frozen=True, kw_only=True)
class Vertical:
    """Kind of business that a shop can be set up for.

    name: display name in the setup, keyed by language
    settings: default values of settings that the environment does not set
    plans: initial plans, written as the operator types them in the setup, keyed by language
    promises: phrases that promise customers a guaranteed result; the operator is warned if a plan's texts contain one
    """

    code: str
    name: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, Sequence[str]] = field(default_factory=dict)
    promises: Sequence[str] = ()


@cache
def verticals() -> Mapping[str, Vertical]:
    """Return all verticals, keyed by code. The code is the name of the vertical's folder."""
    folders = sorted((each for each in _VERTICALS.iterdir() if each.is_dir()), key=lambda each: each.name)
    return {each.name: Vertical(code=each.name, **_load(each.joinpath("vertical.toml"))) for each in folders}


@cache
def written_languages() -> frozenset[str]:
    """Return the languages that have a folder of chat texts or a file of page texts."""
    folders = (each.name for each in _CHAT.iterdir() if each.is_dir())
    return frozenset(filter(is_code, (*folders, *(each.name.removesuffix(".toml") for each in _WEB.iterdir()))))


@cache
def vertical_texts(vertical: str, language: str) -> Mapping[str, str]:
    """Return a vertical's texts in a language, which replace the built-in texts; empty if the vertical has none."""
    file = _VERTICALS.joinpath(vertical, f"{language}.toml")
    return flat(_load(file)) if file.is_file() else {}


@cache
def built_in_texts(language: str) -> Mapping[str, str]:
    """Return all built-in texts of one language, keyed by text key, without fallback to another language."""
    folder, texts = _CHAT.joinpath(language), dict[str, str]()
    for file in sorted(_walk(folder) if folder.is_dir() else (), key=lambda each: each.name):
        texts |= flat(_load(file), file.name.removesuffix("toml"))
    # The keys of alarm texts end with the language.
    suffix = f".{language}"
    every = flat(alarm_texts(), "alarms.")
    texts |= {key.removesuffix(suffix): text for key, text in every.items() if key.endswith(suffix)}
    for tables in feature_texts(language):
        texts |= flat(tables)
    texts |= {rule.key: rule.built_in[language] for rule in text_rules().values() if language in rule.built_in}
    return texts | flat(page_texts(language), PAGES)


@cache
def page_texts(language: str) -> Mapping[str, Any]:
    """Return the texts of the pages in one language, including those of features. The values are tables, texts and
    lists of texts.
    """
    file = _WEB.joinpath(f"{language}.toml")
    table = _load(file) if file.is_file() else {}
    for tables in feature_texts(language, "pages"):
        table = _merged(table, tables)
    return table


@cache
def feature_texts(language: str, name: str = "chat") -> Sequence[Mapping[str, Any]]:
    """Return the texts of each installed feature that has texts in a language. `name`: name of the file, `chat`,
    `console` or `pages`. The tables of a `chat` file have the names of the chat's own files.
    """
    return _of_features("texts", language, f"{name}.toml")


def texts_of_others() -> Sequence[str]:
    """Return the keys of the customer texts of third-party features, limited to the groups listed in `[texts.part]`.
    Spanish and English files are both read, because a third-party feature may lack one of the languages.
    """
    parts = flat(chat_table("es", "texts/texts").get("part", {}))
    found = dict[str, None]()
    for language in ("es", "en"):
        for name, prefix in (("chat", ""), ("pages", PAGES)):
            for tables in _of_features("texts", language, f"{name}.toml", of=_is_by_others):
                for group, table in tables.items():
                    if f"{prefix}{group}" in parts and isinstance(table, Mapping):
                        found |= dict.fromkeys(flat(table, f"{prefix}{group}."))
    return tuple(found)


def _is_by_others(package: str) -> bool:
    return not package.startswith(f"{FEATURES}.")


def _of_features(*path: str, of: Callable[[str], bool] = lambda package: True) -> Sequence[Mapping[str, Any]]:
    """Return the contents of a text file of each feature. Features without the file and unreadable files are omitted.

    path: path of the file
    of: function that returns True for the packages of the features to include
    """
    found = list[Mapping[str, Any]]()
    for feature, package in found_features().packages.items():
        if not of(package):
            continue
        with contained(feature, "/".join(path), lasts=True):
            file = files(package).joinpath(*path)
            if file.is_file():
                found.append(_load(file))
    return found


@cache
def chat_table(language: str, file: str) -> Mapping[str, Any]:
    """Return the texts of one file of the chat, including texts that features add to that file; empty if there are
    none. `file`: path below the language's folder, without extension, such as `staff/commands`.
    """
    path = _CHAT.joinpath(language, f"{file}.toml")
    table = _load(path) if path.is_file() else {}
    for tables in feature_texts(language):
        table = _merged(table, tables.get(file.rpartition("/")[2], {}))
    return table


@cache
def alarm_texts() -> Mapping[str, Any]:
    """Return the texts of owner alerts, and of the jobs and other objects that alerts name, in all languages, including
    those of features.
    """
    table = _load(_CHAT.joinpath("alarms.toml"))
    for more in _of_features("texts", "alarms.toml"):
        table = _merged(table, more)
    return table


def _merged(table: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(table[key], more[key]) for key in table.keys() & more.keys() if isinstance(more[key], dict)}
    return {**table, **more, **both}


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the texts of nested tables, keyed by the full text key."""
    texts: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            texts |= flat(value, f"{prefix}{name}.")
        else:
            texts[prefix + name] = "\n".join(value) if isinstance(value, list) else str(value).strip("\n")
    return texts


def _walk(folder: Traversable) -> Iterator[Traversable]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _walk(each)
        elif each.name.endswith(".toml"):
            yield each


def _load(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(decode_file(file.read_bytes()))
