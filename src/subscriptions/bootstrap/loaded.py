"""Services that know whether they were made: what the operator's documents ask of their container
(`get_loaded_services()`)."""

from typing import Any

from dependency_injector import containers, providers


class Lazy(providers.Singleton[Any]):
    """Made at its first use. is_made: whether that has been."""

    is_made = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The one object."""
        instance = super().__call__(*args, **kwargs)
        self.is_made = True
        return instance


def get_loaded_services(container: containers.Container) -> list[str]:
    """The names of those that were made, in the order of the alphabet."""
    return sorted(name for name, each in container.providers.items() if isinstance(each, Lazy) and each.is_made)
