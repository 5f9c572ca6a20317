"""Type check of the objects (parts) that features declare. Fields or members of the wrong type are left out, and the
others are kept.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature, Part

P = TypeVar("P", bound=Part)

_FITTED: Final[dict[tuple[str, str], tuple[Part, Any]]] = {}


def fitted_once(feature: str, part: P) -> P:
    """Return the result of `fitted`, cached because parts are read on each page."""
    key = feature, part.module
    if key not in _FITTED or _FITTED[key][0] is not part:
        _FITTED[key] = part, fitted(feature, part, part.module)
    found: P = _FITTED[key][1]
    return found


def fitted(feature: str, part: Any, where: str) -> Any:
    """Return the part if all its fields have the declared types. Otherwise return a copy with the default values of the
    wrong fields, and without the wrong members of collections, and report each of them. Raises InvalidFeature for a
    wrong field that has no default.

    where: name of the part, used as the prefix of the field names in reports
    """
    kind: Any = type(part)
    hints, changes = _hints(kind), dict[str, Any]()
    for field in fields(part):
        value, hint = getattr(part, field.name), hints.get(field.name, Any)
        if not _fits(value, hint):
            changes[field.name] = _kept(feature, field, value, hint, f"{where}.{field.name}")
    return replace(part, **changes) if changes else part


def _kept(feature: str, field: Field[Any], value: Any, hint: Any, path: str) -> Any:
    """Return the usable value of a field that has the wrong type: its members of the declared type, or otherwise the
    field's default. Raises InvalidFeature if there is neither.
    """
    wrong = InvalidFeature(f"{path} has another type than the promised one: {value!r}")
    is_needed = field.default is MISSING and field.default_factory is MISSING
    with contained(feature, path, lasts=True, passes=(InvalidFeature,) if is_needed else ()):
        kind: Any = get_origin(hint) or hint
        if not isinstance(kind, type) or not _is_of(value, kind):
            raise wrong
        if is_dataclass(value):
            return fitted(feature, value, path)
        if not issubclass(kind, Collection):
            raise wrong
        found = [each for each in _members(value) if _fits_member(each, hint)]
        kept = dict(found) if isinstance(value, Mapping) else type(value)(found)
        with contained(feature, path, lasts=True):
            raise wrong
        return kept
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _members(value: Any) -> Iterable[Any]:
    return value.items() if isinstance(value, Mapping) else value


def _fits_member(member: Any, hint: Any) -> bool:
    of = get_args(hint)
    return all(map(_fits, member, of)) if issubclass(get_origin(hint) or hint, Mapping) else _fits(member, of[0])


def _fits(value: Any, hint: Any) -> bool:
    """Return True if a value and all of its members have the declared type. For a function, only check that the value
    is callable.
    """
    kind, of = get_origin(hint) or hint, get_args(hint)
    if kind in {Union, UnionType}:
        return any(_fits(value, each) for each in of)
    if kind is Callable:
        return callable(value)
    if not _is_of(value, kind):
        return False
    if kind is tuple and of and of[-1] is not Ellipsis:
        return len(value) == len(of) and all(map(_fits, value, of))
    return all(_fits_member(each, hint) for each in _members(value)) if _holds_members(kind, of) else _has_fields(value)


def _holds_members(kind: Any, of: tuple[Any, ...]) -> bool:
    return bool(of) and isinstance(kind, type) and issubclass(kind, Collection)


def _has_fields(value: Any) -> bool:
    """Return False for a dataclass object with a field of another type than the declared one; otherwise True."""
    if not is_dataclass(value) or isinstance(value, type):
        return True
    hints = _hints(type(value))
    return all(_fits(getattr(value, each.name), hints.get(each.name, Any)) for each in fields(value))


def _is_of(value: Any, kind: Any) -> bool:
    if kind in {None, NoneType}:
        return value is None
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        # Any, a type variable, a new type or a protocol cannot be checked.
        return True
    return isinstance(value, kind) and not (isinstance(value, str) and not issubclass(kind, str))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    try:
        return get_type_hints(kind)
    except NameError:
        # An annotation uses a name that is imported for type checkers only.
        return {}
