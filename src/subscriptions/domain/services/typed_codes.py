"""Detection of codes that customers type into the chat. A code is recognized by its form, whatever its spelling."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from subscriptions.domain.entities.activation_token import looks_like_token

_LABEL: Final = re.compile(
    r"(?:(?:mi|el|my|the|o|meu)\s+)?(?:promo\s+)?(?:c[oó]digo|code|cup[oó]n|cupom|coupon|voucher)"
    r"(?:\s+(?:promocional|de\s+descuento|de\s+desconto))?(?:\s+(?:es|is|é))?\s*[:=]?\s+",
    re.IGNORECASE,
)
"""Words that people write before a code."""
_QUOTES: Final = " \t\r\n\"'«»“”‘’.,;:!¡¿?()[]"
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_OTHERS: Final = re.compile(
    r"[A-Z]\d{4}-\d+"  # a receipt or an invoice
    r"|[0-9A-F]{8}"  # an order
    r"|[A-Z]?\d+[A-Z]{0,2}"  # a tax number, a measure, an amount
)
"""Pattern of other identifiers and numbers that customers mention: receipts, orders, tax numbers and amounts."""
_LONGEST_PHRASE: Final = 4
_SHORTEST, _LONGEST = 3, 32
_SHORTEST_TYPO: Final = 4
CLOSE_LENGTH: Final = 2
"""Maximum difference in length between a mistyped code and the intended one."""
_CLOSE: Final = 0.75


@dataclass(frozen=True)
class TypedCode:
    """Message that consists of one code.

    text: the code in upper case without whitespace
    is_certain: True if the form alone identifies a code; otherwise the text is a code only if a code with this or a
        similar name exists
    """

    text: str
    is_certain: bool


def typed_code(text: str) -> TypedCode | None:
    """Return the code that a message consists of. Return None for any other text."""
    match = _LABEL.match(text.strip(_QUOTES))
    groups = (text.strip(_QUOTES)[match.end() :] if match else text).strip(_QUOTES).split()
    code = "".join(groups).upper()
    if not (
        1 <= len(groups) <= _LONGEST_PHRASE
        and _SHORTEST <= len(code) <= _LONGEST
        and all(map(_WORD.match, groups))
        and any(map(str.isalpha, code))
    ):
        return None
    has_digit = any(map(str.isdigit, code))
    is_capitals = "".join(groups) == code
    if len(groups) > 1 and not has_digit:
        return None
    if match:
        return TypedCode(code, is_certain=has_digit or is_capitals)
    is_other = _OTHERS.fullmatch(code) is not None
    is_token = looks_like_token(letters_of_code(code))
    is_certain = has_digit and not is_other and (len(groups) == 1 or is_capitals or is_token)
    return TypedCode(code, is_certain=is_certain and len(code) > _SHORTEST)


def letters_of_code(code: str) -> str:
    """Return a code without the separators that people add or omit."""
    return code.replace("-", "").replace("_", "")


def is_close(code: str, codes: Collection[str]) -> bool:
    """Return True if a word is one of these codes with a small typing error."""
    near = [each for each in codes if abs(len(each) - len(code)) <= CLOSE_LENGTH]
    return len(code) >= _SHORTEST_TYPO and bool(get_close_matches(code, near, n=1, cutoff=_CLOSE))
