"""Decoding of text files that people hand in: as uploads, as files sent to the bot, and as arguments of commands."""

import codecs
import re
from typing import Final

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # The mark of UTF-32 begins with the mark of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_ENDS: Final = re.compile(r"\r\n?")
_SAMPLE: Final = 4096


def decode_file(content: bytes) -> str:
    """Return the text of a file, with line feeds as line ends.

    The file may be UTF-8 or UTF-16, with or without a byte order mark. Raises InvalidInput with the line for a file in
    another encoding, whose bytes would be read as wrong letters.
    """
    mark, encoding = next(
        (each for each in _BYTE_ORDER_MARKS if content.startswith(each[0])), (b"", _unmarked_encoding(content))
    )
    body = content[len(mark) :]
    try:
        return clean_lines(body.decode(encoding))
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        line = clean_lines(before).count("\n") + 1
        raise InvalidInput(
            "file",
            phrase(
                f"line {line} isn't UTF-8: save the file as UTF-8 (in a spreadsheet as “CSV UTF-8”) and try again",
                f"la línea {line} no está en UTF-8: guarda el archivo como UTF-8 (en una hoja de cálculo, como «CSV "
                "UTF-8») y vuelve a intentarlo",
            ),
        ) from error


def clean_lines(text: str) -> str:
    """Return a text with line feeds as line ends, and without a byte order mark and NUL characters, which PostgreSQL
    cannot store.
    """
    return _LINE_ENDS.sub("\n", text.removeprefix("\ufeff").replace("\0", ""))


def _unmarked_encoding(content: bytes) -> str:
    """Return the encoding of a file without a byte order mark. In UTF-16, every other byte of most letters is zero."""
    even, odd = (content[start:_SAMPLE:2] for start in (0, 1))
    if odd.count(0) > len(odd) / 2 > even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > len(even) / 2 > odd.count(0) else "utf-8"
