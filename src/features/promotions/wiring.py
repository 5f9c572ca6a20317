"""Dependency container of the use cases for promotions."""

from dependency_injector import containers

from features.promotions.use_cases.claim_promotion import ClaimPromotion
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.wiring import nested


class PromotionsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    marks_of_trials = make(trial_marks)
    claim_promotion = make(ClaimPromotion)
