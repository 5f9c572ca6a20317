"""Texts of the setup at a terminal, the setup page and `umbral doctor`, in each language."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.domain.entities.spoken import text_for
from subscriptions.infrastructure.setup_words import FOLDER

LANGUAGES: Final = ("es", "en", "pt")
DEFAULT: Final = "es"


class Words:
    """Texts of the setup and of `umbral doctor` in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._tables = _load(language)

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text with the key `table.name`. Raises KeyError for an unknown key."""
        table, _, name = key.partition(".")
        return self._tables[table][name].format(**facts)

    def has(self, key: str) -> bool:
        """Return True if the text exists."""
        table, _, name = key.partition(".")
        return name in self._tables.get(table, {})

    def describe(self, problem: Problem) -> str:
        """Return the description of a problem with instructions to fix it."""
        facts = {name: text_for(fact, self.language) for name, fact in problem.facts.items()}
        return self(f"findings.{problem.code}", about=problem.subject, setting=problem.setting, **facts)


def language_of(environ: Mapping[str, str] = os.environ) -> str:
    """Return the terminal's language if it is set and supported; otherwise Spanish."""
    locale_text = next((text for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (text := environ.get(name, ""))), "")
    language = locale_text[:2].lower()
    return language if language in LANGUAGES else DEFAULT


@cache
def _load(language: str) -> Mapping[str, Mapping[str, str]]:
    texts: Mapping[str, Mapping[str, str]] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return texts
