"""Text of documents that the product's own layout wrote."""

from __future__ import annotations

import re


def words(document: bytes) -> list[str]:
    """Return the text on the document, in order."""
    found = re.findall(rb"^\((.*)\) Tj$", document, re.MULTILINE)
    return [re.sub(rb"\\(.)", rb"\1", part).decode("cp1252") for part in found]
