"""Every behaviour, by what it is about. Importing this puts all of them on the list."""

from . import calls, closing, contents, hints, life, listing, proofs, repeats, reversals, unheard, values

__all__ = [
    "calls",
    "closing",
    "contents",
    "hints",
    "life",
    "listing",
    "proofs",
    "repeats",
    "reversals",
    "unheard",
    "values",
]
