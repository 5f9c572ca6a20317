"""What was sent, read by type."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import JsonValue


@dataclass(frozen=True)
class Members:
    """An object that was sent; a member that was not, or that is of another type, reads as None."""

    values: dict[str, JsonValue] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A text."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def tree(self, name: str) -> Self:
        """An object; empty when it was not sent."""
        value = self.values.get(name)
        return type(self)(value if isinstance(value, dict) else {})

    def trees(self, name: str) -> list[Self]:
        """A list of objects."""
        value = self.values.get(name)
        return [type(self)(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []
