"""Options that limit a command to some of the existing objects."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from subscriptions.domain.errors import InvalidInput

if TYPE_CHECKING:
    from subscriptions.bootstrap.core import CoreContainer


def require_existing(option: str, value: str, existing_values: Collection[str]) -> None:
    """Raise InvalidInput with the existing values if the value of an option is none of them."""
    if value not in existing_values:
        known = f"choose one of: {', '.join(existing_values)}" if existing_values else "there are none"
        raise InvalidInput(option, f"{value[:60]!r} does not exist; {known}")


async def require_plan(core: CoreContainer, option: str, soft_id: str) -> None:
    """Raise InvalidInput with the slugs of all plans if no plan has this slug."""
    async with core.units()() as uow:
        plans = await uow.plans.all(active_only=False)
    require_existing(option, soft_id, [plan.soft_id for plan in plans])
