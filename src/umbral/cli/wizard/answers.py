"""Storage of the wizard's answers, which come from options, a file or the environment, or were typed before an
interruption.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from subscriptions.application.dto.yaml_file import FileMapping, read_yaml
from subscriptions.domain.errors import InvalidInput
from umbral.terminal.files import read_text

PLAN: Final = "PLAN"
PHONE: Final = "ACCOUNT_PHONE"
CODE: Final = "ACCOUNT_CODE"
SECOND: Final = "ACCOUNT_PASSWORD"
CHAT: Final = "CHAT"
HAS_CHAT: Final = "HAS_CHAT"
RESOURCE: Final = "RESOURCE"
OF_THE_WIZARD: Final = (PLAN, PHONE, CODE, SECOND, CHAT, HAS_CHAT, RESOURCE)
"""Names of the answers that only the wizard uses. They are not written to the settings file."""


class AnswersRefused(Exception):
    """Raised if an answer is refused. The message names the answer and the reason. status: exit status
    of the command.
    """

    def __init__(self, reason: str, status: int = 1) -> None:
        super().__init__(reason)
        self.status = status


class AnswersError(AnswersRefused):
    """Raised if the answers cannot be read. The message names the key and the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, 2)


class Answers:
    """The wizard's answers by setting name. Each answer is saved immediately to a file that only its owner can read;
    the file is deleted when the wizard has finished.
    """

    def __init__(self, path: Path, values: Mapping[str, str]) -> None:
        """Load the saved answers.

        path: path of the file in which answers are saved. values: answers given in advance, which are not asked and
        take precedence over saved answers.
        """
        self._path = path
        self.taken_up = path.exists()
        self._values = {**self._load(), **{name: value for name, value in values.items() if value.strip()}}

    def get(self, name: str) -> str:
        """Return an answer, or an empty text if the answer is unknown."""
        return self._values.get(name, "")

    def keep(self, values: Mapping[str, str]) -> None:
        """Add answers and save all answers immediately."""
        self._values.update(values)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(self._values, file)
        part.replace(self._path)

    def drop(self, *names: str) -> None:
        """Remove answers that turned out to be wrong."""
        for name in names:
            self._values.pop(name, None)

    def settings(self) -> dict[str, str]:
        """Return the answers that are written to the settings file."""
        return {name: value for name, value in self._values.items() if name not in OF_THE_WIZARD}

    def discard(self) -> None:
        """Delete the saved answers after the settings file is written."""
        self._path.unlink(missing_ok=True)

    def _load(self) -> dict[str, str]:
        if not self.taken_up:
            return {}
        try:
            stored_answers = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise AnswersError(
                f"{self._path} can't be read; delete it to start over ({type(error).__name__})"
            ) from None
        return {str(name): str(value) for name, value in stored_answers.items()}


def read_answers(file: Path, names: Collection[str]) -> dict[str, str]:
    """Return the answers from a JSON file, which contains one object of setting names and values. Raises AnswersError
    if the file is invalid or contains unknown keys.
    """
    try:
        stored_answers = read_yaml(read_text(file))
    except InvalidInput as error:
        # The problem names keys, and never values, which may be secrets.
        raise AnswersError(f"{file}: {error.problem}") from None
    if not isinstance(stored_answers, FileMapping):
        raise AnswersError(f"{file} isn't an object of names and values")
    return check(stored_answers, names, f"{file}: ")


def check(values: Mapping[str, object], names: Collection[str], where: str = "") -> dict[str, str]:
    """Return the answers as text. Raises AnswersError with the names of all keys that are unknown or have an invalid
    value.
    """
    strange = sorted(name for name in values if name not in names)
    if strange:
        raise AnswersError(f"{where}{', '.join(_with_line(values, each) for each in strange)}: no such setting")
    plain = {name: _text(value) for name, value in values.items()}
    wrong = sorted(name for name, value in plain.items() if value is None or not _one_line(value))
    if wrong:
        wrong = [_with_line(values, each) for each in wrong]
        raise AnswersError(f"{where}{', '.join(wrong)}: must be one line of text, a number or a list of these")
    return {name: value for name, value in plain.items() if value is not None}


def _with_line(values: Mapping[str, object], name: str) -> str:
    return f"{name} (line {values.lines[name]})" if isinstance(values, FileMapping) else name


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
