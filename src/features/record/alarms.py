"""Alarms about tips that are late or unsettled, and about differing results."""

from datetime import datetime, timedelta
from typing import Final

from features.picks.domain import TipResult
from features.record.domain.tip_history import TipHistory
from features.record.permissions import SEE_RECORD
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause, ByCheck, News, PanelPage
from subscriptions.application.alarms.payment_causes import id_in_key
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

UNSETTLED_TIPS: Final = PanelPage("tips", SEE_RECORD, address="/tips?state=unsettled")


async def is_decided(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the tip is now settled with the result that the results source reported, so that the alarm can be
    closed.
    """
    tip_id = id_in_key(alarm)
    entries = await uow.of(RECORDS_KEY).of_tip(PostId(tip_id)) if tip_id is not None else ()
    settlement = TipHistory(PostId(entries[0].tip_id), entries).settlement if entries else None
    return settlement is not None and str(settlement.result) == alarm.facts.get("said")


async def are_settled(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if no tip that the alarm covers is unsettled, or if the alarm is a day old and thus replaced by a
    later alarm.
    """
    return now - alarm.raised_at >= timedelta(days=1) or await uow.of(RECORDS_KEY).count_unsettled(alarm.raised_at) == 0


class ResultsDiffer(AlarmKind):
    """Alarm: the recorded result of a tip differs from the result that the results source reported. The recorded result
    is kept.
    """

    name = "results_differ"
    closes = ByCheck(is_decided)
    link = UNSETTLED_TIPS
    tip: str
    result: TipResult
    said: TipResult
    source: str
    evidence: str


class ResultsRefused(AlarmKind):
    """Alarm: the results source rejects the configured API key."""

    name = "results_refused"
    closes = ByCause()
    source: str
    reason: str


class TipsUnsettled(AlarmKind):
    """Alarm: there are tips without a result whose event started before today."""

    name = "tips_unsettled"
    closes = ByCheck(are_settled)
    link = UNSETTLED_TIPS
    tips: int


class TipAtRisk(AlarmKind):
    """Alarm: copies of a tip are not posted although half of the time until its deadline has passed. reason: most
    frequent reason why copies are missing; None if unknown.
    """

    name = "tip_at_risk"
    closes = ByCause()
    page = AlarmLink.JOBS
    pick: str
    until: datetime
    unsent: int
    copies: int
    reason: str | None = None


class TipMissed(AlarmKind):
    """Alarm: copies of a tip were not posted before its deadline, and will not be posted. reason: most frequent reason
    why copies are missing; None if unknown.
    """

    name = "tip_missed"
    closes = News()
    pick: str
    until: datetime
    unsent: int
    copies: int
    reason: str | None = None
