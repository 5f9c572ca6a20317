"""Public view of a plan's record, without tips whose event has not started."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts, TipResult, profit
from features.record.domain.record import RecordEntry
from features.record.domain.record_figures import Figures, breakdowns, count, exact, settled_tips
from features.record.domain.record_post import DIGESTS, RecordPost
from features.record.domain.tip_history import TipHistory, histories
from features.record.ports.records import RECORDS_KEY
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

PAGE: Final = 25
"""Number of tips per page, small enough to load quickly on a slow phone."""
DIGESTS_SHOWN: Final = 6
"""Maximum number of digests shown, which covers three days."""
LATEST: Final = 10
"""Number of the newest results that are shown as a series."""


@dataclass(frozen=True, kw_only=True)
class PublishedTip:
    """Tip whose event has started. result: None for a tip without a result. gain: profit or loss in units.
    is_corrected: True if the result was corrected, or the facts were corrected after the start.
    """

    number: int
    facts: TipFacts
    published_at: datetime
    result: TipResult | None
    gain: Fraction | None
    withdrawn: bool
    is_corrected: bool


@dataclass(frozen=True, kw_only=True)
class RecordView:
    """Page of a plan's tip record.

    figures: statistics of all settled tips
    breakdowns: the same statistics by month and other groups
    tips: tips of this page, newest first
    has_more: True if another page follows
    latest: newest settled tips that count in the statistics, newest first, regardless of the page
    unsettled_count: number of tips whose event has started and that have no result
    digests: newest digests in the public channel
    unreadable_count: number of tips with an unreadable entry, which are excluded from everything else
    """

    plan: ServicePlan
    figures: Figures
    breakdowns: Mapping[str, Mapping[str, Figures]]
    tips: Sequence[PublishedTip]
    has_more: bool
    unsettled_count: int
    latest: Sequence[PublishedTip] = ()
    digests: Sequence[RecordPost] = ()
    unreadable_count: int = 0

    @property
    def months(self) -> Mapping[str, int]:
        """Return the number of settled tips that count in the statistics, by month."""
        return {month: each.settled_count for month, each in self.breakdowns.get("month", {}).items()}


@dataclass
class _RecordCache:
    """Cache of one tip record. Since the hash chain of entries is append-only, only new entries have to be read.

    tips: readable tips, ordered by start
    starts: start times of `tips`
    unsettled_counts: running total of tips without a result
    counted_indexes: indexes of the settled tips that count in the statistics
    faults: errors of the unreadable tips
    last_starts: latest start of every tip
    """

    entries: list[RecordEntry] = field(default_factory=list)
    tips: Sequence[TipHistory] = ()
    starts: Sequence[datetime] = ()
    unsettled_counts: Sequence[int] = ()
    counted_indexes: Sequence[int] = ()
    figures: Figures = field(default_factory=Figures)
    breakdowns: Mapping[str, Mapping[str, Figures]] = field(default_factory=dict)
    faults: Sequence[Unreadable] = ()
    last_starts: Mapping[PostId, datetime] = field(default_factory=dict)


class ReadRecord:
    """Use case that returns the tip records of plans for the website and the chat."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, home: ZoneInfo) -> None:
        """Create the use case. home: time zone in which months begin."""
        self._units = units
        self._clock = clock
        self._home = home
        self._cache: dict[PlanId, _RecordCache] = {}

    async def __call__(self, soft_id: str, page: int = 0) -> RecordView | None:
        """Return one page of a record; None for a plan without a record. Raises RetryLater."""
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(soft_id)
            reading = await self._update(uow, plan) if plan is not None else None
            digests = await uow.of(RECORDS_KEY).posts(plan.id, *DIGESTS) if plan is not None else ()
        if plan is None or reading is None:
            return None
        started_count = bisect_right(reading.starts, self._clock.now())
        page_end = max(0, started_count - PAGE * page)
        page_start = max(0, page_end - PAGE)
        counted = reading.counted_indexes[: bisect_left(reading.counted_indexes, started_count)]
        return RecordView(
            plan=plan,
            figures=reading.figures,
            breakdowns=reading.breakdowns,
            tips=[_published_tip(tip) for tip in reversed(reading.tips[page_start:page_end])],
            has_more=page_start > 0,
            unsettled_count=reading.unsettled_counts[started_count - 1] if started_count else 0,
            latest=[_published_tip(reading.tips[index]) for index in reversed(counted[-LATEST:])],
            digests=digests[:DIGESTS_SHOWN],
            unreadable_count=len(reading.faults),
        )

    async def all(self) -> Sequence[RecordView]:
        """Return the first page of the record of every listed plan, in display order. Raises RetryLater."""
        async with self._units() as uow:
            plan_ids = set(await uow.of(RECORDS_KEY).plans())
            plans = [plan.soft_id for plan in await uow.plans.all() if plan.is_listed and plan.id in plan_ids]
        record_views = [await self._first_page(soft_id) for soft_id in plans]
        return [view for view in record_views if view is not None]

    async def _first_page(self, soft_id: str) -> RecordView | None:
        """Return the first page of a record. Return None if the plan has no record, or if the whole record is
        unreadable, so that the records of other plans are still shown.
        """
        try:
            return await self(soft_id)
        except Unreadable as error:
            async with self._units() as uow:
                uow.skip(error)
            return None

    async def exists(self) -> bool:
        """Return True if any plan has a record. Raises RetryLater."""
        async with self._units() as uow:
            return bool(await uow.of(RECORDS_KEY).plans())

    async def lines(self, soft_id: str) -> Sequence[Mapping[str, object]] | None:
        """Return every entry of the file with which anyone can verify the record; None for a plan without a record.

        Before its start, a tip is shown only by its hashes, even if it was withdrawn; the facts published at the start
        must match the hashes. The last line contains the digests that were posted in the public channel.
        """
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(soft_id)
            reading = await self._update(uow, plan) if plan is not None else None
            digests = await uow.of(RECORDS_KEY).posts(plan.id, *DIGESTS) if plan is not None else ()
        if reading is None:
            return None
        now = self._clock.now()
        live = {tip_id for tip_id, start in reading.last_starts.items() if start > now}
        lines: list[dict[str, object]] = [
            {"number": entry.number, "previous": entry.previous, "hash": entry.hash}
            | ({} if entry.tip_id in live else {"line": entry.line()})
            for entry in reading.entries
        ]
        if digests:
            lines[-1]["digests"] = [
                {"day": each.subject, "kind": each.kind, "number": each.number, "hash": each.hash, "link": each.link}
                for each in digests[::-1]
            ]
        return lines

    async def _update(self, uow: UnitOfWork, plan: ServicePlan) -> _RecordCache | None:
        reading = self._cache.get(plan.id, _RecordCache())
        last_number = reading.entries[-1].number if reading.entries else 0
        new = await uow.of(RECORDS_KEY).entries(plan.id, lower=last_number)
        if new:
            # In a thread: ten thousand tips take a second.
            reading = await asyncio.to_thread(self._count, [*reading.entries, *new])
            self._cache[plan.id] = reading
        for fault in reading.faults:
            uow.skip(fault)
        return reading if reading.entries else None

    def _count(self, entries: list[RecordEntry]) -> _RecordCache:
        of_all = histories(entries).values()
        faults = {tip.tip_id: fault for tip in of_all if (fault := tip.fault) is not None}
        readable = [tip for tip in of_all if tip.tip_id not in faults]
        tips = sorted(readable, key=lambda tip: (tip.facts.starts_at, tip.number))
        settled_list = settled_tips(tips)
        settlements = [tip.settlement for tip in tips]
        return _RecordCache(
            entries,
            tips,
            [tip.facts.starts_at for tip in tips],
            list(accumulate(each is None for each in settlements)),
            [n for n, each in enumerate(settlements) if each is not None and each.result is not TipResult.VOID],
            count(settled_list),
            breakdowns(settled_list, self._home),
            list(faults.values()),
            {tip.tip_id: max(entry.starts_at for entry in tip.entries) for tip in of_all},
        )


