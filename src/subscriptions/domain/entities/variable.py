"""Small facts that one process learns and others read: each a row by its name, declared by the room that keeps it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Variable(Generic[T]):
    """parse, write: from and to the text that the row keeps; processes of the version before read it, too."""

    name: str
    parse: Callable[[str], T | None]
    write: Callable[[T], str]

    def for_subject(self, subject: object) -> "Variable[T]":
        """Return the one about one provider, account or chat: each has a row of its own."""
        return replace(self, name=f"{self.name}:{subject}")


def text(name: str) -> Variable[str]:
    """Words as they are."""
    return Variable(name, str, str)


def number(name: str) -> Variable[int]:
    """A whole number."""
    return Variable(name, lambda text: int(text) if text else None, str)


def moment(name: str) -> Variable[datetime]:
    """A moment."""
    return Variable(name, _moment, datetime.isoformat)


def second(name: str) -> Variable[datetime]:
    """A moment to the second, in UTC: a later one is later in the alphabet as well, as `raise_to` compares."""
    return Variable(name, _moment, lambda at: at.astimezone(UTC).isoformat(timespec="seconds"))


def numbers(name: str, separator: str) -> Variable[frozenset[int]]:
    """Whole numbers, in no order. separator: what stands between two of them."""

    def parse(text: str) -> frozenset[int]:
        return frozenset(int(each) for each in text.split(separator) if each)

    def write(each: Iterable[int]) -> str:
        return separator.join(str(one) for one in sorted(each))

    return Variable(name, parse, write)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
