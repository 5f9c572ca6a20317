"""Repository classes of features."""

from collections.abc import Mapping
from typing import Final

from subscriptions.application.dto.rooms import of_features
from subscriptions.infrastructure.repositories.figure_repository import SqlFiguresRepository
from subscriptions.infrastructure.repositories.former_account_repository import SqlFormerAccountRepository
from subscriptions.infrastructure.repositories.pick_repository import SqlPickRepository
from subscriptions.infrastructure.repositories.promotion_repository import SqlPromotionRepository
from subscriptions.infrastructure.repositories.question_repository import SqlQuestionRepository
from subscriptions.infrastructure.repositories.store import MakeRepository
from subscriptions.infrastructure.repositories.vip_repository import (
    SqlTokenRepository,
    SqlVipEntryRepository,
    SqlVipRepository,
)
from subscriptions.infrastructure.repositories.withdrawal_repository import SqlWithdrawalRepository

_BROUGHT: Final = (
    SqlPickRepository,
    SqlPromotionRepository,
    SqlWithdrawalRepository,
    SqlQuestionRepository,
    SqlFiguresRepository,
    SqlFormerAccountRepository,
    SqlTokenRepository,
    SqlVipEntryRepository,
    SqlVipRepository,
)
REPOSITORIES: Final[Mapping[str, MakeRepository]] = {
    each.key.name: each for each in (*_BROUGHT, *of_features("repository", "REPOSITORIES"))
}
"""Repository classes, keyed by the name of their port's key."""
