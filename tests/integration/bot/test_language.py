"""Messages in the language chosen by the customer, and terms and privacy notice on request."""

from __future__ import annotations

import pytest

from bot.screens import notices
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import TelegramId
from tests.fakes.announcements import announcement
from tests.integration.bot.conftest import Stage, buttons


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/terminos", "Estos son los términos"),
        ("/terms", "Estos son los términos"),
        ("/privacidad", "qué guardamos de ti"),
        ("/privacy", "qué guardamos de ti"),
    ],
)
async def test_terms_and_privacy_notice_can_be_read(stage: Stage, command: str, words: str) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        await ana.send(command)

        assert words in (await ana.said(words))["text"]


async def test_chosen_language_applies_until_the_telegram_language_is_selected(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        await ana.send("/idioma")
        asked = await ana.said("¿En qué idioma")
        assert list(buttons(asked)) == [
            "🇪🇸 Español",
            "🇬🇧 English",
            "🇵🇹 Português",
            "🇧🇷 Português (Brasil)",
            "✅ El de mi Telegram",
            "🕒 Hora: Madrid",
        ]

        await ana.press(asked, button="🇬🇧 English")
        done = await ana.said("I'll write to you in English")
        assert "✅ English" in buttons(done)
        await ana.send("/ayuda")
        helped = await ana.said("/plans")
        assert await menu(stage, ana.id) == "plans"

        await ana.press(done, button="📱 Same as my Telegram")
        await ana.said("desde ahora te escribo en español", after=helped["seq"])
        await ana.send("/help")
        await ana.said("/planes", after=helped["seq"])
        assert await menu(stage, ana.id) is None


async def test_times_are_shown_in_the_customers_time_zone(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        await ana.send("/idioma")
        await ana.press(await ana.said("¿En qué idioma"), button="🕒 Hora: Madrid")
        await ana.press(await ana.said("¿En qué zona horaria"), button="Bogotá")
        done = await ana.said("desde ahora te digo la hora de Bogotá")
        assert "✅ Bogotá" in buttons(done)
        await ana.send("/idioma")
        asked = await ana.said("¿En qué idioma", after=done["seq"])
        assert "🕒 Hora: Bogotá" in buttons(asked)
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
    assert customer is not None
    notified = notices.render(announcement(MessageKind.RENEWED), customer.language, zone=customer.zone)
    assert "(hora de Bogotá)" in notified.text


async def test_portuguese_customer_is_answered_in_portuguese(stage: Stage) -> None:
    async with stage.running():
        rui = await stage.person("Rui", language_code="pt-pt")
        await rui.start()
        welcome = await rui.said("boas-vindas")
        assert "Ver planos" in buttons(welcome)
        await rui.send("/planos")
        assert "29,99\xa0€/mês" in next(iter(buttons(await rui.said("Escolhe uma casa"))))
        await rui.send("/termos")
        await rui.said("Estes são os")


async def menu(stage: Stage, person: int) -> str | None:
    """Return the description of the plans command in a person's own menu, or None if the person has the general
    menu.
    """
    scope = {"type": "chat", "chat_id": person}
    answer = await stage.http.post(f"{stage.sandbox.url}/bot{stage.bot.token}/getMyCommands", json={"scope": scope})
    names = [command["command"] for command in answer.json()["result"]]
    return names[1] if names else None
