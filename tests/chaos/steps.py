"""Steps of a flow as recorded, and the faults that can be injected into the steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["call", "commit", "statement", "weather"]


@dataclass(frozen=True, order=True)
class Point:
    """Place in a flow where a fault can be injected: an external call, a commit, or a statement that commits
    automatically; or all updates or webhooks of a run, for a fault that lasts for the whole run.

    target: the protocol of a call, `postgres` for a write. what: the call's method and its recipient, or the writes.
    """

    process: str
    kind: Kind
    target: str
    what: str

    @property
    def method(self) -> str:
        """Return a call's method, as the sandbox's faults name it."""
        return self.what.partition(" → ")[0]


@dataclass(frozen=True, order=True)
class Step:
    """The n-th pass (from 1) of a point in one run of a flow."""

    point: Point
    n: int

    def __str__(self) -> str:
        """Return a readable description."""
        return f"{self.point.process}: {self.point.target} {self.point.what} #{self.n}"


@dataclass(frozen=True, order=True)
class Strike:
    """One fault at one step."""

    step: Step
    fault: str

    def __str__(self) -> str:
        """Return a readable description."""
        return f"{self.fault} at {self.step}"

    def words(self) -> list[str | int]:
        """Return the fault as words for a file; `of` is the inverse."""
        point = self.step.point
        return [point.process, point.kind, point.target, point.what, self.step.n, self.fault]

    @classmethod
    def of(cls, words: Sequence[Any]) -> Strike:
        """Parse a fault at a step from its words in a file."""
        *point, n, fault = words
        return cls(Step(Point(*point), n), fault)


@dataclass(frozen=True)
class Fault:
    """Fault of one call. wire: instruction to the sandbox, which injects the fault. hold: seconds for which the call
    gets no response.
    """

    wire: Mapping[str, Any]
    hold: float = 0


SERVER_ERROR = 500
FORBIDDEN = 403
# Slightly longer than the product's timeouts.
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
    """Return the fault with this name for a call."""
    if name == HANG:
        return Fault({"do": "hold_after"}, _PATIENCE[point.target])
    if name == FORBIDDEN_FAULT:
        return Fault({"do": "error", "code": FORBIDDEN})
    return Fault({**CALL_FAULTS, **ACCOUNT_FAULTS}[name])


def faults_of(point: Point) -> list[str]:
    """Return the names of all faults possible at a point."""
    match point.kind:
        case "call":
            notified = point.target == "bot_api" and point.method in {"sendMessage", "editMessageText"}
            forbidden = [FORBIDDEN_FAULT] if notified and point.what.endswith("→ customer") else []
            return [*KILLS, *CALL_FAULTS, *forbidden, *_of_an_account(point), HANG]
        case "commit":
            return [*KILLS, CUT_BEFORE, CUT_AFTER]
        case _:
            # The writes of a single statement are known only after it is done.
            return [KILL_AFTER, CUT_AFTER]


def _of_an_account(point: Point) -> list[str]:
    """Return the faults that Telegram can apply to the calling account. Only an account that creates a channel can be
    refused for owning too many channels.
    """
    if point.target != "mtproto":
        return []
    return [name for name in ACCOUNT_FAULTS if "channels" not in name or point.method == "CreateChannel"]


@dataclass(frozen=True)
class Recording:
    """Number of passes of each point in undisturbed runs of a flow."""

    passed: Mapping[Point, int]

    @classmethod
    def common(cls, plays: Iterable[Mapping[Point, int]], background: Collection[Point]) -> Recording:
        """Return the points that several undisturbed runs have in common, with the smallest number of passes, without
        those that processes also pass while no customer acts.
        """
        least: Counter[Point] | None = None
        for play in plays:
            least = Counter(play) if least is None else least & Counter(play)
        return cls({point: count for point, count in sorted((least or {}).items()) if point not in background})

    def steps(self) -> list[Step]:
        """Return every step."""
        return [Step(point, n) for point, count in self.passed.items() for n in range(1, count + 1)]

    def strikes(self) -> list[Strike]:
        """Return every fault at every step."""
        return [Strike(step, fault) for step in self.steps() for fault in faults_of(step.point)]
