"""Validation rules of request members. All errors of a request are reported together, as PayPal does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.amounts import CURRENCIES, WHOLE, is_number
from umbral_sandbox.payments.paypal.errors import Detail, PayPalError, invalid
from umbral_sandbox.payments.paypal.times import read


@dataclass
class Faults:
    """Errors of a request. PayPal reports errors of form (400) before errors of meaning (422)."""

    form: list[Detail] = field(default_factory=list)
    sense: list[Detail] = field(default_factory=list)

    def add(self, issue: str, description: str, path: str, value: JsonValue = None) -> None:
        """Add an error of form at this path."""
        shown = value if isinstance(value, str) else None
        self.form.append(Detail(issue, description, path, shown[:120] if shown is not None else None, "body"))

    def syntax(self, path: str, value: JsonValue) -> None:
        """Add the error for a wrong type or format."""
        text = "The value of a field does not conform to the expected format."
        self.add("INVALID_PARAMETER_SYNTAX", text, path, value)

    def value(self, path: str, value: JsonValue) -> None:
        """Add the error for a value that is not allowed."""
        self.add("INVALID_PARAMETER_VALUE", "The value of a field is invalid.", path, value)

    def nonsense(self, issue: str, description: str, path: str, value: JsonValue = None) -> None:
        """Add the error for a well-formed but impossible value."""
        shown = value if isinstance(value, str) else None
        self.sense.append(Detail(issue, description, path, shown, "body"))

    def stop(self) -> None:
        """Raise PayPalError if errors were added."""
        if self.form:
            raise PayPalError("INVALID_REQUEST", self.form)
        if self.sense:
            raise PayPalError("UNPROCESSABLE_ENTITY", self.sense)


class Rule(Protocol):
    """Rule of one member. path: JSON pointer of the member."""

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Collect the errors of the value."""
        ...


@dataclass(frozen=True)
class Text:
    """Rule of a text, with limits of length and optionally a pattern."""

    longest: int = 2000
    least: int = 1
    pattern: str | None = None

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check the text; its length is counted in characters."""
        if not isinstance(value, str):
            faults.syntax(path, value)
        elif not self.least <= len(value) <= self.longest:
            text = "The value of a field is either too short or too long."
            faults.add("INVALID_STRING_LENGTH", text, path, value)
        elif self.pattern is not None and re.fullmatch(self.pattern, value) is None:
            faults.syntax(path, value)


@dataclass(frozen=True)
class Whole:
    """Rule of a whole number with bounds."""

    least: int
    most: int

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check a JSON number without decimals; a text of digits counts as a number, as at the provider."""
        if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            faults.syntax(path, value)
        elif not self.least <= value <= self.most:
            faults.value(path, str(value))


@dataclass(frozen=True)
class Flag:
    """Rule of a boolean."""

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check for ``true`` or ``false``."""
        if not isinstance(value, bool):
            faults.syntax(path, value)


@dataclass(frozen=True)
class OneOf:
    """Rule of a value from a list."""

    words: tuple[str, ...]

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check the value, case-sensitively."""
        if not isinstance(value, str):
            faults.syntax(path, value)
        elif value not in self.words:
            faults.value(path, value)


@dataclass(frozen=True)
class Time:
    """Rule of a time with its zone."""

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check a time like ``2018-12-10T21:20:49Z``."""
        try:
            read(value if isinstance(value, str) else "")
        except ValueError:
            faults.syntax(path, value)


@dataclass(frozen=True)
class Whatever:
    """Rule that accepts any JSON value, for members that the simulator ignores."""

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Accept any value."""


@dataclass(frozen=True)
class Fields:
    """Rule of an object with known members."""

    members: Mapping[str, Rule]
    required: tuple[str, ...] = ()

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check the members; unknown and missing members are errors."""
        if not isinstance(value, dict):
            faults.syntax(path or "/", value)
            return
        for name in self.required:
            if value.get(name) is None:
                faults.add("MISSING_REQUIRED_PARAMETER", "A required field is missing.", f"{path}/{name}")
        for name, inner in value.items():
            rule = self.members.get(name)
            if rule is None:
                faults.add("NOT_SUPPORTED", "A field used is not currently supported.", f"{path}/{name}")
            elif inner is not None:
                rule.check(inner, f"{path}/{name}", faults)


@dataclass(frozen=True)
class ListOf:
    """Rule of a list of items of one kind."""

    rule: Rule
    least: int = 1
    most: int = 100

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check every item, and the number of items."""
        if not isinstance(value, list):
            faults.syntax(path, value)
            return
        if not self.least <= len(value) <= self.most:
            text = "The number of items in an array parameter is too small or too large."
            faults.add("INVALID_ARRAY_LENGTH", text, path)
        for index, inner in enumerate(value):
            self.rule.check(inner, f"{path}/{index}", faults)


@dataclass(frozen=True)
class Money:
    """Rule of an amount with its currency, named as in the older or the newer API."""

    currency: str = "currency_code"
    amount: str = "value"
    zero: bool = True
    more: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, value: JsonValue, path: str, faults: Faults) -> None:
        """Check for a supported currency, and an amount with at most the decimals of the currency."""
        names: dict[str, Rule] = {self.currency: Text(3, 3, "[A-Z]{3}"), self.amount: Text(32), **self.more}
        before = len(faults.form)
        Fields(names, (self.currency, self.amount)).check(value, path, faults)
        if len(faults.form) != before or not isinstance(value, dict):
            return
        code, text = str(value[self.currency]), str(value[self.amount])
        if code not in CURRENCIES:
            faults.nonsense(
                "CURRENCY_NOT_SUPPORTED", "Currency code is not currently supported.", f"{path}/{self.currency}", code
            )
        elif not is_number(text):
            faults.syntax(f"{path}/{self.amount}", text)
        else:
            self._decimals(code, text, f"{path}/{self.amount}", faults)

    def _decimals(self, code: str, text: str, path: str, faults: Faults) -> None:
        decimals = len(text.partition(".")[2])
        if code in WHOLE and decimals:
            faults.nonsense("DECIMALS_NOT_SUPPORTED", "Currency does not support decimals.", path, text)
        elif decimals > 2:
            words = "If the currency supports decimals, only two decimal place precision is supported."
            faults.nonsense("DECIMAL_PRECISION", words, path, text)
        elif not self.zero and not float(text):
            faults.nonsense("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.", path, text)


def checked(rule: Rule, value: JsonValue) -> None:
    """Raise PayPalError if the body of a request breaks the rule."""
    faults = Faults()
    rule.check(value, "", faults)
    faults.stop()


def check_query(given: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Raise PayPalError if the query contains unknown parameters."""
    for name in given:
        if name not in known:
            raise invalid("NOT_SUPPORTED", "A field used is not currently supported.", name, "query")
