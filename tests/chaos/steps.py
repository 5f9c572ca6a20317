"""The steps of a flow, as they were seen to happen, and the faults that can strike them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["call", "commit", "statement", "weather"]


@dataclass(frozen=True, order=True)
class Point:
    """Something a process does: a call to the outside, a commit, or a writing statement that commits by itself;
    or weather, which lasts for a whole play.

    place: the protocol of a call, `postgres` for what is written. what: the call's method and whom it is for, or what
    is written.
    """

    process: str
    kind: Kind
    place: str
    what: str

    @property
    def method(self) -> str:
        """A call's method, as the faults of the sandbox name it."""
        return self.what.partition(" → ")[0]


@dataclass(frozen=True, order=True)
class Step:
    """The n-th time (from 1) that a point is passed in one play of a flow."""

    point: Point
    n: int

    def __str__(self) -> str:
        """For people."""
        return f"{self.point.process}: {self.point.place} {self.point.what} #{self.n}"


@dataclass(frozen=True, order=True)
class Strike:
    """One fault at one step."""

    step: Step
    fault: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.fault} at {self.step}"

    def words(self) -> list[str | int]:
        """For a file; see `of`."""
        point = self.step.point
        return [point.process, point.kind, point.place, point.what, self.step.n, self.fault]

    @classmethod
    def of(cls, words: Sequence[Any]) -> Strike:
        """The strike that such words are about."""
        *point, n, fault = words
        return cls(Step(Point(*point), n), fault)


@dataclass(frozen=True)
class Fault:
    """How one call breaks. wire: what the sandbox is told to do; hold: seconds that it is left without an answer."""

    wire: Mapping[str, Any]
    hold: float = 0


SERVER_ERROR = 500
FORBIDDEN = 403
# A little longer than the product waits for an answer.
_PATIENCE = {"bot_api": 17.0, "mtproto": 22.0, "stripe": 27.0}

CALL_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "flood": {"do": "flood", "seconds": 1},
    "error 500": {"do": "error", "code": SERVER_ERROR},
    "error 500, but done": {"do": "error_after", "code": SERVER_ERROR},
    "connection cut before": {"do": "drop_before"},
    "connection cut after": {"do": "drop_after"},
    "garbage for an answer": {"do": "garbage"},
}
ACCOUNT_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "account has too many channels": {"do": "channels_too_much"},
    "account restricted": {"do": "restricted"},
    "account signed out": {"do": "auth_lost"},
}
FORBIDDEN_FAULT = "error 403"
HANG = "done, and no answer"
KILL_BEFORE, KILL_AFTER = "SIGKILL before", "SIGKILL after"
CUT_BEFORE, CUT_AFTER = "database connection cut before", "database connection cut after"
CUT_ALL, RESTART = "all database connections cut", "PostgreSQL restarted"
THROUGHOUT = "throughout"
KILLS = (KILL_BEFORE, KILL_AFTER)


def call_fault(point: Point, name: str) -> Fault:
    """What a named fault means for a call."""
    if name == HANG:
        return Fault({"do": "hold_after"}, _PATIENCE[point.place])
    if name == FORBIDDEN_FAULT:
        return Fault({"do": "error", "code": FORBIDDEN})
    return Fault({**CALL_FAULTS, **ACCOUNT_FAULTS}[name])


def faults_of(point: Point) -> list[str]:
    """The names of all that can happen at a point."""
    match point.kind:
        case "call":
            told = point.place == "bot_api" and point.method in {"sendMessage", "editMessageText"}
            forbidden = [FORBIDDEN_FAULT] if told and point.what.endswith("→ customer") else []
            return [*KILLS, *CALL_FAULTS, *forbidden, *_of_an_account(point), HANG]
        case "commit":
            return [*KILLS, CUT_BEFORE, CUT_AFTER]
        case _:
            # What a statement will write is known when it has been written.
            return [KILL_AFTER, CUT_AFTER]


def _of_an_account(point: Point) -> list[str]:
    """What Telegram can do to the account that calls; only who makes a channel can have too many."""
    if point.place != "mtproto":
        return []
    return [name for name in ACCOUNT_FAULTS if "channels" not in name or point.method == "CreateChannel"]


@dataclass(frozen=True)
class Recording:
    """How often each point was passed while a flow was played undisturbed."""

    passed: Mapping[Point, int]

    @classmethod
    def common(cls, plays: Iterable[Mapping[Point, int]], background: Collection[Point]) -> Recording:
        """What all of several plays have in common, without what happens by itself when nobody does anything."""
        least: Counter[Point] | None = None
        for play in plays:
            least = Counter(play) if least is None else least & Counter(play)
        return cls({point: count for point, count in sorted((least or {}).items()) if point not in background})

    def steps(self) -> list[Step]:
        """Every step."""
        return [Step(point, n) for point, count in self.passed.items() for n in range(1, count + 1)]

    def strikes(self) -> list[Strike]:
        """Every fault at every step."""
        return [Strike(step, fault) for step in self.steps() for fault in faults_of(step.point)]
