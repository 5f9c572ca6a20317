"""Words of people as cells of a spreadsheet."""

from typing import Final

_FORMULA: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet would take for the beginning of a formula, also in full width; names come from people."""
_CELLS: Final = str.maketrans(";\t\r\n", ",   ")
"""What some spreadsheets begin another cell or line at, quoted or not, and what stands there instead."""


def plain(words: str) -> str:
    """Words as a cell that no spreadsheet calculates: what would begin a formula begins with an apostrophe, and
    nothing in it begins another cell.
    """
    flat = words.translate(_CELLS)
    return f"'{flat}" if words.startswith(_FORMULA) else flat
