"""All behaviours, grouped by subject. Importing this package registers them."""

from . import calls, closing, contents, ending, hints, life, listing, proofs, repeats, reversals, unheard, values

__all__ = [
    "calls",
    "closing",
    "contents",
    "ending",
    "hints",
    "life",
    "listing",
    "proofs",
    "repeats",
    "reversals",
    "unheard",
    "values",
]
