"""Who the owners are: the bot gives them their role, and the worker compares it."""

from typing import Annotated

from pydantic import BeforeValidator

from subscriptions.infrastructure.environment import EnvironmentSettings, comma_list, setting


class OwnerSettings(EnvironmentSettings):
    """Owners, of bot and worker."""

    admin_ids: Annotated[frozenset[int], BeforeValidator(comma_list)] = setting(
        "ADMIN_TELEGRAM_IDS",
        "the Telegram ids of the owners, numbers separated by commas",
        es="los ids de Telegram de los propietarios, números separados por comas",
        default=frozenset(),
    )
