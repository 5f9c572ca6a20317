"""Reading of the features' states (on, off, or draining: off with open obligations), and access to the objects that
loaded features declare.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Final, TypeVar

import structlog

from subscriptions.application.dto.rooms import declared_by, feature_of
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import (
    NONE,
    SETTING,
    FeatureState,
    FeatureStates,
    Part,
    choices_in,
    is_off_sentence,
    switched_on,
)
from subscriptions.application.staff.command import StaffCommand
from subscriptions.bootstrap.features import Installed, installed
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.feature_books import FeatureBooks, NotPrepared
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.infrastructure.database.features import require_migrated

log = structlog.get_logger(__name__)

P = TypeVar("P", bound=Part)
T = TypeVar("T")

_OWN_OFF: Final = frozenset({"off", "0"})


class RunningStates:
    """States of the features in a process, and access to the parts of loaded features. A part is an object that a
    feature declares in a module of a fixed name.
    """

    def __init__(self, found: Installed, states: FeatureStates | RetryLater) -> None:
        """Create the states.

        found: installed features
        states: states of the features, or the error that prevented reading them; the error is raised only when the
            states are used
        """
        self._found, self._states = found, states

    @property
    def now(self) -> FeatureStates:
        """States of the features. Raises RetryLater if they could not be read."""
        if isinstance(self._states, RetryLater):
            raise self._states
        return self._states

    def state(self, name: str) -> FeatureState:
        """Return the state of a feature; OFF if it is not installed."""
        return self.now.states.get(name, FeatureState.OFF)

    def is_loaded(self, name: str) -> bool:
        """Return True if a feature is on, or off with open obligations (draining)."""
        return self.state(name) is not FeatureState.OFF

    def state_of(self, kind: type) -> FeatureState:
        """Return the state of the feature that declares a class; ON for classes of the core."""
        name = feature_of(kind)
        return self.state(name) if name is not None else FeatureState.ON

    def offers(self, command: type[StaffCommand]) -> bool:
        """Return True if a staff command can be offered: it creates nothing new, or its feature is on."""
        return not command.begins or self.state_of(command) is FeatureState.ON

    def has(self, command: type[StaffCommand]) -> bool:
        """Return True unless the feature of a staff command is off."""
        return self.state_of(command) is not FeatureState.OFF

    def allows(self, permission: Permission) -> bool:
        """Return True unless the feature that declares a permission is off."""
        name = self.owner(permission)
        return name is None or name in self.now.loaded

    def off_sentence(self, permission: Permission) -> str:
        """Return a sentence that explains how to switch on the feature of a permission; empty if the feature is not
        off.
        """
        return "" if self.allows(permission) else is_off_sentence(self.owner(permission) or str(permission))

    def owner(self, permission: Permission) -> str | None:
        """Return the feature that declares a permission; None for a permission of the core."""
        return _permission_owners().get(permission)

    def parts(self, kind: type[P], *states: FeatureState) -> Sequence[P]:
        """Return the parts of this kind of the features in the given states, by default on or draining.

        The parts of a feature's dependencies come before its own part.
        """
        return [part for _, part in self.named_parts(kind, *states)]

    def named_parts(self, kind: type[P], *states: FeatureState) -> Sequence[tuple[str, P]]:
        """Return the parts that `parts` returns, each with the name of its feature."""
        wanted = states or (FeatureState.ON, FeatureState.DRAINING)
        found = ((name, self._found.part(name, kind)) for name in self._found.features if self.state(name) in wanted)
        return [(name, part) for name, part in found if part is not None]

    def made(self, kind: type[P], make: Callable[[P], T | None], *states: FeatureState) -> Sequence[tuple[str, T]]:
        """Return the objects that `make` creates from the parts, each with the feature's name. Objects that are None
        are omitted. A part for which `make` raises an error is omitted and reported.
        """
        found = list[tuple[str, T]]()
        for name, part in self.named_parts(kind, *states):
            with contained(name, kind.module, lasts=True):
                thing = make(part)
                if thing is not None:
                    found.append((name, thing))
        return found

    def line(self) -> str:
        """Return a text with name, version and state of each loaded feature. It shows whether two processes have loaded
        the same features.
        """
        versions = self._found.versions()
        return ", ".join(f"{name} {versions.get(name, '?')} {state}" for name, state in sorted(self.now.loaded.items()))


def everything_on() -> RunningStates:
    """Return states in which every installed feature is on, regardless of the database."""
    found = installed()
    return RunningStates(found, FeatureStates(states=dict.fromkeys(found.features, FeatureState.ON)))


@cache
def _permission_owners() -> Mapping[str, str]:
    """Return the declaring feature of each permission."""
    declared = declared_by("permissions", "PERMISSIONS")
    return {permission: name for name, permissions in declared.items() for permission in permissions}


class ReadStates:
    """Reader of the states of installed features. A state follows from the settings, the operator's choices, and the
    rows that a feature still has after it was switched off.
    """

    def __init__(
        self, found: Installed, units: UnitOfWorkFactory, books: FeatureBooks, value_of: Callable[[str], str]
    ) -> None:
        """Create the reader. `value_of`: function that returns the current value of the setting with a given name."""
        self._found, self._units, self._books, self._value_of = found, units, books, value_of

    async def __call__(self) -> FeatureStates:
        """Read the states.

        Raises RetryLater if the database does not answer, and NotPrepared if `umbral migrate` has not been run.
        """
        with require_migrated():
            return await self._read()

    async def _read(self) -> FeatureStates:
        features = self._found.features
        async with self._units() as uow:
            choices = choices_in({each.name: each.value for each in await uow.settings.all()})
        own = {name: self._value_of(each.own_setting) for name, each in features.items() if each.own_setting}
        off_by_own = [name for name, value in own.items() if value in _OWN_OFF]
        in_use = {name for name, value in own.items() if value and value not in _OWN_OFF} | {*await self._books.used()}
        in_use |= {
            name
            for name, each in features.items()
            if any(self._value_of(setting) == value for setting, value in each.wanted_by.items())
        }
        setting, vertical, broken = self._value_of(SETTING), self._value_of("VERTICAL"), self._found.broken
        decide = partial(switched_on, features, setting, vertical, choices, broken=broken, in_use=in_use)
        wanted, on = decide(), decide(off=off_by_own)
        off = [name for name in features if name not in on]
        left = dict(await self._books.left(off))
        if missing := sorted(features.keys() - left.keys()):
            raise NotPrepared(f"the database does not know {', '.join(missing)} yet: run `umbral migrate`")
        states = dict.fromkeys(on, FeatureState.ON)
        left |= {name: {} for name in off_by_own if features[name].setting_ends_rights}
        states |= {name: FeatureState.DRAINING if left[name] else FeatureState.OFF for name in off}
        # The state of a broken feature is unknown. It keeps the events that it would route, unless it was rejected.
        kept = [name for name in broken if choices.get(name, setting.strip() != NONE)]
        states |= dict.fromkeys(kept, FeatureState.DRAINING)
        left_now = {name: counts for name, counts in left.items() if counts}
        return FeatureStates(states=states, left=left_now, blocked=wanted - on)


AGAIN_S: Final = 1.0
"""Delay in seconds before the states of the features are read again after a failure."""


async def wait_for_states(read: ReadStates, stop: asyncio.Event) -> FeatureStates | None:
    """Read the states, retrying until they can be read. Return None if the process is stopped before that.

    Starting with guessed states would lose work, because events of features that are not loaded are not routed.
    """
    told = ""
    while not stop.is_set():
        try:
            return await read()
        except RetryLater as error:
            reason = str(error)
        if reason != told:
            log.warning("waits: the states of features cannot be read", reason=reason)
            told = reason
        try:
            await asyncio.wait_for(stop.wait(), AGAIN_S)
        except TimeoutError:
            continue
    return None
