"""Probability that a copy matches a leaked one by chance, and the conclusion that may be drawn.

The marks of each customer's copy are derived from a secret key, independently of any change made to the leaked copy.
The probability of a match is therefore calculated from the leak alone and is valid for any such change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import exp, log, log2
from typing import Final, TypeVar

from features.marks.domain.text_marks import Slot

WRONG_AT_MOST: Final = 0.001
"""Maximum probability of a false match for naming a customer."""

SOLE_SHARE: Final = 3 / 4
"""Minimum share of the leak that a single copy must explain to be its only source."""

_ANOTHER_AT_MOST: Final = 1e-6
"""Maximum probability of a false match for naming further customers."""

_SUREST: Final = 1e-99
"""Lower limit of the reported probability."""

_UNDERFLOW: Final = 1e-300
_QUARTERS: Final = 4
_SCRUBBED_SLOTS: Final = 3
Copy = TypeVar("Copy")


class Verdict(StrEnum):
    """Conclusion about a leak.

    - named: one customer
    - mixed: combined from several copies
    - shared: from the channel shared by many customers
    - unknown_pick: no stored post matches
    - no_mark: matches a post without conclusive marks
    - too_short: a text of a few words
    - too_small, too_large, no_picture: file that cannot be examined
    """

    NAMED = "named"
    MIXED = "mixed"
    SHARED = "shared"
    UNKNOWN_PICK = "unknown_pick"
    NO_MARK = "no_mark"
    TOO_SHORT = "too_short"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NO_PICTURE = "no_picture"


@dataclass(frozen=True)
class Fit:
    """Match of a copy with a leak.

    logarithm: of the probability that a newly drawn copy matches as well
    share: share of the leak that this copy explains
    """

    logarithm: float
    share: float = 1.0


def evidence(places: Sequence[Slot], words: frozenset[tuple[str, str]]) -> Sequence[Slot]:
    """Return the conclusive slots: those of the post itself, each place once, without kinds in which the leak is
    uniform.

    words: pairs of adjacent words of the post; other text was added around it
    """
    own = [slot for slot in places if _belongs(slot, words)]
    slots = {(slot.kind, slot.context, slot.turn): slot for slot in reversed(own)}
    kinds: dict[str, list[Slot]] = {}
    for slot in reversed(slots.values()):
        kinds.setdefault(slot.kind, []).append(slot)
    return [
        slot
        for alike in kinds.values()
        if len(alike) < _SCRUBBED_SLOTS or len({slot.index for slot in alike}) > 1
        for slot in alike
    ]


def text_fits(slots: Sequence[Slot], seeds: Mapping[Copy, bytes]) -> Mapping[Copy, Fit]:
    """Return the match of each copy with a leaked text. `slots`: as returned by `evidence`."""
    weights = [(slot, _weight(slot)) for slot in slots]
    chance, most = _tail(slots), sum(weight for _, weight in weights) or 1
    scores = {
        copy: sum(weight for slot, weight in weights if slot.variant_index(seed) == slot.index)
        for copy, seed in seeds.items()
    }
    return {copy: Fit(log(max(chance(score), _UNDERFLOW)), score / most) for copy, score in scores.items()}


def picture_fits(correlations: Mapping[Copy, float]) -> Mapping[Copy, Fit]:
    """Return the match of each copy with a leaked picture by Hoeffding's inequality, which holds for any change of the
    picture.

    correlations: for each copy, its signs summed over what the leak shows, in units of the root of its sum of squares
    """
    return {copy: Fit(-(max(0.0, value) ** 2) / 2) for copy, value in correlations.items()}


def judge(fits: Mapping[Copy, Fit]) -> tuple[Verdict, Mapping[Copy, float]]:
    """Return the conclusion, with the probability of error per named copy, the most certain first. `fits`: of all
    copies sent.
    """
    wrong = {copy: min(1.0, max(_SUREST, exp(fit.logarithm) * len(fits))) for copy, fit in fits.items()}
    surest = sorted(fits, key=lambda copy: fits[copy].logarithm)
    sure = {copy: wrong[copy] for copy in surest[:1] if wrong[copy] <= WRONG_AT_MOST}
    if not sure:
        return Verdict.NO_MARK, {}
    sure |= {copy: wrong[copy] for copy in surest[1:] if wrong[copy] <= _ANOTHER_AT_MOST}
    is_alone = len(sure) == 1 and fits[next(iter(sure))].share >= SOLE_SHARE
    return (Verdict.NAMED if is_alone else Verdict.MIXED), sure


def _belongs(slot: Slot, words: frozenset[tuple[str, str]]) -> bool:
    return slot.context in words if all(slot.context) else any(set(slot.context) & set(pair) for pair in words)


def _weight(slot: Slot) -> int:
    """Return the weight of a matching slot in quarters of a bit."""
    return round(_QUARTERS * log2(len(slot.variants)))


def _tail(slots: Sequence[Slot]) -> Callable[[int], float]:
    """Return the exact probability of reaching a score or more by guessing."""
    chances = [1.0]
    for slot in slots:
        weight, fits = _weight(slot), 1 / len(slot.variants)
        miss_odds = [chance * (1 - fits) for chance in chances] + [0.0] * weight
        hit_odds = [0.0] * weight + [chance * fits for chance in chances]
        chances = [one + other for one, other in zip(miss_odds, hit_odds, strict=True)]
    tails = list(accumulate(reversed(chances)))[::-1]
    return lambda score: min(1.0, tails[score])
