"""Option `--env-file FILE`: settings from a file that are set in this process's environment before any code reads the
environment.

The file has the syntax of python-dotenv, with two differences: values are not interpolated, so a `$` is literal, and a
line that is not NAME=value is an error instead of being skipped. A value is unquoted (a # after a space begins a
comment), in single quotes, or in double quotes, in which \\\\n is a line break.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import decode_file

_OPTION: Final = "--env-file"
_BARE: Final = re.compile(r"[A-Za-z0-9_@%+=:,./-]*\Z")

_ESCAPES: Final = re.compile(r"'|\\(?=[\\']|\Z)")
"""Pattern of the characters that must be escaped within single quotes; any other backslash is literal."""


class EnvFileError(Exception):
    """Raised if a file cannot be read as NAME=value lines. The message states the place and the reason."""


def moved_to_front(words: Sequence[str]) -> list[str]:
    """Return the command line with `--env-file FILE` moved before the command. If the option occurs several times, the
    last occurrence counts.

    If the option has no file, return only the option, so that Typer refuses it regardless of the other arguments.
    """
    option: list[str] = []
    rest: list[str] = []
    words_left = iter(words)
    for word in words_left:
        if word == "--":
            rest.extend([word, *words_left])
        elif word == _OPTION:
            option = [word, *islice(words_left, 1)]
        elif word.startswith(f"{_OPTION}="):
            option = [word]
        else:
            rest.append(word)
    return option if option == [_OPTION] else [*option, *rest]


def load(path: Path) -> None:
    """Set the file's values in the environment, where they take precedence, also over a file that the environment names
    by NAME_FILE.

    A blank value counts as absent and replaces nothing.
    """
    for name, value in parse(path).items():
        if value.strip():
            os.environ.pop(f"{name}_FILE", None)
        if value.strip() or name not in os.environ:
            os.environ[name] = value


def parse(path: Path) -> dict[str, str]:
    """Return the settings in a file. If a name occurs twice, the later line counts. Raises EnvFileError if the file is
    unreadable or a line is not NAME=value.
    """
    try:
        text = decode_file(path.read_bytes())
    except OSError as error:
        raise EnvFileError(f"{path}: {error}") from error
    except InvalidInput as error:
        raise EnvFileError(f"{path}, {error.problem}") from error
    values: dict[str, str] = {}
    for number, name, value in _lines(text):
        if name is None or value is None or not name.isidentifier():
            # The error does not include the line itself, because the line may contain a secret.
            raise EnvFileError(f"{path}, line {number}: expected NAME=value")
        values[name] = value
    return values


def _lines(text: str) -> Iterator[tuple[int, str | None, str | None]]:
    """Yield the number, name and value of each line with content. The name or value is None if it cannot be parsed."""
    from dotenv.parser import parse_stream

    for line in parse_stream(StringIO(text)):
        value = line.original.string
        blank = value[: len(value) - len(value.lstrip())].count("\n")
        if line.error or line.key is not None:
            yield line.original.line + blank, line.key, line.value


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write all settings to a file that only its owner can read."""
    part = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{name}={quote(value)}\n" for name, value in settings.items())
    part.rename(path)


def quote(value: str) -> str:
    """Return a value in the file's syntax. A shell and Docker Compose read the value identically, unless it contains a
    `'`.
    """
    return value if _BARE.match(value) else "'" + _ESCAPES.sub(r"\\\g<0>", value) + "'"
