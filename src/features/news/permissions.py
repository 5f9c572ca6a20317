"""Permissions of the activity feed."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

HEAR_NEWS: Final = Permission("news.hear", StaffRole.OWNER)

PERMISSIONS: Final = (HEAR_NEWS,)
