"""What a use case needs is said once, by the types of its own parameters; a container has a provider for each type."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, TypeVar, cast, get_type_hints

from dependency_injector import containers, providers

C = TypeVar("C", bound=containers.DeclarativeContainer)
T = TypeVar("T")


def nested(kind: type[C], **others: Any) -> C:
    """Return the provider of a container within another, typed as what its attributes lead to: as the container.

    The library types its attributes as providers of anything, so that mypy would see nothing behind them.
    """
    return cast(C, providers.Container(kind, **others))


class Wiring:
    """Makes the providers of a container. by_type: what it has to begin with. kind: of the providers that are made."""

    def __init__(
        self,
        by_type: Mapping[Any, providers.Provider[Any]],
        kind: type[providers.Singleton[Any]] = providers.Singleton,
    ) -> None:
        self._by_type = dict(by_type)
        self._kind = kind

    def __call__(self, what: Callable[..., T], **others: Any) -> providers.Singleton[T]:
        """The provider of one object, which whatever is made later gets by its type.

        what: its class, or the function that returns it. others: by their names, parameters that no type tells.
        """
        is_class = isinstance(what, type)
        types = get_type_hints(what.__init__ if is_class else what)
        arguments = {
            name: self._by_type[types[name]]
            for name in signature(what).parameters
            if name not in others and types.get(name) in self._by_type
        }
        provider = self._kind(what, **arguments, **others)
        self._by_type[what if is_class else types["return"]] = provider
        return provider

    def copy(self) -> "Wiring":
        """The same for a container that has all of this one and more."""
        return Wiring(self._by_type, self._kind)