def _published_tip(tip: TipHistory) -> PublishedTip:
    facts, settlement = tip.facts, tip.settlement
    return PublishedTip(
        number=tip.number,
        facts=facts,
        published_at=tip.entries[0].at,
        result=settlement.result if settlement is not None else None,
        gain=profit(facts, settlement) if settlement is not None else None,
        withdrawn=tip.withdrawn_at is not None,
        is_corrected=bool(tip.corrections) or tip.is_resettled,
    )


def as_json(figures: Figures) -> dict[str, object]:
    """Return the statistics for the API: numbers as decimal strings, ratios with six digits, None if there are no tips
    to calculate a value from.
    """
    low, high = figures.interval or (None, None)
    return {
        "settled": str(figures.settled_count),
        "void": str(figures.void),
        "staked": exact(figures.total_stake),
        "profit": exact(figures.profit),
        "yield": _ratio(figures.yield_),
        "hit_rate": _ratio(figures.hit_rate),
        "average_odds": _ratio(figures.average_odds),
        "drawdown": exact(figures.drawdown),
        "losing_run": str(figures.losing_run),
        "yield_from": f"{low:.6f}" if low is not None else None,
        "yield_to": f"{high:.6f}" if high is not None else None,
        "since": figures.start.isoformat() if figures.start is not None else None,
        "until": figures.end.isoformat() if figures.end is not None else None,
    }


def _ratio(number: Fraction | None) -> str | None:
    return exact(number) if number is not None else None
