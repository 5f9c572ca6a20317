"""Settings of the operator, read from the environment. Each process requires only the settings that it uses."""

from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load

__all__ = ["CoreSettings", "SettingsError", "load"]
