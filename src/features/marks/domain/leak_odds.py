"""Probability that a customer's copy matches a leaked copy by chance, and the verdict that follows from it.

The watermark of each customer's copy is derived from a secret key and does not depend on later changes of the leaked
copy. The probability of a chance match can therefore be calculated from the leaked copy alone, whatever was changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import exp, log, log2
from typing import Final, TypeVar

from features.marks.domain.text_marks import Slot

WRONG_AT_MOST: Final = 0.001
"""Maximum probability of a false match for which a customer is named."""

SOLE_SHARE: Final = 3 / 4
"""Minimum share of the leaked copy that one customer's copy must explain to count as its only source."""

_ANOTHER_AT_MOST: Final = 1e-6
"""Maximum probability of a false match for which a second or further customer is named."""

_SUREST: Final = 1e-99
"""Lower limit of the reported probability of a false match, because the calculated value may underflow to zero."""

_UNDERFLOW: Final = 1e-300
_QUARTERS: Final = 4
_SCRUBBED_SLOTS: Final = 3
Copy = TypeVar("Copy")


class Verdict(StrEnum):
    """Conclusion about a leaked copy.

    - named: it is one customer's copy
    - mixed: it was combined from several copies
    - shared: it is from a channel shared by many customers
    - unknown_pick: it matches no stored post
    - no_mark: it matches a post, but its watermark is not conclusive
    - too_short: it is a text of only a few words
    - too_small, too_large, no_picture: the file cannot be examined
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
    """Match of a customer's copy with the leaked copy.

    logarithm: logarithm of the probability that a randomly marked copy matches as well
    share: share of the leaked copy that this customer's copy explains
    """

    logarithm: float
    share: float = 1.0


def evidence(places: Sequence[Slot], words: frozenset[tuple[str, str]]) -> Sequence[Slot]:
    """Return the slots of a leaked text by which the leaked copy can be identified. Slots outside the post's own text,
    repeated slots, and kinds of slots that show the same variant throughout the text are left out.

    `words`: pairs of adjacent words of the post; any other text was added around the post.
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
    """Return the match of each customer's copy with a leaked text. `slots`: result of `evidence`."""
    weights = [(slot, _weight(slot)) for slot in slots]
    chance, most = _tail(slots), sum(weight for _, weight in weights) or 1
    scores = {
        copy: sum(weight for slot, weight in weights if slot.variant_index(seed) == slot.index)
        for copy, seed in seeds.items()
    }
    return {copy: Fit(log(max(chance(score), _UNDERFLOW)), score / most) for copy, score in scores.items()}


def picture_fits(correlations: Mapping[Copy, float]) -> Mapping[Copy, Fit]:
    """Return the match of each customer's copy with a leaked picture. The probability is limited by Hoeffding's
    inequality, which holds for any change of the picture.

    `correlations`: for each copy, the sum of its signs over the values read from the leaked picture, divided by the
    root of the sum of these values' squares.
    """
    return {copy: Fit(-(max(0.0, value) ** 2) / 2) for copy, value in correlations.items()}


def judge(fits: Mapping[Copy, Fit]) -> tuple[Verdict, Mapping[Copy, float]]:
    """Return the verdict, and the probability of error for each copy that is named, the most certain first. `fits`:
    matches of all copies that were sent.
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
    """Return the weight of a matching slot in quarters of a bit: the more variants the slot has, the
    higher the weight.
    """
    return round(_QUARTERS * log2(len(slot.variants)))


def _tail(slots: Sequence[Slot]) -> Callable[[int], float]:
    """Return a function that calculates the exact probability of reaching at least a given score by chance."""
    chances = [1.0]
    for slot in slots:
        weight, fits = _weight(slot), 1 / len(slot.variants)
        miss_odds = [chance * (1 - fits) for chance in chances] + [0.0] * weight
        hit_odds = [0.0] * weight + [chance * fits for chance in chances]
        chances = [one + other for one, other in zip(miss_odds, hit_odds, strict=True)]
    tails = list(accumulate(reversed(chances)))[::-1]
    return lambda score: min(1.0, tails[score])
