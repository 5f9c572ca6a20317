"""Extraction of the text from the PDF documents that the product creates."""

from __future__ import annotations

import re


def words(document: bytes) -> list[str]:
    """Return the lines of text of a document, in order."""
    found = re.findall(rb"^\((.*)\) Tj$", document, re.MULTILINE)
    return [re.sub(rb"\\(.)", rb"\1", part).decode("cp1252") for part in found]
