"""Groups of settings that features add to the settings of a process."""

from collections.abc import Callable
from typing import TypeVar

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature
from subscriptions.infrastructure.environment import EnvironmentSettings

S = TypeVar("S", bound=EnvironmentSettings)


def with_blocks(process: str) -> Callable[[type[S]], type[S]]:
    """Return a decorator that adds the features' settings to the settings class of a process.

    A feature declares pairs of a process and a subclass of `EnvironmentSettings` as `SETTINGS` in its module
    `settings`.
    """
    blocks = list[type[EnvironmentSettings]]()
    for feature, pairs in declared_by("settings", "SETTINGS").items():
        with contained(feature, "settings", lasts=True):
            found = [block for name, block in pairs if name == process]
            if not all(isinstance(each, type) and issubclass(each, EnvironmentSettings) for each in found):
                raise InvalidFeature("SETTINGS holds pairs of a process and a subclass of EnvironmentSettings")
            for each in found:
                # A required setting of an optional feature would keep every process from starting.
                if required := [key for key, field in each.names().items() if field.is_required()]:
                    raise InvalidFeature(f"SETTINGS holds {', '.join(required)} without a default")
            blocks.extend(found)

    def add(kind: type[S]) -> type[S]:
        namespace = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        return type(kind.__name__, (kind, *blocks), namespace) if blocks else kind

    return add
