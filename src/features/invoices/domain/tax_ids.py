"""Validation of tax numbers.

Spanish numbers are checked by their check letter or digit (Real Decreto 1065/2007, articles 18 to 24, and Orden
EHA/451/2008). Numbers of other countries are checked only for the form of an EU VAT number, since only the countries'
tax offices can check more.
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
    """Return the number in upper case without spaces, dots, dashes and the prefix ES; None if it is not valid."""
    number = re.sub(r"[\s.\-/]", "", words).upper()
    own = number.removeprefix("ES")
    if (person := _PERSON.fullmatch(own)) is not None:
        return own if person[3] == _letter(person[1], person[2]) else None
    if (company := _COMPANY.fullmatch(own)) is not None:
        return own if company[3] in _checks(company[1], company[2]) else None
    return number if _ABROAD.fullmatch(number) else None


def spanish(number: str) -> bool:
    """Return True if a tax number that is already known to be valid is Spanish."""
    return not _ABROAD.fullmatch(number)


def _letter(first_sign: str, digits: str) -> str:
    """Return the check letter of a person's tax number. first_sign: first character, which is a letter for foreigners
    and
    children. digits: the seven digits that follow.
    """
    begin = {"X": "0", "Y": "1", "Z": "2", "K": "", "L": "", "M": ""}.get(first_sign, first_sign)
    return _LETTERS[int(begin + digits) % 23]


def _checks(kind: str, digits: str) -> str:
    """Return the valid check characters of an entity's tax number: a letter for public bodies and foreign entities, a
    digit for companies, and either for others.
    """
    odd = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::2])
    control = -(odd + sum(map(int, digits[1::2]))) % 10
    letter = "JABCDEFGHI"[control]
    if kind in "PQRSNW":
        return letter
    return str(control) if kind in "ABEH" else f"{control}{letter}"
