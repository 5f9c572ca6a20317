"""A checked request, read by type."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.members import Members
from umbral_sandbox.payments.paypal.amounts import to_minor


@dataclass(frozen=True)
class Given(Members):
    """An object that was sent; a member that was not, or null, reads as None."""

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number, written as a number or as a text."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return otherwise
        return int(value)

    def flag(self, name: str, otherwise: bool) -> bool:
        """A truth value."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else otherwise

    def amount(self, name: str = "value", currency: str = "currency_code") -> int:
        """This very object read as an amount, in the smallest unit."""
        return to_minor(self.text(name) or "0", self.text(currency) or "")


@dataclass(frozen=True)
class SentFile:
    """A file that came with a request; of its content the mark."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Ask:
    """One request: the id in its path (if any), the query, the body as sent and as read, and its address."""

    given: Given = field(default_factory=Given)
    id: str = ""
    origin: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    raw: str = ""
    items: tuple[Given, ...] = ()
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: JsonValue = None
