"""Setting with the number of free days that a referral grants."""

from typing import Final

from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class ReferralSettings(EnvironmentSettings):
    """Setting with the number of free days that a referral grants to both customers. Every process reads this setting
    to determine whether the feature is on.
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
