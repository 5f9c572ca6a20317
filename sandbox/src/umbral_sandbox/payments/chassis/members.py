"""Typed access to the members of a received JSON object."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import JsonValue


@dataclass(frozen=True)
class Members:
    """Received JSON object; a member that is missing, or of another type, reads as None."""

    values: dict[str, JsonValue] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return a member as a text; None if it is missing."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def tree(self, name: str) -> Self:
        """Return a member as an object; empty if it is missing."""
        value = self.values.get(name)
        return type(self)(value if isinstance(value, dict) else {})

    def trees(self, name: str) -> list[Self]:
        """Return a member as a list of objects; empty if it is missing."""
        value = self.values.get(name)
        return [type(self)(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []
