"""Known answers of the wizard: from options, a file or the environment, or typed before an interruption."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

PLAN: Final = "PLAN"
PHONE: Final = "ACCOUNT_PHONE"
CODE: Final = "ACCOUNT_CODE"
SECOND: Final = "ACCOUNT_PASSWORD"
CHAT: Final = "CHAT"
HAS_CHAT: Final = "HAS_CHAT"
RESOURCE: Final = "RESOURCE"
OF_THE_WIZARD: Final = (PLAN, PHONE, CODE, SECOND, CHAT, HAS_CHAT, RESOURCE)
"""Answers that are not stored as settings."""


class AnswersRefused(Exception):
    """Error: an answer was refused. The text names it and the reason. status: exit status of the command."""

    def __init__(self, reason: str, status: int = 1) -> None:
        super().__init__(reason)
        self.status = status


class AnswersError(AnswersRefused):
    """Error: the answers cannot be read. The text names the key and the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, 2)


class Answers:
    """Answers by setting. They are saved at once in a file that only its owner can read, until all is done."""

    def __init__(self, place: Path, values: Mapping[str, str]) -> None:
        """place: path of the file in which they are saved. values: given answers, which are not asked and take
        precedence.
        """
        self._place = place
        self.taken_up = place.exists()
        self._values = {**self._load(), **{name: value for name, value in values.items() if value.strip()}}

    def get(self, name: str) -> str:
        """Return an answer; empty if unknown."""
        return self._values.get(name, "")

    def keep(self, values: Mapping[str, str]) -> None:
        """Save answers at once."""
        self._values.update(values)
        part = self._place.with_name(f"{self._place.name}.{os.getpid()}.new")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(self._values, file)
        part.replace(self._place)

    def drop(self, *names: str) -> None:
        """Remove wrong answers."""
        for name in names:
            self._values.pop(name, None)

    def settings(self) -> dict[str, str]:
        """Return the content of the settings' file."""
        return {name: value for name, value in self._values.items() if name not in OF_THE_WIZARD}

    def discard(self) -> None:
        """Delete the saved answers once the settings are written."""
        self._place.unlink(missing_ok=True)

    def _load(self) -> dict[str, str]:
        if not self.taken_up:
            return {}
        try:
            stored_answers = json.loads(self._place.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise AnswersError(
                f"{self._place} cannot be read; delete it to begin anew ({type(error).__name__})"
            ) from None
        return {str(name): str(value) for name, value in stored_answers.items()}


def read_answers(file: Path, names: Collection[str]) -> dict[str, str]:
    """Return the answers of a JSON file, an object of setting names and values. Raises AnswersError naming each unknown
    key.
    """
    try:
        stored_answers = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AnswersError(f"{file} is no JSON that can be read ({type(error).__name__})") from None
    if not isinstance(stored_answers, dict):
        raise AnswersError(f"{file} holds no object of names and values")
    return check({str(name): value for name, value in stored_answers.items()}, names)


def check(values: Mapping[str, object], names: Collection[str]) -> dict[str, str]:
    """Return the answers as text. Raises AnswersError naming each key that is unknown or has an invalid value."""
    strange = sorted(name for name in values if name not in names)
    if strange:
        raise AnswersError(f"{', '.join(strange)}: no such setting")
    plain = {name: _text(value) for name, value in values.items()}
    wrong = sorted(name for name, value in plain.items() if value is None or not _one_line(value))
    if wrong:
        raise AnswersError(f"{', '.join(wrong)}: must be one line of text, a number or a list of these")
    return {name: value for name, value in plain.items() if value is not None}


def _one_line(value: str) -> bool:
    # A certificate has several lines.
    return (value.replace("\n", "") if value.startswith("-----BEGIN ") else value).isprintable()


def _text(value: object) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        parts = [_text(each) for each in value]
        return None if None in parts else ",".join(part for part in parts if part)
    return str(value).strip() if isinstance(value, (str, int, float)) else None
