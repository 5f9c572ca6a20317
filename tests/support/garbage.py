"""Frequency of the garbage collection in tests."""

from __future__ import annotations

import gc


def seldom() -> None:
    """Collect garbage once per 10,000 objects instead of 700, in this process and its forks.

    Nearly all objects are freed by reference counting, and the collections take three percent of the time.
    """
    gc.set_threshold(10_000, 10, 10)
