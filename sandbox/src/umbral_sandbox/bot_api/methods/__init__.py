"""Implementations of the Bot API's methods, one module per area."""

from umbral_sandbox.bot_api.context import Method
from umbral_sandbox.bot_api.methods import (
    editing,
    links,
    members,
    messages,
    payments,
    profile,
    topics,
    transport,
)


def all_methods() -> tuple[Method, ...]:
    """Return every Bot API method that the simulator implements."""
    areas = (transport, profile, messages, editing, members, topics, links, payments)
    return tuple(method for area in areas for method in area.METHODS)
