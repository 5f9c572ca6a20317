"""List of published tips, with their states and results."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from features.picks.domain import written_odds
from features.record.commands.correct_odds import CorrectOdds
from features.record.commands.publish_tip import PublishTip
from features.record.commands.publish_tips import PublishTips
from features.record.commands.revise_tip import ReviseTip, WithdrawTip
from features.record.commands.settle_tip import CorrectResult, SettleTip
from features.record.commands.settle_tips import SettleTips
from features.record.permissions import SEE_RECORD
from subscriptions.application.lists.columns import Column, Moment, Piece, Plan, Sort, Speaker, State, Text
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.application.staff.command import StaffCommand
from subscriptions.infrastructure.database.list_parts import LABEL, names, of_plan, search, span

_COMMANDS: Final[Mapping[str, Sequence[type[StaffCommand]]]] = {
    "live": (ReviseTip, WithdrawTip),
    "unsettled": (SettleTip, CorrectOdds, WithdrawTip),
    "withdrawn": (),
}
"""Staff commands for a tip, keyed by the tip's state. In all other states the tip has a result, which `CorrectResult`
corrects, and odds, which `CorrectOdds` corrects.
"""
_TIP_STATE: Final = (
    "CASE WHEN withdrawn.at < stood.starts_at THEN 'withdrawn' WHEN ended.said IS NOT NULL THEN ended.said->>'result'"
    " WHEN stood.starts_at > CAST(:now AS timestamptz) THEN 'live' ELSE 'unsettled' END"
)


class Odds(Column):
    """Column of decimal odds. `sql`: SQL expression that returns the odds as decimal text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.decimal(written_odds(Decimal(value))))


class Stake(Column):
    """Column of a tip's stake in units. `sql`: SQL expression that returns the number as decimal text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.decimal(Decimal(value)))


_STARTS: Final = Sort("starts_at", "stood.starts_at")
TIPS: Final = ListModel(
    name="tips",
    permission=SEE_RECORD,
    section=MenuSection.MESSAGES,
    tables="record_entries AS tips JOIN service_plans ON service_plans.id = tips.plan_id"
    " JOIN LATERAL (SELECT umbral_json(body) AS said, starts_at FROM record_entries WHERE tip_id = tips.tip_id"
    " AND kind IN ('published', 'revised') ORDER BY number DESC LIMIT 1) AS stood ON tips.kind = 'published'"
    " LEFT JOIN LATERAL (SELECT umbral_json(body) AS said FROM record_entries WHERE tip_id = tips.tip_id"
    " AND kind IN ('settled', 'resettled') ORDER BY number DESC LIMIT 1) AS ended ON true"
    " LEFT JOIN LATERAL (SELECT at FROM record_entries WHERE tip_id = tips.tip_id AND kind = 'withdrawn'"
    " LIMIT 1) AS withdrawn ON true"
    " LEFT JOIN LATERAL (SELECT umbral_json(body)->>'odds' AS odds FROM record_entries WHERE tip_id = tips.tip_id"
    " AND kind = 'corrected' AND umbral_json(body)->>'mistake' IS NOT NULL ORDER BY number DESC LIMIT 1"
    ") AS mended ON true",
    key=("tips.tip_id", "uuid"),
    columns=(
        Text("event", "stood.said->>'event'"),
        Text("market", "stood.said->>'market'"),
        Text("selection", "stood.said->>'selection'"),
        Odds("odds", "coalesce(mended.odds, stood.said->>'odds')"),
        Stake("stake", "stood.said->>'stake'"),
        Plan("plan", LABEL),
        Moment("starts_at", "stood.starts_at", sort=_STARTS),
        State("state", _TIP_STATE, words="tip_state"),
    ),
    filters=(
        search("(stood.said->>'event' ILIKE :like OR stood.said->>'selection' ILIKE :like)"),
        Filter(
            "state",
            choices={
                "unsettled": f"({_TIP_STATE}) = 'unsettled'",
                "live": f"({_TIP_STATE}) = 'live'",
                "settled": "ended.said IS NOT NULL",
                "withdrawn": "withdrawn.at IS NOT NULL",
            },
        ),
        of_plan(),
        *span("stood.starts_at"),
    ),
    sort=_STARTS,
    commands=lambda row: names(*_COMMANDS.get(row["state"], (CorrectResult, CorrectOdds))),
    begin=names(PublishTip, PublishTips, SettleTips),
)

LISTS: Final = (TIPS,)
