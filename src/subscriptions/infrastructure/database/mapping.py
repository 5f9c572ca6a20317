"""Conversion of entities to rows and back, based on the types of their fields.

- A `Money` field `price` is stored in the columns `price_minor` and `price_currency`, both NULL for None.
- An enum is stored as TEXT.
- A set of words is stored as TEXT, sorted and separated by spaces; NULL if empty.
- A JSON column has an explicit, versioned codec.
- `events` is not stored. All other values are stored unchanged.
"""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from subscriptions.domain.money import Money


class Entity(Protocol):
    """Class whose objects are stored in rows; any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


E = TypeVar("E", bound=Entity)


class Codec(Protocol):
    """Conversion of a value to and from its form in PostgreSQL."""

    def dump(self, value: Any) -> object:
        """Convert a value to the database's form."""
        ...

    def load(self, value: Any) -> Any:
        """Convert a value from the database's form."""
        ...


class RowMapper(Generic[E]):
    """Converter of one entity class to rows and back. Field names are column names, unless `columns` maps them."""

    def __init__(
        self,
        entity: type[E],
        *,
        codecs: Mapping[str, Codec] | None = None,
        read_only: Collection[str] = (),
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """codecs: codec of each field whose type does not determine one
        read_only: fields that a query computes and that have no column
        columns: column of each field that has another name than its column
        """
        self._renamed = columns or {}
        self._read_only = read_only
        self._entity = entity
        hints = get_type_hints(entity)
        given_codecs = codecs or {}
        fields = [field.name for field in dataclasses.fields(entity) if field.name != "events"]
        self._money = [name for name in fields if _bare(hints[name]) is Money]
        self._fields = {
            name: given_codecs.get(name, _codec_for(hints[name])) for name in fields if name not in self._money
        }

    @property
    def columns(self) -> list[str]:
        """Names of the columns of a row."""
        names = [self._renamed.get(name, name) for name in self._fields if name not in self._read_only]
        return [*names, *(f"{name}_{part}" for name in self._money for part in ("minor", "currency"))]

    def to_row(self, entity: E) -> dict[str, object]:
        """Return the entity's values keyed by column."""
        row: dict[str, object] = {}
        for name, codec in self._fields.items():
            if name in self._read_only:
                continue
            value = getattr(entity, name)
            row[self._renamed.get(name, name)] = value if value is None else codec.dump(value)
        for name in self._money:
            money: Money | None = getattr(entity, name)
            row[f"{name}_minor"] = money.minor if money is not None else None
            row[f"{name}_currency"] = money.currency if money is not None else None
        return row

    def to_entity(self, row: Mapping[str, Any]) -> E:
        """Return the entity of a row; unknown columns are ignored."""
        values: dict[str, Any] = {}
        for name, codec in self._fields.items():
            value = row[self._renamed.get(name, name)]
            values[name] = codec.load(value) if value is not None or isinstance(codec, _WordSet) else None
        for name in self._money:
            minor = row[f"{name}_minor"]
            values[name] = Money(minor, row[f"{name}_currency"]) if minor is not None else None
        return self._entity(**values)


class _AsIs:
    def dump(self, value: Any) -> object:
        return storable(value)

    def load(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class _EnumText:
    kind: type[StrEnum]

    def dump(self, value: Any) -> object:
        return str(value)

    def load(self, value: Any) -> Any:
        return self.kind(value)


class _WordSet:
    def dump(self, value: Any) -> object:
        return " ".join(sorted(value)) or None

    def load(self, value: Any) -> Any:
        return frozenset((value or "").split())


DEEPEST: Final = 100
"""Maximum depth of stored JSON. Genuine updates and events have about a dozen levels; a thousand levels cause a
RecursionError.
"""


def storable(value: Any, depth: int = 0) -> Any:
    """Replace characters that PostgreSQL does not store in text (NUL and lone surrogates), also inside JSON.

    depth: depth of the value inside the JSON; objects and arrays at depth DEEPEST are replaced by None
    """
    match value:
        case str():
            return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode() if _unfit(value) else value
        case {} | list() | tuple() if depth == DEEPEST:
            return None
        case {}:
            return {storable(name): storable(part, depth + 1) for name, part in value.items()}
        case list() | tuple():
            return [storable(part, depth + 1) for part in value]
    return value


def _unfit(text: str) -> bool:
    return "\x00" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text))


def _bare(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        parts = [part for part in get_args(hint) if part is not NoneType]
        return parts[0] if len(parts) == 1 else hint
    return hint


def _codec_for(hint: Any) -> Codec:
    bare = _bare(hint)
    if get_origin(bare) is frozenset:
        return _WordSet()
    return _EnumText(bare) if isinstance(bare, type) and issubclass(bare, StrEnum) else _AsIs()
