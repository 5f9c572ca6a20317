"""What the operator configures, read from the environment; each process demands only what it needs."""

from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load

__all__ = ["CoreSettings", "SettingsError", "load"]
