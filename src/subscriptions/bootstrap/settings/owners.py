"""Setting of the owners' Telegram ids. The bot grants the owner role, and the worker checks it."""

from typing import Annotated

from pydantic import BeforeValidator

from subscriptions.infrastructure.environment import EnvironmentSettings, comma_list, setting


class OwnerSettings(EnvironmentSettings):
    """Setting of the owners' Telegram ids, for the bot and the worker."""

    admin_ids: Annotated[frozenset[int], BeforeValidator(comma_list)] = setting(
        "ADMIN_TELEGRAM_IDS",
        "the Telegram ids of the owners, numbers separated by commas",
        es="los ids de Telegram de los propietarios, números separados por comas",
        default=frozenset(),
    )
