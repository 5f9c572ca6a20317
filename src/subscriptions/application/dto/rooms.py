"""What is declared in any room is found there: nobody keeps a list of it."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules, walk_packages
from typing import Any, Final

ROOMS: Final = "subscriptions.application"


@cache
def load_rooms() -> None:
    """Import every module of the application, so that each class it declares is known to its base."""
    for module in walk_packages(import_module(ROOMS).__path__, f"{ROOMS}."):
        import_module(module.name)


@cache
def declared(module: str, constant: str) -> tuple[Any, ...]:
    """Return the members of a constant from each room that has a module of this name, rooms in alphabetical order."""
    rooms = sorted(each.name for each in iter_modules(import_module(ROOMS).__path__, f"{ROOMS}.") if each.ispkg)
    modules = [f"{room}.{module}" for room in rooms if find_spec(f"{room}.{module}") is not None]
    return tuple(each for name in modules for each in getattr(import_module(name), constant))
