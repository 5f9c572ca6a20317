"""Typed variables shared between processes. Each variable is stored as a row under its name and declared by the package
that owns it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Variable(Generic[T]):
    """Declaration of a variable. `parse` and `write` convert from and to the stored text, which the previous release
    must be able to read too.
    """

    name: str
    parse: Callable[[str], T | None]
    write: Callable[[T], str]

    def for_subject(self, subject: object) -> "Variable[T]":
        """Return the variant of the variable for one provider, account or chat, which is stored in a separate row."""
        return replace(self, name=f"{self.name}:{subject}")


def text(name: str) -> Variable[str]:
    """Declare a text variable."""
    return Variable(name, str, str)


def number(name: str) -> Variable[int]:
    """Declare an integer variable."""
    return Variable(name, lambda text: int(text) if text else None, str)


def moment(name: str) -> Variable[datetime]:
    """Declare a timestamp variable."""
    return Variable(name, _moment, datetime.isoformat)


def second(name: str) -> Variable[datetime]:
    """Declare a timestamp variable with a precision of seconds. Its texts sort by time, as `raise_to` requires."""
    return Variable(name, _moment, lambda at: at.astimezone(UTC).isoformat(timespec="seconds"))


def numbers(name: str, separator: str) -> Variable[frozenset[int]]:
    """Declare a variable with a set of integers, joined by `separator`."""

    def parse(text: str) -> frozenset[int]:
        return frozenset(int(each) for each in text.split(separator) if each)

    def write(each: Iterable[int]) -> str:
        return separator.join(str(one) for one in sorted(each))

    return Variable(name, parse, write)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
