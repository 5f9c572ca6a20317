"""Validation rules of the API's parameters, with the names by which Cryptomus reports broken rules."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue

from umbral_sandbox.payments.cryptomus.errors import CryptomusError
from umbral_sandbox.payments.cryptomus.records import JsonObject

#: Function that returns the name of the broken rule, or None.
Check = Callable[[JsonValue], str | None]

_ALPHA_DASH: Final = re.compile(r"[A-Za-z0-9_-]+")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")


@dataclass(frozen=True)
class Rule:
    """Rule of one parameter."""

    check: Check
    required: bool = False


@dataclass(frozen=True)
class Form:
    """Parameters of one call. any_of: parameters of which at least one is required. together: parameters that must be
    sent together or not at all.
    """

    rules: Mapping[str, Rule]
    any_of: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    def check(self, sent: JsonObject) -> "Given":
        """Return the parameters without null values; raise CryptomusError naming every parameter that is wrong, missing
        or unknown.
        """
        given: JsonObject = {name: value for name, value in sent.items() if value is not None}
        broken = {name: "prohibited" for name in sent if name not in self.rules}
        for name, rule in self.rules.items():
            if name in given:
                if (wrong := rule.check(given[name])) is not None:
                    broken[name] = wrong
            elif rule.required:
                broken[name] = "required"
        if self.any_of and not any(name in given for name in self.any_of):
            word = "required_without" if len(self.any_of) == 2 else "required_without_all"
            broken |= dict.fromkeys(self.any_of, word)
        if any(name in given for name in self.together):
            broken |= {name: "required_with" for name in self.together if name not in given}
        if broken:
            errors = {name: [f"validation.{rule}"] for name, rule in broken.items()}
            raise CryptomusError(", ".join(sorted(broken)), errors=errors)
        return Given(given)


@dataclass(frozen=True)
class Given:
    """Typed access to checked parameters."""

    values: JsonObject

    def text(self, name: str) -> str | None:
        """Return a text, or a number as text; None if the parameter was not sent."""
        value = self.values.get(name)
        return None if value is None else str(value)

    def needed(self, name: str) -> str:
        """Return a text that the form requires."""
        return str(self.values[name])

    def number(self, name: str) -> int | None:
        """Return a whole number, sent as a number or as text; None if the parameter was not sent."""
        value = self.values.get(name)
        return int(value) if isinstance(value, int | str) else None

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean, in any accepted spelling."""
        value = self.values.get(name)
        return default if value is None else value in _TRUE


_TRUE: Final = (True, 1, "1", "true")
_FALSE: Final = (False, 0, "0", "false")


def text(low: int, high: int) -> Check:
    """Return a check for a text with a number of characters in the range."""

    def check(value: JsonValue) -> str | None:
        if not isinstance(value, str):
            return "string"
        return "min" if len(value) < low else "max" if len(value) > high else None

    return check


def order_id(high: int) -> Check:
    """Return a check for letters, digits, dashes and underscores, at most ``high`` characters."""
    sized = text(1, high)

    def check(value: JsonValue) -> str | None:
        if (wrong := sized(value)) is not None:
            return wrong
        return None if isinstance(value, str) and _ALPHA_DASH.fullmatch(value) else "alpha_dash"

    return check


def url(value: JsonValue) -> str | None:
    """Return the broken rule, or None for a valid address of at most 255 characters."""
    if not isinstance(value, str):
        return "string"
    if not 6 <= len(value) <= 255:
        return "min" if len(value) < 6 else "max"
    parts = urlsplit(value)
    return None if parts.scheme in {"http", "https"} and parts.netloc else "url"


def uuid(value: JsonValue) -> str | None:
    """Return the broken rule, or None for a uuid."""
    return None if isinstance(value, str) and _UUID.fullmatch(value) else "uuid"


def amount(value: JsonValue) -> str | None:
    """Return the broken rule, or None for a text with an amount above zero."""
    if not isinstance(value, str):
        return "string"
    if not _AMOUNT.fullmatch(value):
        return "numeric"
    return None if Decimal(value) > 0 else "gt"


def boolean(value: JsonValue) -> str | None:
    """Return the broken rule, or None for an accepted spelling of true or false."""
    return None if value in (*_TRUE, *_FALSE) else "boolean"


def integer(low: int, high: int) -> Check:
    """Return a check for a whole number in the range."""

    def check(value: JsonValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"-?[0-9]+", str(value)):
            return "integer"
        return "min" if int(value) < low else "max" if int(value) > high else None

    return check


def numeric(low: int, high: int) -> Check:
    """Return a check for any number in the range."""

    def check(value: JsonValue) -> str | None:
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(value)):
            return "numeric"
        return "min" if Decimal(str(value)) < low else "max" if Decimal(str(value)) > high else None

    return check


def one_of(*words: str) -> Check:
    """Return a check for one of these texts."""

    def check(value: JsonValue) -> str | None:
        return None if value in words else "in"

    return check


def coins(value: JsonValue) -> str | None:
    """Return the broken rule, or None for a list of ``{"currency", "network"?}``."""
    fits = isinstance(value, list) and all(
        isinstance(each, dict) and set(each) <= {"currency", "network"} and "currency" in each for each in value
    )
    return None if fits else "array"
