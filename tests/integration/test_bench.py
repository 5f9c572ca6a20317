"""The benchmark of bulk expiry, small enough to run every day."""

from __future__ import annotations

import pytest

from umbral.bench.sweep import measure
from umbral.cli import main


async def test_benchmark_measures_the_bulk_expiry_at_each_size() -> None:
    reported: list[tuple[int, int]] = []
    few, many = await measure([300, 600], 100, 2, lambda done, total: reported.append((done, total)))
    assert reported == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (few.people, few.due, len(few.seconds)) == (300, 100, 2)
    assert (many.people, many.due) == (600, 100)
    assert min(few.fastest, many.fastest) > 0


@pytest.mark.parametrize(
    "words", [["sweep", "--sizes", "10,x"], ["sweep", "--due", "0"], ["sweep", "--sizes", "10"], []]
)
def test_invalid_benchmark_sizes_are_refused_before_data_is_created(words: list[str]) -> None:
    assert main(["bench", *words]) == 2
