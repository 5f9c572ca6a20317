"""Check that an audit entry has every fact used in its text, because a missing fact would be shown as a dash."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

from web.console.words import LANGUAGES
from web.paths import LOCALES


@cache
def named_facts() -> Mapping[str, Collection[str]]:
    """Return the names of the facts used in the texts of each action, in any staff language, keyed by the
    action's key.
    """
    names: dict[str, set[str]] = {}
    for key, text in _texts():
        names.setdefault(key, set()).update(name for _, name, _, _ in Formatter().parse(text) if name)
    return names


def _texts() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for file in (LOCALES / "console" / f"{language}.toml", files("bot") / "locales" / language / "people.toml"):
            yield from tomllib.loads(file.read_text(encoding="utf-8"))["did"].items()


def check_line(action: str, facts: Mapping[str, str]) -> None:
    """Raise AssertionError if a fact used in the action's texts is missing."""
    missing = set(named_facts().get(action.replace(".", "_"), ())) - facts.keys()
    if missing:
        raise AssertionError(f"{action} is told by {', '.join(sorted(missing))}, which its line does not have")
