"""Interval of the garbage collection in tests."""

from __future__ import annotations

import gc


def seldom() -> None:
    """Run the garbage collection once per 10,000 objects instead of 700, in this process and its forks.

    Nearly all objects are freed by reference counting, so the collections, which take three percent of the time, are
    rarely needed.
    """
    gc.set_threshold(10_000, 10, 10)
