"""Breadth-first search of all histories. Two histories with the same facts, up to a shift of time, are one state."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime

from tests.histories.events import EVENTS
from tests.histories.laws import LAWS, Law, Moment
from tests.histories.world import Event, World, settled


@dataclass
class Findings:
    """Result of a search. `broken`: shortest history that breaks each law, with the contradiction."""

    states: int = 0
    transitions: int = 0
    broken: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


def explore(depth: int, events: Mapping[str, Event] = EVENTS, laws: Mapping[str, Law] = LAWS) -> Findings:
    """Check the laws in every state that at most `depth` events lead to."""
    findings, seen = Findings(states=1), {_identity(World())}
    level: list[tuple[Moment, tuple[str, ...]]] = [(Moment(World()), ())]
    for _ in range(depth):
        following: list[tuple[Moment, tuple[str, ...]]] = []
        for moment, path in level:
            for name, event in events.items():
                world = event(moment.world)
                if world is None:
                    continue
                findings.transitions += 1
                world = settled(world)
                identity = _identity(world)
                if identity in seen:
                    continue
                seen.add(identity)
                reached = Moment(world, moment, name)
                _check(reached, (*path, name), laws, findings)
                reached.before = None
                following.append((reached, (*path, name)))
        level = following
    findings.states = len(seen)
    return findings


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
