"""Sources of results: the fake, and football-data.org against its simulator and its recorded responses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from features.record.adapters.football_data import FootballData, read_match
from features.record.domain.event_result import Goals
from features.record.ports.results_source import ResultsSource
from subscriptions.domain.errors import Permanent, RetryLater
from tests.features.record.results import MemoryResults
from umbral_sandbox.football_data import KNOWN
from umbral_sandbox.server import running_sandbox

RECORDED = json.loads((Path(__file__).parent / "football_data" / "matches.json").read_text())
AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
Put = Callable[[str, str, datetime, Goals], Awaitable[None]]


@dataclass
class Played:
    """Results source under test. put: function that adds a match. refuse: function that returns a source whose API key
    is refused.
    """

    source: ResultsSource
    put: Put
    refuse: Callable[[], ResultsSource]


@pytest.fixture(params=["memory", "football-data.org"])
async def played(request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    if request.param == "memory":
        memory = MemoryResults()

        async def add(home: str, away: str, at: datetime, goals: Goals) -> None:
            memory.played(f"{home} – {away}", at, goals)

        def refuse() -> ResultsSource:
            memory.refuses = True
            return memory

        yield Played(memory, add, refuse)
        return
    async with running_sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as http:

        async def put(home: str, away: str, at: datetime, goals: Goals) -> None:
            match = {"home": home, "away": away, "starts_at": at.isoformat(), "goals": goals}
            number = sum(map(ord, home))
            (await http.put(f"/control/matches/{number}", json=match)).raise_for_status()

        yield Played(FootballData(KNOWN, sandbox.url), put, lambda: FootballData("another", sandbox.url))


async def test_results_within_a_time_span_are_returned(played: Played) -> None:
    await played.put("Betis", "Sevilla", AT, (2, 1))
    await played.put("Celta", "Getafe", AT + timedelta(days=2), (0, 0))
    [result] = await played.source.results(AT - timedelta(hours=1), AT + timedelta(hours=2))
    assert (list(result.home), list(result.away), result.starts_at, result.goals, result.half_time) == (
        ["Betis"],
        ["Sevilla"],
        AT,
        (2, 1),
        None,
    )
    assert "2–1" in result.evidence
    assert len(await played.source.results(AT - timedelta(days=3), AT + timedelta(days=3))) == 2
    # The end of the span is exclusive.
    assert await played.source.results(AT - timedelta(days=1), AT) == []


async def test_refused_key_of_the_results_source_is_a_permanent_error(played: Played) -> None:
    with pytest.raises(Permanent, match="token"):
        await played.refuse().results(AT, AT + timedelta(days=1))


def test_match_results_are_parsed_from_recorded_provider_responses() -> None:
    league, penalties, extra_time, timed, awarded, broken = map(read_match, RECORDED["matches"])
    assert league is not None
    assert (league.goals, league.half_time) == ((1, 1), (0, 1))
    assert (league.competition, league.home) == ("Ligue 1", ["ES Troyes AC", "Troyes", "TRO"])
    assert league.evidence == "football-data.org/v4/matches/330299: 1–1"
    assert penalties is not None
    assert penalties.goals == (1, 1), "penalties and extra time decide no market"
    # Left out: extra time that is not reported separately, an unfinished match, an awarded match, and an unreadable
    # entry.
    assert (extra_time, timed, awarded, broken) == (None, None, None, None)


async def test_unreachable_source_is_retried() -> None:
    with pytest.raises(RetryLater):
        await FootballData(KNOWN, "http://127.0.0.1:9").results(AT, AT + timedelta(days=1))
