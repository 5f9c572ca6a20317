"""Printable PDF files, such as receipts and withdrawal acknowledgements.

The same input always produces the same bytes, and a document contains only stored facts. Routers import this module
when the first document is requested.
"""

import io
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

import pydyf

_PAGE: Final = (595, 842)
"""Size of an A4 page in points."""
_MARGIN: Final = 64
_TOP: Final = 770
_VALUE: Final = 210
"""Horizontal position of the second column, in points."""
_WIDE: Final = 60
"""Maximum number of characters in one line of the second column."""
_LEFT_OUT: Final = frozenset({"So", "Sk", "Mn", "Me", "Cf", "Cc", "Cn"})
"""Unicode categories of characters that are removed because the text stays readable without them: emoji and their
modifiers, combining accents, invisible characters.
"""
_STROKES: Final = str.maketrans("łŁđĐħĦŧŦ−", "lLdDhHtT–")
"""Replacements for letters with a stroke, which Unicode does not decompose, and for the minus sign, which the fonts can
only show as a dash.
"""
REGULAR: Final = "F1"
_BOLD: Final = "F2"


def western(words: str) -> str:
    """Replace characters so that the text contains only those of the standard PDF fonts: Western European letters and
    the euro sign.

    Other letters lose their accents; characters without an equivalent become a question mark.
    """
    return "".join(map(_nearest, unicodedata.normalize("NFC", words)))


def _nearest(sign: str) -> str:
    for form in (sign, unicodedata.normalize("NFKD", sign).translate(_STROKES)):
        if character := form.encode("cp1252", "ignore").decode("cp1252"):
            return character
    return "" if unicodedata.category(sign) in _LEFT_OUT else "?"


def document(
    brand: str, title: str, rows: Sequence[tuple[str, str]], draw: Callable[[pydyf.Stream], None] | None = None
) -> bytes:
    """Return a PDF page with the brand, a title and rows of names and values, the last value in bold.

    draw: function that draws further content on the page.
    """
    stream, height = pydyf.Stream(), _TOP
    if draw is not None:
        draw(stream)
    write(stream, _BOLD, 14, _MARGIN, height, brand)
    height -= 36
    write(stream, _BOLD, 20, _MARGIN, height, title)
    height -= 40
    for name, value in rows:
        write(stream, REGULAR, 11, _MARGIN, height, name)
        for part in textwrap.wrap(value, _WIDE):
            write(stream, _BOLD if (name, value) == rows[-1] else REGULAR, 11, _VALUE, height, part)
            height -= 16
        height -= 8
    return _render(stream)


def write(stream: pydyf.Stream, font: str, size: int, x: int, y: int, words: str) -> None:
    """Write a line of text at a position given in points."""
    stream.begin_text()
    stream.set_font_size(font, size)
    stream.set_text_matrix(1, 0, 0, 1, x, y)
    stream.show_text_string(western(words).encode("cp1252").strip())
    stream.end_text()


def _render(stream: pydyf.Stream) -> bytes:
    document = pydyf.PDF()
    document.add_object(stream)
    fonts = {REGULAR: _font(document, "/Helvetica"), _BOLD: _font(document, "/Helvetica-Bold")}
    page = {
        "Type": "/Page",
        "Parent": document.pages.reference,
        "MediaBox": pydyf.Array([0, 0, *_PAGE]),
        "Contents": stream.reference,
        "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
    }
    document.add_page(pydyf.Dictionary(page))
    buffer = io.BytesIO()
    document.write(buffer, identifier=True)
    return buffer.getvalue()


def _font(document: pydyf.PDF, name: str) -> bytes:
    font = pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": name, "Encoding": "/WinAnsiEncoding"})
    document.add_object(font)
    reference: bytes = font.reference
    return reference
