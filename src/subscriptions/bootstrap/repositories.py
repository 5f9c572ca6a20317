"""Repository classes that a unit of work looks up by key: those of some parts of the core, and those of features."""

from collections.abc import Mapping
from typing import Any, Final

from subscriptions.application.dto.rooms import added_by_features
from subscriptions.infrastructure.repositories.discount_code_repository import SqlDiscountRepository
from subscriptions.infrastructure.repositories.fact_repository import SqlFactRepository
from subscriptions.infrastructure.repositories.former_account_repository import SqlFormerAccountRepository
from subscriptions.infrastructure.repositories.payment_key_repository import SqlPaymentKeyRepository
from subscriptions.infrastructure.repositories.post_repository import SqlPostRepository
from subscriptions.infrastructure.repositories.store import MakeRepository
from subscriptions.infrastructure.repositories.vip_repository import (
    SqlTokenRepository,
    SqlVipEntryRepository,
    SqlVipRepository,
)
from subscriptions.infrastructure.repositories.withdrawal_repository import SqlWithdrawalRepository

_BROUGHT: Final = (
    SqlPaymentKeyRepository,
    SqlPostRepository,
    SqlDiscountRepository,
    SqlWithdrawalRepository,
    SqlFormerAccountRepository,
    SqlFactRepository,
    SqlTokenRepository,
    SqlVipEntryRepository,
    SqlVipRepository,
)


def _name_of(repository: Any) -> str:
    name: str = repository.key.name
    return name


_CORE: Final[Mapping[str, MakeRepository]] = {each.key.name: each for each in _BROUGHT}
REPOSITORIES: Final[Mapping[str, MakeRepository]] = {
    **_CORE,
    **added_by_features("repository", "REPOSITORIES", type, _name_of, _CORE),
}
"""Repository classes, keyed by the name of the key that `UnitOfWork.of` takes."""
