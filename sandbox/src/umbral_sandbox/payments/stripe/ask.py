"""Input of the handlers of the Stripe API."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.members import Members
from umbral_sandbox.payments.stripe.records import JsonObject, Pairs

T = TypeVar("T", int, bool)


@dataclass(frozen=True)
class Given(Members):
    """Checked parameters; a member that was not sent, or was unset, reads as None."""

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def _of(self, name: str, kind: type[T]) -> T | None:
        value = self.values.get(name)
        return value if isinstance(value, kind) else None

    def number(self, name: str) -> int | None:
        """Return a member as a whole number; None if it was not sent."""
        return self._of(name, int)

    def flag(self, name: str) -> bool | None:
        """Return a member as a boolean; None if it was not sent."""
        return self._of(name, bool)

    def texts(self, name: str) -> list[str]:
        """Return a member as a list of texts; empty if it was not sent."""
        value = self.values.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def pairs(self, current: Pairs, name: str = "metadata") -> Pairs:
        """Return ``current`` metadata updated with the received metadata: an empty value removes its key, an empty text
        clears all.
        """
        if name not in self.values:
            return current
        sent = self.values[name]
        if not isinstance(sent, dict):
            return {}
        merged = {**current, **{key: str(text) for key, text in sent.items()}}
        return {key: text for key, text in merged.items() if text}

    def only(self, names: list[str]) -> JsonObject:
        """Return the named members that were sent."""
        return {name: self.values[name] for name in names if name in self.values}


@dataclass(frozen=True)
class Ask:
    """Input of a handler: the id in the path (if any), the parameters, and the address under which the simulator was
    called.
    """

    given: Given
    id: str = ""
    origin: str = ""

    def expand(self) -> list[str]:
        """Return the paths of the members that the caller wants to expand."""
        return self.given.texts("expand")


def seconds(value: JsonValue) -> int | None:
    """Return a JSON number as seconds, or None for any other value."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
