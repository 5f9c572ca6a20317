"""Errors that a test plants into the code of the figures, each with the guarantee that the error violates."""

from __future__ import annotations

from typing import Final

from tests.year.planting import Change, Plant

_PLANTS: Final = (
    Plant(
        "what recurs is a cent too much",
        (
            Change(
                "src/features/figures/repository/statements.py",
                "ELSE (730 * minor + 12 * many) / (24 * many) END",
                "ELSE (730 * minor + 12 * many) / (24 * many) + 1 END",
            ),
        ),
        ("the figures are what a plain recomputation gives",),
    ),
)
PLANTS: Final = {plant.name: plant for plant in _PLANTS}
