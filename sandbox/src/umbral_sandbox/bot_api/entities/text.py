"""Formatted text, with positions counted in UTF-16 units."""

from dataclasses import dataclass, field

Entity = dict[str, object]


def utf16_length(text: str) -> int:
    """Return the length of `text` as Telegram counts it: in UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Return the part of `text` that an entity covers."""
    units = text.encode("utf-16-le")
    return units[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def is_date_format(text: str) -> bool:
    """Return True if the text is a `date_time_format`: `r` alone, or letters of `w`, `d`, `D`, `t`, `T` (tdlib,
    FormattedDate).
    """
    return text in {"r", "R"} or set(text) <= set("wWdDtT")


class EntityError(ValueError):
    """Failure to parse markup; the message names the position."""


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Plain text with entities, offsets in UTF-16 units."""

    text: str
    entities: list[Entity] = field(default_factory=list)


class Output:
    """Collector of parsed text that tracks the position of the next character."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.position = 0

    def add(self, text: str) -> None:
        """Append characters to the text."""
        self._parts.append(text)
        self.position += utf16_length(text)

    def text(self) -> str:
        """Return all the text appended so far."""
        return "".join(self._parts)

    def since(self, position: int) -> str:
        """Return the text appended after this position."""
        return utf16_slice(self.text(), position, self.position - position)


def trimmed(formatted: FormattedText) -> FormattedText:
    """Strip white space from both ends, as Telegram does with every message, and shift the entities."""
    text = formatted.text.rstrip()
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.lstrip()
    size = utf16_length(text)
    entities = [_moved(entity, lead, size) for entity in formatted.entities]
    kept = [entity for entity in entities if entity is not None]
    return FormattedText(text, sorted(kept, key=_order))


def _moved(entity: Entity, lead: int, size: int) -> Entity | None:
    offset, length = _number(entity, "offset"), _number(entity, "length")
    begin = max(offset - lead, 0)
    end = min(offset + length - lead, size)
    return {**entity, "offset": begin, "length": end - begin} if end > begin else None


def _order(entity: Entity) -> tuple[int, int]:
    return _number(entity, "offset"), -_number(entity, "length")


def _number(entity: Entity, key: str) -> int:
    value = entity[key]
    return value if isinstance(value, int) else 0
