"""Singleton provider that records whether its object was created. The operator's specification requires a list of
created services (`get_loaded_services()`).
"""

from typing import Any

from dependency_injector import containers, providers


class Lazy(providers.Singleton[Any]):
    """Provider of a singleton that is created at first use. `is_made`: True after the creation."""

    is_made = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the instance, creating it on the first call."""
        instance = super().__call__(*args, **kwargs)
        self.is_made = True
        return instance


def get_loaded_services(container: containers.Container) -> list[str]:
    """Return the names of the services that were created, in alphabetical order."""
    return sorted(name for name, each in container.providers.items() if isinstance(each, Lazy) and each.is_made)
