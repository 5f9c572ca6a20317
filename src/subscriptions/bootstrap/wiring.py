"""Dependency injection by type: a container has one provider per type, and a use case's parameters are filled by their
types.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from inspect import Parameter, signature
from typing import Any, Final, TypeVar, cast, get_type_hints

from dependency_injector import containers, providers

C = TypeVar("C", bound=containers.DeclarativeContainer)
T = TypeVar("T")

_PLAIN: Final = (bool, int, float, str, bytes, tuple, frozenset, timedelta, type, type(None))
"""Types of defaults that are values or classes, not objects to inject."""


def nested(kind: type[C], **others: Any) -> C:
    """Return the provider of a nested container, typed as the container itself, so that mypy can check access to the
    nested container's attributes.

    The library declares these attributes as providers of Any.
    """
    return cast(C, providers.Container(kind, **others))


class Wiring:
    """Factory of a container's providers.

    by_type: initial providers keyed by type
    kind: class of the created providers
    """

    def __init__(
        self,
        by_type: Mapping[Any, providers.Provider[Any]],
        kind: type[providers.Singleton[Any]] = providers.Singleton,
    ) -> None:
        self._by_type = dict(by_type)
        self._kind = kind

    def __call__(self, what: Callable[..., T], **others: Any) -> providers.Singleton[T]:
        """Return a provider of one shared object. Objects wired later get this object injected by type.

        what: class of the object, or function that returns the object
        others: keyword arguments that are not determined by type

        Raises TypeError if an object would be left at the parameter's default, because no provider has its type.
        """
        is_class = isinstance(what, type)
        types = get_type_hints(what.__init__ if is_class else what)
        parameters = {name: each for name, each in signature(what).parameters.items() if name not in others}
        arguments = {name: self._by_type[types[name]] for name in parameters if types.get(name) in self._by_type}
        for name in parameters.keys() - arguments.keys():
            default = parameters[name].default
            if default is not Parameter.empty and not isinstance(default, _PLAIN):
                raise TypeError(f"{what.__name__}: no provider has the type of {name!r}; pass it to keep the default")
        provider = self._kind(what, **arguments, **others)
        self._by_type[what if is_class else types["return"]] = provider
        return provider

    def copy(self) -> "Wiring":
        """Return a copy for a container that extends this one."""
        return Wiring(self._by_type, self._kind)
