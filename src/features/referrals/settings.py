"""Setting of the feature."""

from typing import Final

from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class ReferralSettings(EnvironmentSettings):
    """Setting of the days for both customers, from which every process determines the state of the feature."""

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
