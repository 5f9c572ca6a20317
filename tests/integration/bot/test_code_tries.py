"""Codes and links that a person guesses in the chat: all kinds are counted together, and then get one answer."""

from __future__ import annotations

from typing import Final

import pytest

from subscriptions.domain.entities.customer import MOST_MISSES, WORDS_PER_CODE
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage

LIMITED: Final = "Has probado demasiados códigos"
GUESSES: Final = {
    "link of an activation code": "/start ABCDEFGHJKLMNPQR",
    "typed activation code": "ABCD EFGH JKLM NPQ2",
    "link of a promotion code": "/start promo_VERANO21",
    "typed promotion code": "VERANO21",
    "link of a partner": "/start p_paco",
    "link of an account transfer": "/start acc_abcdefgh",
    "link for members": "/start soy_sala",
    "team invitation": "/start team_abcdefgh",
}
"""Messages with a code that does not exist, keyed by kind of code."""


async def answered(ana: Phone, text: str) -> str:
    """Write to the bot, and return its first answer."""
    before = (await ana.messages())[-1]["seq"] if await ana.messages() else 0
    await ana.send(text)
    return str((await ana.said("", after=before))["text"])


async def misses(stage: Stage, ana: Phone) -> int:
    async with stage.core.units()() as uow:
        known = await uow.customers.by_telegram_id(TelegramId(ana.id))
    assert known is not None
    return known.code_misses


async def test_guessed_codes_of_all_kinds_are_counted_together_and_get_one_answer_after_five(stage: Stage) -> None:
    async with stage.running():
        ana, guesses = await stage.person("Ana"), list(GUESSES.values())
        for number, guess in enumerate(guesses[:MOST_MISSES]):
            assert LIMITED not in await answered(ana, guess), guess
            assert await misses(stage, ana) == (number + 1) * WORDS_PER_CODE, guess
        for guess in guesses:
            assert (await answered(ana, guess)).startswith(LIMITED), guess
        assert await misses(stage, ana) == MOST_MISSES * WORDS_PER_CODE
        bea = await stage.person("Bea")
        for number, guess in enumerate(guesses[MOST_MISSES:]):
            assert LIMITED not in await answered(bea, guess), guess
            assert await misses(stage, bea) == (number + 1) * WORDS_PER_CODE, guess


@pytest.mark.parametrize("payload", ["status", "plan_retabet", "src_radio", "withdraw"])
async def test_links_without_a_code_work_after_too_many_misses(stage: Stage, payload: str) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        for _ in range(MOST_MISSES):
            await answered(ana, GUESSES["team invitation"])
        assert (await answered(ana, GUESSES["typed promotion code"])).startswith(LIMITED)
        assert LIMITED not in await answered(ana, f"/start {payload}")
