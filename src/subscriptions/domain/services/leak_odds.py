"""How likely it is that a copy looks like the leaked one by chance, and what may be said then.

What an innocent customer's copy shows is drawn by a key nobody else has, apart from whatever was done to the leak. So
the chance that it fits is reckoned from the leak alone, and holds for any way of spoiling it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import exp, log, log2
from typing import Final, TypeVar

from subscriptions.domain.services.text_marks import Slot

WRONG_AT_MOST: Final = 0.001
"""Nobody is named where the chance that it was somebody else is larger."""

SOLE_SHARE: Final = 3 / 4
"""A copy that explains less of a leak than this is not all that the leak was made from."""

_ANOTHER_AT_MOST: Final = 1e-6
"""Nobody is named beside a first one where it is larger than this."""

_SUREST: Final = 1e-99
"""Nothing is told as surer than this."""

_UNDERFLOW: Final = 1e-300
_QUARTERS: Final = 4
_SCRUBBED_SLOTS: Final = 3
Copy = TypeVar("Copy")


class Verdict(StrEnum):
    """named: one customer · mixed: put together from several copies, so nobody's alone · shared: from the channel that
    many read · unknown_pick: no pick on record looks like it · no_mark: a pick, and nothing in it tells whose ·
    too_short: a text of a few words · too_small, too_large, no_picture: a file that cannot be looked at."""

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
    """logarithm: of the chance that a copy drawn anew fits a leak as well. share: how much of what the leak shows this
    copy explains."""

    logarithm: float
    share: float = 1.0


def evidence(places: Sequence[Slot], words: frozenset[tuple[str, str]]) -> Sequence[Slot]:
    """The slots that tell something: the pick's own, each place once, and no kind that the leak has all the same.

    words: those of the pick, two by two; what stands between others was written around it.
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
    """How each copy fits a leaked text. slots: as `evidence` gives it."""
    weights = [(slot, _weight(slot)) for slot in slots]
    chance, most = _tail(slots), sum(weight for _, weight in weights) or 1
    scores = {
        copy: sum(weight for slot, weight in weights if slot.variant_index(seed) == slot.index)
        for copy, seed in seeds.items()
    }
    return {copy: Fit(log(max(chance(score), _UNDERFLOW)), score / most) for copy, score in scores.items()}


def picture_fits(correlations: Mapping[Copy, float]) -> Mapping[Copy, Fit]:
    """The same for a picture: by Hoeffding's inequality, which asks nothing of what was done to it.

    correlations: a copy's signs, summed over what the leak shows of each, in units of the root of its sum of squares.
    """
    return {copy: Fit(-(max(0.0, value) ** 2) / 2) for copy, value in correlations.items()}


def judge(fits: Mapping[Copy, Fit]) -> tuple[Verdict, Mapping[Copy, float]]:
    """Whose it is, with the chance of being wrong about each, the surest first. fits: of every copy that was sent."""
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
    """What a fit counts, in quarters of a bit."""
    return round(_QUARTERS * log2(len(slot.variants)))


def _tail(slots: Sequence[Slot]) -> Callable[[int], float]:
    """The chance of a score, or a higher one, by guessing; exact."""
    chances = [1.0]
    for slot in slots:
        weight, fits = _weight(slot), 1 / len(slot.variants)
        miss_odds = [chance * (1 - fits) for chance in chances] + [0.0] * weight
        hit_odds = [0.0] * weight + [chance * fits for chance in chances]
        chances = [one + other for one, other in zip(miss_odds, hit_odds, strict=True)]
    tails = list(accumulate(reversed(chances)))[::-1]
    return lambda score: min(1.0, tails[score])
