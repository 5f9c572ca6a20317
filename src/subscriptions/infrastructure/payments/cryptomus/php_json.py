"""JSON as PHP writes it. The provider signs this form, and any other form of the same value has another signature.

Observed with PHP 8.2: `/` is written `\\\\/`, U+2028 and U+2029 are escaped even with JSON_UNESCAPED_UNICODE, and
numbers have forms that other languages do not produce (`1.0e+25`). Numbers therefore keep their original text.
"""

import json
from typing import Any

from subscriptions.infrastructure.providers.reader import Literal


def parse(text: str) -> Any:
    """Parse JSON. The order of keys is kept, and numbers become Literal.

    Raises ValueError for invalid JSON and for a duplicate key, of which the signer saw only one value, and
    RecursionError for excessive nesting.
    """
    return json.loads(
        text, object_pairs_hook=_object, parse_int=Literal, parse_float=Literal, parse_constant=_no_constant
    )


def dump(value: Any) -> str:
    """Return the output of `json_encode($value, JSON_UNESCAPED_UNICODE)`.

    Raises RecursionError for excessive nesting.
    """
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{dump(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(member) for member in value) + "]"
    return json.dumps(value)


def dump_plain(value: Any) -> bytes:
    """Return the output of `json_encode($value)` in ASCII, the only form that PHP reproduces after parsing."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def _text(value: str) -> str:
    json_text = json.dumps(value, ensure_ascii=False)
    return json_text.replace("/", "\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
