"""Settings of tips, which every process reads."""

from decimal import Decimal
from typing import Final

from features.picks.domain import ODDS_BOUND_SETTING
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class TipSettings(EnvironmentSettings):
    """Settings of tips."""

    tip_odds_bound: Decimal = setting(
        ODDS_BOUND_SETTING,
        "odds above which a tip's odds must be repeated, because they are probably a typing error, 1 to 10000",
        es="cuota a partir de la cual hay que repetir la de un pronóstico, porque seguramente es un error al escribir,"
        " de 1 a 10000",
        topic="messages",
        restarts=(),
        default=Decimal(50),
        ge=1,
        le=10_000,
    )


SETTINGS: Final = (("core", TipSettings),)
