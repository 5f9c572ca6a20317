"""Deferred import of the adapter that fetches, watermarks and reads pictures."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module

from features.marks.ports import OpenPictures, PickPictures
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.outgoing.addresses import Addresses, Network


def opener(networks: Sequence[Network]) -> OpenPictures:
    """Return a function that creates the adapter on first use, because most processes run without the packages that the
    adapter needs.

    `networks`: private networks from which pictures may be fetched.
    """
    return lambda: _pictures(tuple(networks))


@cache
def _pictures(networks: tuple[Network, ...]) -> PickPictures:
    """Create the adapter. Raises InvalidInput if a package is missing."""
    try:
        module = import_module("features.marks.adapters.pictures")
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "PICK_MARKS", f"needs {error.name} for pictures: pip install 'umbral-access[marks]'"
        ) from error
    pictures: PickPictures = module.MarkedPictures(Addresses(networks, plain=True))
    return pictures
