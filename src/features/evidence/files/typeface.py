"""Embedding of a TrueType font into a PDF, so that names in any script that the font supports can be read, searched and
copied.

pydyf writes PDF objects and does not handle fonts. Only the font's widths and its character map are read
(https://learn.microsoft.com/typography/opentype/spec/otff).
"""

import struct
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import Final

import pydyf

_SPACE: Final = 0x20
_NO_LOSS: Final = frozenset({"So", "Sk", "Mn", "Me", "Cf", "Cc"})
"""Unicode categories of characters that may be dropped without losing information: emoji with their modifiers, and
invisible characters.
"""


class Typeface:
    """Font file. A character that the font lacks is written as its code point, such as `[U+738B]`, so that no character
    is lost silently.
    """

    def __init__(self, file: Path) -> None:
        self._data = file.read_bytes()
        self.used: dict[int, int] = {}

    @cached_property
    def _tables(self) -> dict[bytes, int]:
        count = struct.unpack_from(">H", self._data, 4)[0]
        rows = (struct.unpack_from(">4sLLL", self._data, 12 + 16 * index) for index in range(count))
        return {tag: offset for tag, _, offset, _ in rows}

    @cached_property
    def _units(self) -> int:
        units: int = struct.unpack_from(">H", self._data, self._tables[b"head"] + 18)[0]
        return units

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        count = struct.unpack_from(">H", self._data, self._tables[b"hhea"] + 34)[0]
        pairs = struct.unpack_from(f">{2 * count}H", self._data, self._tables[b"hmtx"])
        return pairs[::2]

    @cached_property
    def _glyphs(self) -> dict[int, int]:
        """Return the glyph numbers by character, read from the font's character map in format 4 (Unicode's basic
        plane), which every supported font has.
        """
        table = self._tables[b"cmap"]
        count = struct.unpack_from(">H", self._data, table + 2)[0]
        for index in range(count):
            _, _, offset = struct.unpack_from(">HHL", self._data, table + 4 + 8 * index)
            if struct.unpack_from(">H", self._data, table + offset)[0] == 4:
                return self._segments(table + offset)
        return {}

    def _segments(self, start: int) -> dict[int, int]:
        count = struct.unpack_from(">H", self._data, start + 6)[0] // 2
        ends_at, begins_at = start + 14, start + 16 + 2 * count
        deltas_at, ranges_at = begins_at + 2 * count, begins_at + 4 * count
        glyphs: dict[int, int] = {}
        for index in range(count):
            end, begin, delta, offset = (
                struct.unpack_from(">H", self._data, at + 2 * index)[0]
                for at in (ends_at, begins_at, deltas_at, ranges_at)
            )
            for sign in range(begin, min(end, 0xFFFE) + 1):
                glyph = sign
                if offset:
                    glyph = struct.unpack_from(">H", self._data, ranges_at + 2 * index + offset + 2 * (sign - begin))[0]
                if glyph or not offset:
                    glyphs[sign] = (glyph + delta) % 0x10000
        return glyphs

    def legible(self, words: str) -> str:
        """Replace characters that the font lacks by their code points."""
        return "".join(self._legible(sign) for sign in unicodedata.normalize("NFC", words))

    def _legible(self, sign: str) -> str:
        if self._glyphs.get(ord(sign)):
            return sign
        if sign.isspace():
            return " "
        return "" if unicodedata.category(sign) in _NO_LOSS else f"[U+{ord(sign):04X}]"

    def encode(self, words: str) -> bytes:
        """Encode a text as glyph numbers, and remember the glyphs for `_to_unicode`."""
        glyphs = [self._glyphs.get(ord(sign), self._glyphs[_SPACE]) for sign in words]
        self.used |= {glyph: ord(sign) for glyph, sign in zip(glyphs, words, strict=True)}
        return struct.pack(f">{len(glyphs)}H", *glyphs)

    def width(self, words: str, size: float) -> float:
        """Return the width of a text, in points."""
        return sum(self._advance(self._glyphs.get(ord(sign), 0)) for sign in words) * size / self._units

    def _advance(self, glyph: int) -> int:
        return self._widths[min(glyph, len(self._widths) - 1)]

    def embed(self, document: pydyf.PDF) -> bytes:
        """Embed the font into a document, and return the font's reference. Call this after all texts were encoded."""
        scale = 1000 / self._units
        file = pydyf.Stream([self._data], extra={"Length1": len(self._data)}, compress=True)
        unicode_map = pydyf.Stream([self._to_unicode()], compress=True)
        document.add_object(file)
        document.add_object(unicode_map)
        box = struct.unpack_from(">4h", self._data, self._tables[b"head"] + 36)
        ascent, descent = struct.unpack_from(">2h", self._data, self._tables[b"hhea"] + 4)
        descriptor = pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": "/Roboto-Regular",
                "Flags": 4,
                "FontBBox": pydyf.Array([round(edge * scale) for edge in box]),
                "ItalicAngle": 0,
                "Ascent": round(ascent * scale),
                "Descent": round(descent * scale),
                "CapHeight": round(ascent * scale),
                "StemV": 80,
                "FontFile2": file.reference,
            }
        )
        document.add_object(descriptor)
        widths = [
            part for glyph in sorted(self.used) for part in (glyph, pydyf.Array([round(self._advance(glyph) * scale)]))
        ]
        descendant = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": "/Roboto-Regular",
                "CIDSystemInfo": pydyf.Dictionary(
                    {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": descriptor.reference,
                "W": pydyf.Array(widths),
                "CIDToGIDMap": "/Identity",
            }
        )
        document.add_object(descendant)
        font = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": "/Roboto-Regular",
                "Encoding": "/Identity-H",
                "DescendantFonts": pydyf.Array([descendant.reference]),
                "ToUnicode": unicode_map.reference,
            }
        )
        document.add_object(font)
        reference: bytes = font.reference
        return reference

    def _to_unicode(self) -> bytes:
        """Return the map from glyphs to characters, which PDF readers need to search and copy text (PDF
        32000, 9.10.3).
        """
        pairs = [f"<{glyph:04X}> <{sign:04X}>" for glyph, sign in sorted(self.used.items())]
        blocks = [pairs[index : index + 100] for index in range(0, len(pairs), 100)]
        maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{maps}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
        ).encode("ascii")
