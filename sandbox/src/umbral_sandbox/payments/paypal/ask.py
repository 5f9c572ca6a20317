"""Input and output of the handlers of the PayPal API."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.members import Members
from umbral_sandbox.payments.paypal.amounts import to_minor


@dataclass(frozen=True)
class Given(Members):
    """Received JSON object; a member that is missing or null reads as None."""

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def number(self, name: str, otherwise: int = 0) -> int:
        """Return a member as a whole number, sent as a number or a text; `otherwise` if it is missing."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return otherwise
        return int(value)

    def flag(self, name: str, otherwise: bool) -> bool:
        """Return a member as a boolean; `otherwise` if it is missing."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else otherwise

    def amount(self, name: str = "value", currency: str = "currency_code") -> int:
        """Read this JSON object as an amount of money in the currency's smallest unit. `name`, `currency`: keys of the
        value and of the currency code.
        """
        return to_minor(self.text(name) or "0", self.text(currency) or "")


@dataclass(frozen=True)
class SentFile:
    """File sent with a request, with the hash of its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Ask:
    """Input of a handler: the id in the path (if any), the query, the body as sent and as parsed, and the address under
    which the simulator was called.
    """

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
    """Status and JSON body of a handler's response."""

    status: int = 200
    body: JsonValue = None
