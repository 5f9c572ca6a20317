"""Tips in the simulated year: their simulated author, and the checks of the guarantees about tips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fakes.clock import ManualClock
from tests.features.record.tip_promises import TipPromises
from tests.features.record.tipster import Tipster
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.house import House
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.newsstand import Newsstand
from tests.year.weather import Weather


def tips(
    house: House,
    line: Line,
    stand: Newsstand,
    agenda: Agenda,
    clock: ManualClock,
    journal: Journal,
    weather: Weather,
    chance: Stream,
    many: int,
    days: int,
) -> TipPromises:
    """Return the checks of the guarantees about tips, with a simulated author. many: number of tips within `days`."""
    tipster = Tipster(house, line, stand, agenda, clock, journal, chance, many, days)
    return TipPromises(house, line, stand, agenda, clock, journal, weather, tipster)


PARTS: Final = {"tips": tips}
COUNTS: Final[Mapping[str, None]] = dict.fromkeys(
    ("tip in time", "tip won", "tip lost", "record recounted", "record verified")
)
"""Events that must occur when the test simulates a busy week."""
