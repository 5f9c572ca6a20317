"""What fetches, marks and reads pictures, loaded when the first picture is asked about."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module

from features.marks.ports import OpenPictures, PickPictures
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.outgoing.addresses import Addresses, Network


def opener(networks: Sequence[Network]) -> OpenPictures:
    """Return what opens the adapter: most processes do without its packages. networks: private ones that pictures may
    come from."""
    return lambda: _pictures(tuple(networks))


@cache
def _pictures(networks: tuple[Network, ...]) -> PickPictures:
    """Raises InvalidInput where a package is missing."""
    try:
        module = import_module("features.marks.adapters.pictures")
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "PICK_MARKS", f"needs {error.name} for pictures: pip install 'umbral-access[marks]'"
        ) from error
    pictures: PickPictures = module.MarkedPictures(Addresses(networks, plain=True))
    return pictures
