"""Staff commands on broadcasts."""

from features.broadcasts.commands import changes, compose, start

__all__ = ["changes", "compose", "start"]
