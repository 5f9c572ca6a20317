"""Everyday jobs of an operator in the panel, which take at most four presses each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.provider import Provider
from tests.integration.bot.conftest import Message, Phone, Stage
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk, owner, words
from tests.support.features import runs

MOST = 4
"""Maximum number of presses for a job. Typing does not count."""
NEW = ChatId(-1002200000009)


@dataclass
class CountingPhone(Phone):
    """Telegram client that counts the presses of buttons."""

    presses: int = 0

    async def press(self, message: Message, *, button: str | None = None, data: str | None = None) -> dict[str, Any]:
        """Press a button under a message, and count the press."""
        self.presses += 1
        return await super().press(message, button=button, data=data)

    @contextmanager
    def job(self) -> Iterator[None]:
        """Assert that the block takes at most the allowed number of presses."""
        self.presses = 0
        yield
        assert self.presses <= MOST, self.presses


async def operator(stage: Stage) -> tuple[Desk, CountingPhone]:
    """Return an owner in the panel, and the owner's Telegram client."""
    desk = await owner(stage)
    phone = CountingPhone(desk.phone.http, desk.phone.id, desk.phone.bot)
    desk.phone = phone
    return desk, phone


async def test_staff_find_a_customer_by_part_of_the_name_within_four_presses(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("María José", last_name="Méndez")
        await bought(stage, ana)
        # The name from her Telegram profile, which is missing in the purchase above.
        seen = (await ana.messages())[-1]["seq"]
        await ana.start()
        await ana.said("", after=seen)
        olga, phone = await operator(stage)
        with phone.job():  # found by half a name
            await olga.write("/admin clientes")
            assert "Méndez" in (await olga.write("mend"))["text"]


async def test_each_customer_command_takes_at_most_four_presses(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        stage.gateways.gateways["memory"] = Provider(stage.core.clock())
        owned = await bought(stage, ana)
        olga, phone = await operator(stage)
        with phone.job():  # 7 days
            await olga.write("/admin clientes")
            await olga.write("Ana")
            await olga.press("± días")
            await olga.press("+7 días")
            await olga.write("cortesía")
            await olga.press("✅ Confirmar")
        async with stage.core.units()() as uow:
            given = await uow.subscriptions.get(owned.subscription.id)
        assert given is not None
        assert given.access_until is not None
        assert owned.subscription.access_until is not None
        assert given.access_until - owned.subscription.access_until == timedelta(days=7)
        with phone.job():  # half of a payment is refunded
            await olga.write("/admin clientes")
            await olga.write("Ana")
            await olga.press("Pagos")
            await olga.press("💸 Reembolsar")
            await olga.write("15,00")
            await olga.write("cortesía")
            assert "15,00" in (await olga.press("Sí, devolver"))["text"]
        async with stage.core.units()() as uow:
            ended = await uow.subscriptions.get(owned.subscription.id, lock=True)
            assert ended is not None
            ended.end("expired", stage.core.clock().now())
            await uow.subscriptions.save(ended)
            await uow.commit()
        with phone.job():  # The reason why a customer is out.
            await olga.write("/admin clientes")
            await olga.write("Ana")
            assert "Ha terminado" in (await olga.press("¿Por qué?"))["text"]


async def test_chat_is_replaced_by_another_chat_in_at_most_four_presses(stage: Stage) -> None:
    now = stage.core.clock().now()
    async with stage.core.units()() as uow:
        talk = Resource.add("tertulia", GROUP, "Tertulia", EntryPolicy.REQUEST, now)
        assert await uow.resources.add_if_new(talk)
        assert await uow.channels.add_if_new(Channel.for_resource(talk, ChatId(-1002200000008), "Tertulia", now))
        look = ChannelLook(title="Peña", is_channel=False, is_admin=True, chat_type="supergroup", chat=NEW)
        await uow.resources.see_chat(look, now)
        await uow.commit()
    async with stage.running():
        olga, phone = await operator(stage)
        with phone.job():
            await olga.write("/admin canales y grupos")
            await olga.press("Tertulia")
            await olga.press("Cambiar por otro")
            await olga.press("Peña")
            await olga.write(f"{now + timedelta(days=14):%d/%m/%Y}")
            assert "El antiguo se vacía el" in (await olga.press("Sí, cambiarlo"))["text"]


async def test_each_shop_command_takes_at_most_four_presses(stage: Stage) -> None:
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
        if runs("figures"):
            with phone.job():  # the month's revenue and churn
                await olga.write("/admin cifras")
                assert "Perdidas: " in (await phone.said("Ingresos, menos devoluciones"))["text"]


async def test_command_with_unknown_words_opens_the_panel(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        for words_typed in ("/admin xyzzy", "/admin", "/admin a"):
            assert "Panel de Retador" in (await olga.write(words_typed))["text"]
