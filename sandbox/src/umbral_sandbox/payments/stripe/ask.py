"""A checked request, read by type."""

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.records import JsonObject, Pairs

T = TypeVar("T", str, int, bool)


@dataclass(frozen=True)
class Given:
    """Checked parameters; a member that was not sent, or was unset, reads as None."""

    values: JsonObject = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def _of(self, name: str, kind: type[T]) -> T | None:
        value = self.values.get(name)
        return value if isinstance(value, kind) else None

    def text(self, name: str) -> str | None:
        """A text."""
        return self._of(name, str)

    def number(self, name: str) -> int | None:
        """A whole number."""
        return self._of(name, int)

    def flag(self, name: str) -> bool | None:
        """A truth value."""
        return self._of(name, bool)

    def tree(self, name: str) -> "Given":
        """An object; empty when it was not sent."""
        value = self.values.get(name)
        return Given(value) if isinstance(value, dict) else Given()

    def trees(self, name: str) -> list["Given"]:
        """A list of objects."""
        value = self.values.get(name)
        return [Given(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.values.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def pairs(self, current: Pairs, name: str = "metadata") -> Pairs:
        """``current`` metadata with what was sent laid over it: empty values remove, an empty whole clears."""
        if name not in self.values:
            return current
        sent = self.values[name]
        if not isinstance(sent, dict):
            return {}
        merged = {**current, **{key: str(text) for key, text in sent.items()}}
        return {key: text for key, text in merged.items() if text}

    def only(self, names: list[str]) -> JsonObject:
        """Those of the named members that were sent."""
        return {name: self.values[name] for name in names if name in self.values}


@dataclass(frozen=True)
class Ask:
    """One request: the id in its path (if any), its parameters, and the address it was sent to."""

    given: Given
    id: str = ""
    origin: str = ""

    def expand(self) -> list[str]:
        """What should be given whole."""
        return self.given.texts("expand")


def seconds(value: JsonValue) -> int | None:
    """A number in JSON as seconds."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
