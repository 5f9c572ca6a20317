"""Results of football matches from football-data.org, version 4 (docs.football-data.org/general/v4)."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from features.record.domain.event_result import EventResult, Goals
from subscriptions.domain.errors import Permanent, RetryLater

TIMEOUT_SECONDS: Final = 10.0
_RETRY_DELAY: Final = timedelta(minutes=5)
GoalCount = Annotated[int, Field(ge=0, le=99)]


class _Score(BaseModel):
    home: GoalCount | None = None
    away: GoalCount | None = None

    @property
    def pair(self) -> Goals | None:
        return (self.home, self.away) if self.home is not None and self.away is not None else None


class _Scores(BaseModel):
    duration: str
    full_time: _Score = Field(alias="fullTime")
    half_time: _Score = Field(_Score(), alias="halfTime")
    regular_time: _Score = Field(_Score(), alias="regularTime")


class _NameNode(BaseModel):
    name: str = Field(min_length=1)
    short_name: str | None = Field(None, alias="shortName")
    tla: str | None = None

    @property
    def names(self) -> Sequence[str]:
        return [name for name in (self.name, self.short_name, self.tla) if name]


class _Match(BaseModel):
    id: int
    starts_at: AwareDatetime = Field(alias="utcDate")
    status: Literal["FINISHED"]
    competition: _NameNode
    home: _NameNode = Field(alias="homeTeam")
    away: _NameNode = Field(alias="awayTeam")
    score: _Scores


@dataclass(frozen=True)
class FootballData:
    """Implementation of `ResultsSource` over HTTP. The service limits each request to ten days.

    base: URL of the service without a trailing slash
    """

    name = "football-data"

    token: str = field(repr=False)
    base: str

    async def results(self, start: datetime, end: datetime) -> Sequence[EventResult]:
        """Implements `ResultsSource.results`. The service treats `dateTo` as the beginning of that day, so the
        following day is requested as the end.
        """
        params = {"dateFrom": f"{start:%Y-%m-%d}", "dateTo": f"{end + timedelta(days=1):%Y-%m-%d}"}
        # On loopback nothing is encrypted, so no certificate authorities are needed; loading them takes a while.
        verify = True if self.base.startswith("https://") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=verify) as client:
                headers = {"X-Auth-Token": self.token}
                answer = await client.get(f"{self.base}/v4/matches", params=params, headers=headers)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RetryLater(f"{self.name} cannot be reached ({type(error).__name__})", delay=_RETRY_DELAY) from None
        if answer.status_code in {400, 401, 403}:
            raise Permanent(_message(body) or f"{self.name} answers {answer.status_code}")
        if not answer.is_success:
            raise RetryLater(f"{self.name} answers {answer.status_code}", delay=_RETRY_DELAY)
        matches = body.get("matches") if isinstance(body, dict) else None
        results = [read_match(match) for match in matches] if isinstance(matches, list) else []
        return [each for each in results if each is not None and start <= each.starts_at < end]


def read_match(record: object) -> EventResult | None:
    """Return the result of a match; None if the match is not over, was not decided on the pitch, or lacks data."""
    try:
        match = _Match.model_validate(record)
    except ValidationError:
        return None
    score = match.score
    # `fullTime` includes extra time and penalties.
    goals = (score.full_time if score.duration == "REGULAR" else score.regular_time).pair
    if goals is None:
        return None
    return EventResult(
        competition=match.competition.name,
        home=match.home.names,
        away=match.away.names,
        starts_at=match.starts_at,
        goals=goals,
        half_time=score.half_time.pair,
        evidence=f"football-data.org/v4/matches/{match.id}: {goals[0]}–{goals[1]}",
    )


def _message(body: object) -> str | None:
    return str(body["message"])[:200] if isinstance(body, dict) and "message" in body else None
