"""Groups of settings that features add to the settings of a process."""

from collections.abc import Callable
from typing import TypeVar

from subscriptions.application.dto.rooms import of_features
from subscriptions.infrastructure.environment import EnvironmentSettings

S = TypeVar("S", bound=EnvironmentSettings)


def with_blocks(process: str) -> Callable[[type[S]], type[S]]:
    """Return a decorator that adds the features' settings to the settings class of a process.

    A feature declares pairs of a process and a subclass of `EnvironmentSettings` as `SETTINGS` in its module
    `settings`.
    """
    blocks = [block for name, block in of_features("settings", "SETTINGS") if name == process]

    def add(kind: type[S]) -> type[S]:
        namespace = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        return type(kind.__name__, (kind, *blocks), namespace) if blocks else kind

    return add
