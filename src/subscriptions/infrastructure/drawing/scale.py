"""Axis for whole numbers, such as people or minor units of a currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

_MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """Axis from `low` to `high`. Both are multiples of the step, and zero is on the axis."""

    low: int
    high: int
    step: int

    @classmethod
    def for_values(cls, values: Sequence[int], *, least: int = 1) -> "Scale":
        """Create the axis for these values, with at most four steps of a round size (1, 2 or 5 times a power of ten).

        `least`: upper end of the axis if there are no values other than zero.
        """
        bottom, top = min((0, *values)), max((0, *values))
        top = top if top > bottom else least
        steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
        step = next(each for each in steps if -(-top // each) - bottom // each <= _MOST_STEPS)
        return cls(bottom // step * step, -(-top // step) * step, step)

    @property
    def ticks(self) -> Sequence[int]:
        """Values of the grid lines in ascending order."""
        return range(self.low, self.high + 1, self.step)

    def share(self, value: int) -> float:
        """Return the distance of a value from the upper end, as a fraction of the axis: 0 at `high`, 1 at `low`."""
        return (self.high - value) / (self.high - self.low)
