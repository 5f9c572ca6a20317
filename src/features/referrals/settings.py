"""Setting of the feature."""

from typing import Final

from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class ReferralSettings(EnvironmentSettings):
    """Setting of the number of days for both customers. Every process reads the state of the feature from this
    setting.
    """

    referral_days: int = setting(
        "REFERRAL_DAYS",
        "free days for a customer who refers another, and for the referred customer",
        es="días gratis para quien recomienda a un cliente, y para ese cliente",
        topic="sales",
        restarts=(),
        default=0,
        ge=0,
        le=31,
    )


SETTINGS: Final = (("core", ReferralSettings),)
