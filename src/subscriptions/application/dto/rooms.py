"""What is declared in any room is found there: nobody keeps a list of it."""

from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

ROOMS: Final = "subscriptions.application"


@cache
def load_rooms() -> None:
    """Import every module of the application, so that each class it declares is known to its base."""
    for module in walk_packages(import_module(ROOMS).__path__, f"{ROOMS}."):
        import_module(module.name)
