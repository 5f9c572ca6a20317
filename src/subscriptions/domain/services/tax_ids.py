"""Tax numbers, as buyers type them. Spanish ones are held against their check letter or digit (Real Decreto 1065/2007,
articles 18 to 24, and Orden EHA/451/2008); those of other countries only against the form of an EU VAT number: their
tax offices alone can check more.
"""

import re
from typing import Final

_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_PERSON: Final = re.compile(r"([0-9XYZKLM])([0-9]{7})([A-Z])")
_COMPANY: Final = re.compile(r"([ABCDEFGHJNPQRSUVW])([0-9]{7})([0-9A-J])")
_ABROAD: Final = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[0-9A-Z+*]{2,12}"
)


def read_tax_id(words: str) -> str | None:
    """Return the number in capitals without spaces, dots and dashes, nor Spain's prefix; None where it is none."""
    number = re.sub(r"[\s.\-/]", "", words).upper()
    own = number.removeprefix("ES")
    if (person := _PERSON.fullmatch(own)) is not None:
        return own if person[3] == _letter(person[1], person[2]) else None
    if (company := _COMPANY.fullmatch(own)) is not None:
        return own if company[3] in _checks(company[1], company[2]) else None
    return number if _ABROAD.fullmatch(number) else None


def spanish(number: str) -> bool:
    """Whether a number that was read is a Spanish one."""
    return not _ABROAD.fullmatch(number)


def _letter(first_sign: str, digits: str) -> str:
    """Of a person: of the eight digits, the first of which is a letter for foreigners and for children."""
    begin = {"X": "0", "Y": "1", "Z": "2", "K": "", "L": "", "M": ""}.get(first_sign, first_sign)
    return _LETTERS[int(begin + digits) % 23]


def _checks(kind: str, digits: str) -> str:
    """Of what is no person: a letter for public bodies and foreigners, a digit for companies, either for the others."""
    odd = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::2])
    control = -(odd + sum(map(int, digits[1::2]))) % 10
    letter = "JABCDEFGHI"[control]
    if kind in "PQRSNW":
        return letter
    return str(control) if kind in "ABEH" else f"{control}{letter}"
