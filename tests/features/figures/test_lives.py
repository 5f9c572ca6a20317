"""The figures of random customer histories equal their payments and refunds."""

from __future__ import annotations

import pytest

from subscriptions.infrastructure.database.engine import create_engine
from tests.features.figures.lives import Sums
from tests.lives.conftest import quiet
from tests.lives.test_lives import LIVES, play

__all__ = ["quiet"]

SUMS = max(1, LIVES // 20)
"""Number of customer histories whose figures are also calculated by the database."""

pytestmark = pytest.mark.usefixtures("quiet")


async def test_console_figures_of_random_customer_histories_match_payments_and_refunds(database_url: str) -> None:
    engine = create_engine(database_url)
    await play(range(SUMS), Sums(engine).hold)
    await engine.dispose()
