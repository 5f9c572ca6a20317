"""Everyday jobs of an operator in the panel, in at most four presses each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from subscriptions.domain.ids import ChatId
from tests.integration.bot.conftest import Message, Phone, Stage
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk, owner, words

MOST = 4
"""Maximum presses of a job. Typing does not count."""
NEW = ChatId(-1002200000009)


@dataclass
class CountingPhone(Phone):
    """Telegram client that counts the presses of buttons."""

    presses: int = 0

    async def press(self, message: Message, *, button: str | None = None, data: str | None = None) -> dict[str, Any]:
        """See Phone."""
        self.presses += 1
        return await super().press(message, button=button, data=data)

    @contextmanager
    def job(self) -> Iterator[None]:
        """Assert that the block takes few presses."""
        self.presses = 0
        yield
        assert self.presses <= MOST, self.presses


async def operator(stage: Stage) -> tuple[Desk, CountingPhone]:
    """Return an owner in the panel, and their phone."""
    desk = await owner(stage)
    phone = CountingPhone(desk.phone.http, desk.phone.id, desk.phone.bot)
    desk.phone = phone
    return desk, phone


async def test_customer_is_found_in_few_presses(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("María José", last_name="Méndez")
        await bought(stage, ana)
        # The name that she has at Telegram, which the purchase above did not bring.
        seen = (await ana.messages())[-1]["seq"]
        await ana.start()
        await ana.said("", after=seen)
        olga, phone = await operator(stage)
        with phone.job():  # found by half a name
            await olga.write("/admin clientes")
            assert "Méndez" in (await olga.write("mend"))["text"]


async def test_jobs_about_the_shop_take_few_presses(stage: Stage) -> None:
    async with stage.running():
        olga, phone = await operator(stage)
        with phone.job():  # another price for new customers
            await olga.write("/admin planes")
            await olga.press("Retabet")
            await olga.press("💶 Precio")
            await olga.write("34,99")
            assert "34,99\xa0€" in (await olga.press("✅ Confirmar"))["text"]
        with phone.job():  # a colleague with limited rights
            await olga.write("/admin equipo")
            await olga.press("✉️ Invitaciones")
            await olga.press("✉️ Invitar por enlace")
            await olga.press("soporte")
            assert "start=team_" in (await olga.press("24 h"))["text"]
        with phone.job():  # the last quarter's receipts
            offered = await olga.write("/admin para la gestoría")
            await olga.press(next(word for word in words(offered) if word.startswith("📄 ")))
        with phone.job():  # the month's revenue and churn
            shown = await olga.write("/admin cifras")
            assert "Últimos 30 días" in shown["text"]


async def test_unknown_words_after_the_command_open_the_panel(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        for words_typed in ("/admin xyzzy", "/admin", "/admin a"):
            assert "Panel de Retador" in (await olga.write(words_typed))["text"]
