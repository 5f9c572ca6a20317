"""Permission to read and answer customers' questions."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

ANSWER_QUESTIONS: Final = Permission(
    "question.answer", StaffRole.SUPPORT, Ability.CHANGE_CUSTOMERS, group=PermissionGroup.CUSTOMERS
)

PERMISSIONS: Final = (ANSWER_QUESTIONS,)
