"""JSON as PHP writes it: the provider signs that text, and any other spelling of the same value has another signature.

Measured with PHP 8.2: `/` is written `\\/`, U+2028 and U+2029 are escaped even with JSON_UNESCAPED_UNICODE, and numbers
have spellings that no other language repeats (`1.0e+25`). So numbers are kept as they were written.
"""

import json
from typing import Any

from subscriptions.infrastructure.providers.reader import Literal


def parse(text: str) -> Any:
    """The value, its keys in their order and its numbers as Literal.

    Raises ValueError for what is no JSON or names a key twice (who signed it saw only one of the two), RecursionError
    for absurd nesting.
    """
    return json.loads(
        text, object_pairs_hook=_object, parse_int=Literal, parse_float=Literal, parse_constant=_no_constant
    )


def dump(value: Any) -> str:
    """What `json_encode($value, JSON_UNESCAPED_UNICODE)` gives. Raises RecursionError like `read`."""
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
    """What `json_encode($value)` gives, in ASCII: the one spelling that is the same again after PHP has read it."""
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
