"""Switching of features on and off at run time, which takes precedence over the setting FEATURES."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from subscriptions.application.features import (
    Feature,
    FeatureState,
    FeatureStates,
    choice_name,
    closure,
    dependants,
)
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

ReadFeatureStates = Callable[[], Awaitable[FeatureStates]]


@dataclass(frozen=True)
class Switched:
    """Result of switching a feature.

    names: features whose choice was stored, the requested feature last; empty if nothing changed
    blocked_by: names and values of the features' own settings that still keep the features off
    """

    names: Sequence[str]
    states: FeatureStates
    blocked_by: Mapping[str, str]


class SwitchFeature:
    """Use case that stores whether a feature is on or off. Each process applies it within seconds."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        clock: Clock,
        features: Mapping[str, Feature],
        read: ReadFeatureStates,
        broken: Collection[str] = (),
    ) -> None:
        """Create the use case. `broken`: names of features that cannot be used, and can only be switched off."""
        self._units, self._clock, self._features, self._read, self._broken = units, clock, features, read, broken

    async def __call__(self, name: str, *, on: bool, actor: str) -> Switched:
        """Switch a feature on or off. Switching on includes the feature's dependencies. `actor`: actor as named in the
        audit log.

        Raises InvalidInput for an unknown name, and for switching off a feature that an active feature needs.
        """
        if name in self._broken and not on:
            await self._store([name], FeatureState.OFF, actor)
            return Switched([name], await self._read(), {})
        if name not in self._features:
            raise InvalidInput("feature", f"there is no {name!r}; the names are: {', '.join(sorted(self._features))}")
        states_before = await self._read()
        states = states_before.states
        if on:
            wanted = [each for each in self._features if each in closure([name], self._features)]
        else:
            if users := dependants(name, states_before.names_on, self._features):
                raise InvalidInput("feature", f"{', '.join(users)} needs {name}; run `umbral features off {users[0]}`")
            wanted = [name]
        changed = [each for each in wanted if (states[each] is FeatureState.ON) != on]
        await self._store(changed, FeatureState.ON if on else FeatureState.OFF, actor)
        states_now = await self._read()
        is_blocked = on and states_now.states[name] is not FeatureState.ON
        own = [self._features[each].own_setting for each in wanted if is_blocked and self._features[each].own_setting]
        return Switched(changed, states_now, dict.fromkeys(own, FeatureState.OFF.value))

    async def _store(self, names: Sequence[str], state: FeatureState, actor: str) -> None:
        now = self._clock.now()
        async with self._units() as uow:
            for name in names:
                choice = CustomSetting(name=choice_name(name), value=state.value, changed_at=now)
                await uow.settings.save(choice)
                await uow.audit.record(
                    actor=actor,
                    action=f"feature.{state.value}",
                    subject=name,
                    reason="",
                    at=now,
                    facts={"feature": name},
                )
            await uow.commit()
