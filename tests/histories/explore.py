"""Breadth-first search of all histories. Two histories with the same facts, up to a shift of time, are one state."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from tests.histories.events import EVENTS
from tests.histories.laws import LAWS, Moment
from tests.histories.pair import PAIR_EVENTS, PAIR_LAWS, Pair, PairMoment, pair_settled
from tests.histories.world import World, settled

_CHUNK = 200
_Reached = tuple[Any, tuple[str, ...]]
"""State with the events that lead to it."""


@dataclass(frozen=True)
class Subject:
    """What the histories are about: its first state, its events and laws.

    moment: makes the moment of a state, from the state, the moment before and the event's name
    settle: returns the state after the consequences of an event
    """

    first: Any
    moment: Callable[..., Any]
    settle: Callable[[Any], Any]
    events: Mapping[str, Callable[[Any], Any]]
    laws: Mapping[str, Callable[[Any], str | None]]


ONE: Final = Subject(World(), Moment, settled, EVENTS, LAWS)
PAIR: Final = Subject(Pair(), PairMoment, pair_settled, PAIR_EVENTS, PAIR_LAWS)


@dataclass
class Findings:
    """Result of a search. `broken`: shortest history that breaks each law, with the contradiction."""

    states: int = 0
    transitions: int = 0
    broken: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Search:
    """Search of the states that one more event leads to. `seen`: hashes of the states that were found before."""

    subject: Subject
    findings: Findings
    seen: set[int]

    def expand(self, level: Sequence[_Reached]) -> list[_Reached]:
        """Check the laws in all states that follow the given ones, and return those that were not seen before."""
        following: list[_Reached] = []
        for world, path in level:
            moment = self.subject.moment(world)
            for name, event in self.subject.events.items():
                changed = event(world)
                if changed is None:
                    continue
                self.findings.transitions += 1
                changed = self.subject.settle(changed)
                identity = hash(_identity(changed))
                if identity in self.seen:
                    continue
                self.seen.add(identity)
                _check(self.subject.moment(changed, moment, name), (*path, name), self.subject.laws, self.findings)
                following.append((changed, (*path, name)))
        return following


def explore(depth: int, subject: Subject = ONE) -> Findings:
    """Check the laws in every state that at most `depth` events lead to. All processors share the last event, after
    which most states are.
    """
    search = _Search(subject, Findings(), {hash(_identity(subject.first))})
    level: list[_Reached] = [(subject.first, ())]
    for _ in range(depth - 1):
        level = search.expand(level)
    if len(level) <= _CHUNK:
        search.expand(level)
    else:
        chunks = [level[at : at + _CHUNK] for at in range(0, len(level), _CHUNK)]
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            for findings, seen in pool.imap(partial(_expand_apart, search), chunks):
                search.seen.update(seen)
                search.findings.transitions += findings.transitions
                for name, finding in findings.broken.items():
                    search.findings.broken.setdefault(name, finding)
    search.findings.states = len(search.seen)
    return search.findings


def _expand_apart(search: _Search, level: Sequence[_Reached]) -> tuple[Findings, set[int]]:
    """Return the findings in the states that follow the given ones, and the hashes of the states that are new."""
    apart = replace(search, findings=Findings(), seen=set(search.seen))
    apart.expand(level)
    return apart.findings, apart.seen - search.seen


def play(names: Iterable[str]) -> Moment:
    """Return the state of a subscription after the named events. Raise ValueError if one of them cannot happen."""
    moment: Moment = _play(names, ONE)
    return moment


def play_pair(names: Iterable[str]) -> PairMoment:
    """Return the state of two customers after the named events. Raise ValueError if one of them cannot happen."""
    moment: PairMoment = _play(names, PAIR)
    return moment


def _play(names: Iterable[str], subject: Subject) -> Any:
    state = subject.first
    moment = subject.moment(state)
    for name in names:
        changed = subject.events[name](state)
        if changed is None:
            raise ValueError(f"{name} cannot happen after {state}")
        state = subject.settle(changed)
        moment = subject.moment(state, moment, name)
    return moment


def _check(
    moment: object, path: tuple[str, ...], laws: Mapping[str, Callable[[Any], str | None]], findings: Findings
) -> None:
    for name, law in laws.items():
        if name not in findings.broken:
            contradiction = law(moment)
            if contradiction is not None:
                findings.broken[name] = (path, contradiction)


def _identity(state: Any) -> Hashable:
    """Return the state with all times relative to now."""
    return _relative(state, state.now)


def _relative(value: Hashable, now: datetime) -> Hashable:
    if isinstance(value, datetime):
        return value - now
    if is_dataclass(value):
        return tuple(_relative(getattr(value, each.name), now) for each in fields(value))
    if isinstance(value, tuple):
        return tuple(_relative(each, now) for each in value)
    return value
