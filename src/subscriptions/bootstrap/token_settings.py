"""Settings of features that are derived from the bot's token. A feature declares them as `FROM_TOKEN` in its module
`settings`.
"""

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained


def settings_from_token(token: str) -> dict[str, str]:
    """Return the settings that features derive from the bot's token. If a feature's declaration fails, its settings are
    left out and the failure is reported.
    """
    found = dict[str, str]()
    for feature, pairs in declared_by("settings", "FROM_TOKEN").items():
        with contained(feature, "settings"):
            found |= {name: derive(token) for name, derive in pairs}
    return found


def derived_names() -> frozenset[str]:
    """Return the names of the settings that features derive from the bot's token."""
    found = set[str]()
    for feature, pairs in declared_by("settings", "FROM_TOKEN").items():
        with contained(feature, "settings", lasts=True):
            found |= {name for name, _ in pairs}
    return frozenset(found)
