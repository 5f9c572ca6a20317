"""Lookup of the feature that implements the tip record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from features.picks.ports import TipRecord
from features.picks.use_cases.accept_pick import Unrecorded
from subscriptions.application.feature_failures import named
from subscriptions.bootstrap.core import CoreContainer


@dataclass(frozen=True)
class TipRecordPart:
    """Declaration that a feature implements the tip record: the constant `TIP_RECORD` of the feature's module
    `tip_record`.
    """

    module: ClassVar[str] = "tip_record"
    make: Callable[[CoreContainer], TipRecord]


def tip_record(core: CoreContainer) -> TipRecord:
    """Return the tip record of a feature that is on or draining; without such a feature, an implementation that records
    nothing. Errors from creating the tip record are raised, so that no tip is published without being recorded.
    """
    for name, part in reversed(core.features().named_parts(TipRecordPart)):
        with named(name, "tip record"):
            return part.make(core)
    return Unrecorded()
