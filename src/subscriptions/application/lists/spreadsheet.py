"""Conversion of text typed by people into cells that spreadsheet programs do not evaluate as formulas."""

from typing import Final

_FORMULA: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""Characters that start a formula in a spreadsheet, including their full-width forms. Customers choose their names
freely, so a name may start with one.
"""
_CELLS: Final = str.maketrans(";\t\r\n", ",   ")
"""Characters at which some spreadsheets start another cell or line even within quotes, with their replacements."""


def plain(words: str) -> str:
    """Return the text as a cell that no spreadsheet evaluates. An apostrophe is put before text that would start a
    formula, and separators are replaced.
    """
    flat = words.translate(_CELLS)
    return f"'{flat}" if words.startswith(_FORMULA) else flat
