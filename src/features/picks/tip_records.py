"""Lookup of the feature that keeps the record of tips."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from features.picks.ports import TipRecord
from features.picks.use_cases.accept_pick import Unrecorded
from subscriptions.application.feature_failures import named
from subscriptions.bootstrap.core import CoreContainer


@dataclass(frozen=True)
class TipRecordPart:
    """Part of a feature that keeps a record of tips: the constant `TIP_RECORD` of the feature's module `tip_record`."""

    module: ClassVar[str] = "tip_record"
    make: Callable[[CoreContainer], TipRecord]


def tip_record(core: CoreContainer) -> TipRecord:
    """Return the record kept by a feature that is on or draining; without one, an implementation that records nothing.
    Errors from creating the record are raised, so that no tip is published without its record.
    """
    for name, part in reversed(core.features().named_parts(TipRecordPart)):
        with named(name, "tip record"):
            return part.make(core)
    return Unrecorded()
