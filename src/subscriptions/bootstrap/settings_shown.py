"""Selection of the settings that owners see: the settings that have an effect in their installation."""

from collections.abc import Iterator

from subscriptions.application.access.resource_kind import resource_kinds
from subscriptions.application.dto.rooms import declared_by, found_features
from subscriptions.application.feature_failures import contained
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.settings_in_force import EVERY_SETTING


async def shown_settings(core: CoreContainer) -> frozenset[str]:
    """Return the names of all settings except those of features that are off, and of kinds of resource that no plan
    includes. If only a feature's own setting keeps the feature off, that setting is included. Raises RetryLater.
    """
    return frozenset(EVERY_SETTING) - {*_of_features_off(core.features())} - {*await _of_unused_kinds(core)}


def _of_features_off(features: RunningStates) -> Iterator[str]:
    declared = declared_by("settings", "SETTINGS")
    for name, feature in found_features().declarations.items():
        if features.is_loaded(name):
            continue
        names = {*feature.settings}
        with contained(name, "settings", lasts=True):
            names |= {setting for _, kind in declared.get(name, ()) for setting in kind.names()}
        yield from names - ({feature.own_setting} if name in features.now.blocked else set())


async def _of_unused_kinds(core: CoreContainer) -> Iterator[str]:
    async with core.units()() as uow:
        opened = {soft_id for plan in await uow.plans.all() for soft_id in plan.opens}
        used = {resource.kind for resource in await uow.resources.all() if resource.soft_id in opened}
    return (setting for name, kind in resource_kinds().items() if name not in used for setting in kind.settings)
