"""Breadth-first search of all histories. Two histories with the same facts, up to a shift of time, are one state."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import partial

from tests.histories.events import EVENTS
from tests.histories.laws import LAWS, Law, Moment
from tests.histories.world import Event, World, settled

_CHUNK = 200
_Reached = tuple[World, tuple[str, ...]]
"""State with the events that lead to it."""


@dataclass
class Findings:
    """Result of a search. `broken`: shortest history that breaks each law, with the contradiction."""

    states: int = 0
    transitions: int = 0
    broken: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Search:
    """Search of the states that one more event leads to. `seen`: hashes of the states that were found before."""

    events: Mapping[str, Event]
    laws: Mapping[str, Law]
    findings: Findings
    seen: set[int]

    def expand(self, level: Sequence[_Reached]) -> list[_Reached]:
        """Check the laws in all states that follow the given ones, and return those that were not seen before."""
        following: list[_Reached] = []
        for world, path in level:
            moment = Moment(world)
            for name, event in self.events.items():
                changed = event(world)
                if changed is None:
                    continue
                self.findings.transitions += 1
                changed = settled(changed)
                identity = hash(_identity(changed))
                if identity in self.seen:
                    continue
                self.seen.add(identity)
                _check(Moment(changed, moment, name), (*path, name), self.laws, self.findings)
                following.append((changed, (*path, name)))
        return following


def explore(depth: int, events: Mapping[str, Event] = EVENTS, laws: Mapping[str, Law] = LAWS) -> Findings:
    """Check the laws in every state that at most `depth` events lead to. All processors share the last event, after
    which most states are.
    """
    first = World()
    search = _Search(events, laws, Findings(), {hash(_identity(first))})
    level: list[_Reached] = [(first, ())]
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
    """Return the state after the named events. Raise ValueError if one of them cannot happen."""
    moment = Moment(World())
    for name in names:
        world = EVENTS[name](moment.world)
        if world is None:
            raise ValueError(f"{name} cannot happen after {moment.state}")
        moment = Moment(settled(world), moment, name)
    return moment


def _check(moment: Moment, path: tuple[str, ...], laws: Mapping[str, Law], findings: Findings) -> None:
    for name, law in laws.items():
        if name not in findings.broken:
            contradiction = law(moment)
            if contradiction is not None:
                findings.broken[name] = (path, contradiction)


def _identity(world: World) -> Hashable:
    """Return the world with all times relative to now."""
    return _relative(world.facts, world.now), _relative(world.provider, world.now), world.price


def _relative(value: Hashable, now: datetime) -> Hashable:
    if isinstance(value, datetime):
        return value - now
    if is_dataclass(value):
        return tuple(_relative(getattr(value, each.name), now) for each in fields(value))
    if isinstance(value, tuple):
        return tuple(_relative(each, now) for each in value)
    return value
