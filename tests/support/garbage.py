"""How often Python looks for garbage in the tests."""

from __future__ import annotations

import gc


def seldom() -> None:
    """Look for garbage once in 10,000 objects and not in 700, here and in those forked from here.

    Nearly all dies by itself, and looking takes three of a hundred seconds.
    """
    gc.set_threshold(10_000, 10, 10)
