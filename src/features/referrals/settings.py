"""The setting of referrals."""

from typing import Final

from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class ReferralSettings(EnvironmentSettings):
    """Days for both customers. Every process reads the state of the feature from the setting."""

    referral_days: int = setting(
        "REFERRAL_DAYS",
        "days for who brings a customer, and theirs",
        es="días para quien trae a un cliente, y para ese cliente",
        topic="sales",
        restarts=(),
        default=0,
        ge=0,
        le=31,
    )


SETTINGS: Final = (("core", ReferralSettings),)
