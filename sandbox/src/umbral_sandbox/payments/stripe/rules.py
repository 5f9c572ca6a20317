"""Validation rules of parameters. A rule converts a form's text into a value, or refuses the text as Stripe does."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Protocol

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.errors import StripeError, missing_parameter
from umbral_sandbox.payments.stripe.form import Value


class Rule(Protocol):
    """Rule of one parameter. path: full bracketed name of the parameter, for the error."""

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the checked value; raise StripeError if the value is not allowed."""
        ...


@dataclass(frozen=True)
class Text:
    """Rule of any text up to a length. clearable: True if an empty text unsets the value (None)."""

    longest: int = 5000
    clearable: bool = False

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the checked text; raise StripeError if it is not allowed."""
        if not isinstance(value, str):
            raise StripeError(f"Invalid string: {path} must be a string", param=path)
        if not value:
            if self.clearable:
                return None
            raise StripeError(
                f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{path}' cannot be unset. You should remove '{path}' from your request "
                "or supply a non-empty value.",
                code="parameter_invalid_empty",
                param=path,
            )
        if len(value) > self.longest:
            raise StripeError(
                f"Invalid string: {value[:8]}...{value[-4:]}; must be at most {self.longest} characters",
                param=path,
            )
        return value


@dataclass(frozen=True)
class Whole:
    """Rule of a whole number with bounds."""

    least: int | None = None
    most: int | None = None
    clearable: bool = False

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the checked number; raise StripeError if it is not allowed."""
        if value == "" and self.clearable:
            return None
        try:
            number = int(value) if isinstance(value, str) else None
        except ValueError:
            number = None
        if number is None:
            raise StripeError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        if self.least is not None and number < self.least:
            raise StripeError(
                f"This value must be greater than or equal to {self.least}.",
                code="parameter_invalid_integer",
                param=path,
            )
        if self.most is not None and number > self.most:
            raise StripeError(
                f"This value must be less than or equal to {self.most}.",
                code="parameter_invalid_integer",
                param=path,
            )
        return number


@dataclass(frozen=True)
class Flag:
    """Rule of ``true`` or ``false``."""

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the checked boolean; raise StripeError if it is not allowed."""
        if value not in {"true", "false"}:
            raise StripeError(f"Invalid boolean: {value}", param=path)
        return value == "true"


@dataclass(frozen=True)
class DecimalText:
    """Rule of a decimal number in text form, which remains text."""

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the text if it is a number."""
        if isinstance(value, str) and _is_number(value):
            return value
        raise StripeError(f"Invalid decimal: {value}", param=path)


@dataclass(frozen=True)
class OneOf:
    """Rule of a value from a list."""

    words: tuple[str, ...]

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the checked value; raise StripeError if it is not allowed."""
        if isinstance(value, str) and value in self.words:
            return value
        allowed = ", ".join(self.words[:-1]) + f", or {self.words[-1]}" if len(self.words) > 1 else self.words[0]
        raise StripeError(f"Invalid {path}: must be one of {allowed}", param=path)


@dataclass(frozen=True)
class Metadata:
    """Rule of up to 50 pairs of text. An empty value removes its key, an empty text removes all pairs (None)."""

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the pairs as sent. The caller has to remove the keys that have an empty value."""
        if value == "":
            return None
        if isinstance(value, str):
            raise StripeError(f"Invalid object: {path}", param=path)
        if len(value) > 50:
            raise StripeError("Metadata can have at most 50 keys.", param=path)
        pairs: dict[str, JsonValue] = {}
        for key, text in value.items():
            where = f"{path}[{key}]"
            if not isinstance(text, str):
                raise StripeError(f"Invalid string: {where} must be a string", param=where)
            if len(key) > 40:
                raise StripeError("Metadata keys can be at most 40 characters long.", param=path)
            if len(text) > 500:
                raise StripeError(
                    f"Metadata values can have up to 500 characters, but you passed in a value that is "
                    f"{len(text)} characters. Invalid value: {text[:16]}...",
                    param=where,
                )
            pairs[key] = text
        return pairs


@dataclass(frozen=True)
class ListOf:
    """Rule of numbered values, all checked by the same rule. An empty text empties the list."""

    rule: Rule
    most: int = 100

    def check(self, value: Value, path: str) -> JsonValue:
        """Return the values in the order of their numbers."""
        if value == "":
            return []
        if isinstance(value, str) or not all(key.isdigit() for key in value):
            raise StripeError("Invalid array", param=path)
        if len(value) > self.most:
            raise StripeError(f"Array parameter has too many elements. Maximum length is {self.most}.", param=path)
        keys = sorted(value, key=int)
        return [self.rule.check(value[key], f"{path}[{index}]") for index, key in enumerate(keys)]


@dataclass(frozen=True)
class Either:
    """Rule that checks a text by its first rule, and an object by its second."""

    text: Rule
    tree: Rule

    def check(self, value: Value, path: str) -> JsonValue:
        """Check a text with the first rule, and an object with the second."""
        return (self.text if isinstance(value, str) else self.tree).check(value, path)


@dataclass(frozen=True)
class Fields:
    """Rule of an object with known members.

    closed: members of the real provider that this simulator does not support. They are refused with a separate message,
    so that no caller assumes an effect.
    """

    known: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    closed: frozenset[str] = field(default_factory=frozenset)

    def check(self, value: Value, path: str = "") -> JsonValue:
        """Return the received members, checked."""
        if isinstance(value, str):
            raise StripeError("Invalid object", param=path)
        unknown = [name for name in value if name not in self.known and name not in self.closed]
        if unknown:
            raise self._refuse_unknown(unknown, path)
        for name in value:
            if name in self.closed:
                where = _join(path, name)
                raise StripeError(f"The sandbox does not act out the parameter {where}.", param=where)
        for name in self.required:
            if name not in value:
                raise missing_parameter(_join(path, name))
        return {name: self.known[name].check(below, _join(path, name)) for name, below in value.items()}

    def _refuse_unknown(self, names: list[str], path: str) -> StripeError:
        shown = [_join(path, name) for name in names]
        text = f"Received unknown parameter{'s' if len(shown) > 1 else ''}: {', '.join(shown)}"
        meant = difflib.get_close_matches(names[0], [*self.known, *self.closed], n=1, cutoff=0.8)
        if len(names) == 1 and meant:
            text += f". Did you mean {meant[0]}?"
        return StripeError(text, code="parameter_unknown", param=shown[0])


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
