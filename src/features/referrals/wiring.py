"""Wiring of the feature's use cases."""

from datetime import timedelta
from typing import cast

from dependency_injector import containers

from features.referrals.domain import ReferralDays
from features.referrals.feature import FEATURE
from features.referrals.settings import ReferralSettings
from features.referrals.use_cases.give_referral import GiveReferral
from features.referrals.use_cases.show_referrals import ShowReferrals
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


def referral_days(core: CoreContainer) -> ReferralDays:
    """Return a function that returns the free time granted for a referral; zero unless the feature is on."""

    def days() -> timedelta:
        is_on = core.features().state(FEATURE.name) is FeatureState.ON
        return timedelta(days=cast(ReferralSettings, core.settings()).referral_days if is_on else 0)

    return days


class ReferralsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    days = make(referral_days, core=core)
    grant_access = make(GrantAccess)
    give_referral = make(GiveReferral)
    show_referrals = make(ShowReferrals)
