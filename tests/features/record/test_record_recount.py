"""Record of ten thousand tips, recalculated from its entries with code independent of Umbral."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from features.picks.domain import Settlement, TipResult
from features.record.domain.record import EntryKind
from features.record.domain.record_chain import check_chain
from features.record.domain.record_figures import count, settled_tips
from features.record.domain.tip_history import RULE, histories
from subscriptions.domain.ids import PostId
from tests.fakes.samples import NOON
from tests.features.picks.tips import tip
from tests.features.record.records import Chain

TIPS = 10_000
ENDS = [TipResult.WON] * 40 + [TipResult.LOST] * 45 + [*TipResult]


def a_year(random: Random) -> Chain:
    """Return tips that are published, revised, corrected, withdrawn in time or late, and settled in any order."""
    made = Chain()
    ends: list[tuple[PostId, datetime]] = []
    for _ in range(TIPS):
        starts_at = NOON + timedelta(hours=1 + random.randrange(8760))
        facts = tip(
            starts_at=starts_at,
            odds=Decimal(random.randrange(1010, 9000)) / 1000,
            stake=Decimal(random.randrange(1, 1000)) / 100,
        )
        tip_id = made.publish(facts, **{RULE: random.choice(("void", "lost"))})
        luck = random.random()
        if luck < 0.05:
            moved = tip(starts_at=starts_at, odds=Decimal("1.5"), stake=facts.stake)
            made.add(tip_id, EntryKind.REVISED, moved.as_json(), starts_at=starts_at)
        elif luck < 0.1:
            made.add(tip_id, EntryKind.WITHDRAWN, {}, starts_at=starts_at)
            continue
        ends.append((tip_id, starts_at))
    random.shuffle(ends)
    for tip_id, starts_at in ends:
        late = starts_at + timedelta(hours=2)
        if random.random() < 0.03:
            made.add(tip_id, EntryKind.CORRECTED, tip(odds=Decimal(9)).as_json(), starts_at=starts_at, at=late)
        if random.random() < 0.03:
            made.add(tip_id, EntryKind.WITHDRAWN, {}, starts_at=starts_at, at=late)
        if random.random() < 0.02:
            continue
        for kind in (EntryKind.SETTLED, EntryKind.RESETTLED)[: 2 if random.random() < 0.05 else 1]:
            result = random.choice(ENDS)
            odds = Decimal("1.2") if result is TipResult.CASHED_OUT else None
            said = Settlement(result=result, odds=odds).as_json()
            made.add(tip_id, kind, said, starts_at=starts_at, at=late)
    return made


def recounted(made: Chain) -> tuple[int, int, Fraction, Fraction, Fraction, int]:
    """Return the number of settled and void tips, stake, profit, drawdown and longest losing run, calculated only from
    the record's entries.
    """
    claims: dict[object, dict[str, str]] = {}
    gains: list[tuple[str, int, Fraction]] = []
    numbers = {entry.tip_id: entry.number for entry in made.entries if entry.kind == "published"}
    rules: dict[object, str] = {}
    ends: dict[object, dict[str, str]] = {}
    for entry in made.entries:
        body = json.loads(entry.body)
        if entry.kind in ("published", "revised"):
            claims[entry.tip_id] = body
            rules.setdefault(entry.tip_id, body.get("withdrawn", ""))
        if entry.kind in ("settled", "resettled") and ends.get(entry.tip_id, {}).get("by") != "withdrawal":
            ends[entry.tip_id] = body
        if entry.kind == "withdrawn" and entry.at < datetime.fromisoformat(claims[entry.tip_id]["starts_at"]):
            ends[entry.tip_id] = {"result": rules[entry.tip_id], "by": "withdrawal"}
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for tip_id, end in ends.items():
        stake, odds, result = Fraction(claims[tip_id]["stake"]), Fraction(claims[tip_id]["odds"]), end["result"]
        if result == "void":
            sums["void"] += 1
            continue
        sums["settled"] += 1
        sums["staked"] += stake
        gain = {
            "won": stake * (odds - 1),
            "half_won": stake * (odds - 1) / 2,
            "push": Fraction(0),
            "half_lost": -stake / 2,
            "lost": -stake,
            "cashed_out": stake * (Fraction(end.get("odds", 0)) - 1),
        }[result]
        sums["profit"] += gain
        gains.append((claims[tip_id]["starts_at"], numbers[tip_id], gain))
    in_order = [gain for *_, gain in sorted(gains)]
    return int(sums["settled"]), int(sums["void"]), sums["staked"], sums["profit"], fall(in_order), row(in_order)


def fall(gains: list[Fraction]) -> Fraction:
    """Return the largest loss between any two points in time."""
    worst = lost = Fraction(0)
    for gain in gains:
        lost = max(Fraction(0), lost - gain)
        worst = max(worst, lost)
    return worst


def row(gains: list[Fraction]) -> int:
    """Return the longest run of losses, ignoring returned stakes."""
    signs = "".join("-" if gain < 0 else "+" for gain in gains if gain)
    return max(map(len, signs.split("+")))


def test_record_figures_of_ten_thousand_tips_equal_an_independent_recalculation() -> None:
    made = a_year(Random(7))
    figures = count(settled_tips(histories(made.entries).values()))
    counted = (
        figures.settled_count,
        figures.void,
        figures.total_stake,
        figures.profit,
        figures.drawdown,
        figures.losing_run,
    )
    assert counted == recounted(made)
    assert figures.settled_count > 9000
    assert check_chain(made.entries) == []
