"""JSON in the form of PHP's ``json_encode``, because the provider signs this exact text."""

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
#: Escaped even if other characters are not, because JavaScript treated them as line ends.
_LINE_ENDS: Final = frozenset("\u2028\u2029")
_INDENT: Final = "    "


@dataclass(frozen=True)
class Flags:
    """PHP's options JSON_UNESCAPED_UNICODE, JSON_UNESCAPED_SLASHES and JSON_PRETTY_PRINT."""

    unescaped_unicode: bool = False
    unescaped_slashes: bool = False
    pretty: bool = False


#: Form that is hashed for a signature, whatever form is sent.
SIGNED: Final = Flags(unescaped_unicode=True)
#: Forms in which a body can be sent, by their name in the control interface.
FORMS: Final = {
    "default": Flags(),
    "unicode": SIGNED,
    "slashes": Flags(unescaped_unicode=True, unescaped_slashes=True),
    "pretty": Flags(unescaped_unicode=True, pretty=True),
}


def encode(value: JsonValue, flags: Flags, depth: int = 0) -> str:
    """Return ``value`` as text. An empty object becomes ``[]``, because PHP treats it as an empty array."""
    match value:
        case dict():
            colon = ": " if flags.pretty else ":"
            parts = [_text(name, flags) + colon + encode(each, flags, depth + 1) for name, each in value.items()]
            return _joined("{", parts, "}", flags, depth) if parts else "[]"
        case list():
            return _joined("[", [encode(each, flags, depth + 1) for each in value], "]", flags, depth)
        case str():
            return _text(value, flags)
        case float():
            return number(value)
        case _:
            return json.dumps(value)


def number(value: float) -> str:
    """Format a float with ``serialize_precision`` -1: the shortest digits, no zero after the point, ``1.0e+25``."""
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be JSON")
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    if not isinstance(exponent, int) or value == 0:
        return "-0" if sign else "0"
    shown = "".join(str(each) for each in digits).rstrip("0")
    point = len(digits) + exponent
    minus = "-" if sign else ""
    if point < -3 or point > 17:
        power = point - 1
        return f"{minus}{shown[0]}.{shown[1:] or '0'}e{'+' if power >= 0 else '-'}{abs(power)}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{shown}"
    if point >= len(shown):
        return minus + shown + "0" * (point - len(shown))
    return f"{minus}{shown[:point]}.{shown[point:]}"


def _text(value: str, flags: Flags) -> str:
    return '"' + "".join(_character(each, flags) for each in value) + '"'


def _character(one: str, flags: Flags) -> str:
    if one in _SHORT:
        return _SHORT[one]
    if one == "/":
        return "/" if flags.unescaped_slashes else "\\/"
    if one < " " or one in _LINE_ENDS or (one > "\x7f" and not flags.unescaped_unicode):
        units = one.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    return one


def _joined(opening: str, parts: list[str], closing: str, flags: Flags, depth: int) -> str:
    if not flags.pretty or not parts:
        return opening + ",".join(parts) + closing
    inner = "\n" + _INDENT * (depth + 1)
    return opening + inner + ("," + inner).join(parts) + "\n" + _INDENT * depth + closing
