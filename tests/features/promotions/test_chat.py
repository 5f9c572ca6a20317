"""A promotion from the panel to the checkout: created with buttons and text, and claimed by its link or by its code."""

from __future__ import annotations

import pytest

from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import Desk, owner, words
from tests.integration.bot.test_buying import to_card

FIRST, EACH = "en el primer pago", "en todos los pagos"


async def made(desk: Desk, code: str, gives: str, when: str = EACH) -> str:
    """Create a promotion in the panel and return the message with its link."""
    await desk.open()
    await desk.press("🏷 Promociones")
    await desk.press("🏷 Nueva promoción")
    assert "no sirve" not in (await desk.write(code))["text"]
    await desk.write(gives)
    for answer in ("Todos los planes", "Dejar vacío"):
        await desk.press(answer)
    if when != FIRST:
        await desk.press("Se aplica a")
        await desk.press(when)
    card = await desk.press("✅ Confirmar")
    return str(card["text"])


async def test_promotion_is_created_used_and_stopped(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        text = await made(olga, "verano20", "20 %")
        assert "?start=promo_VERANO20" in text
        ana = await stage.person("Ana")
        await ana.start("promo_verano20")
        theirs = await ana.said("Código VERANO20: 20\xa0% menos")
        assert any("23,99\xa0€ en vez de 29,99\xa0€" in word for word in words(theirs))
        await ana.press(theirs, data="plan_select_retabet")
        card = await ana.said("Pagas 23,99\xa0€ en vez de 29,99\xa0€", after=theirs["seq"])
        assert "23.99€" in card["text"]
        await ana.press(card, button="Suscribirse")
        page = await ana.said("Código VERANO20", after=card["seq"])
        assert "en cada pago" in page["text"]
        async with stage.core.units()() as uow:
            known = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert known is not None
        assert known.source == "promo_verano20", "the code is where she comes from"
        bea = await stage.person("Bea")
        await bea.send("  Verano20 ")
        await bea.said("Ya es tuyo")
        await bea.send("hola")
        assert "VERANO20" not in (await bea.messages())[-1]["text"]
        await olga.open()
        await olga.press("🏷 Promociones")
        card = await olga.press("🏷 VERANO20 · 20\xa0% menos · activa")
        assert "Abrieron el enlace: 2" in card["text"]
        assert "Plan: todos los planes" in card["text"]
        await olga.press("🗑 Parar")
        assert "Parada" in (await olga.press("✅ Confirmar"))["text"]
        eve = await stage.person("Eve")
        await eve.start("promo_VERANO20")
        await eve.said("La promoción del código VERANO20 ya ha terminado")


async def test_first_payment_promotion_requires_a_capable_provider(stage: Stage) -> None:
    async with stage.running():
        await made(await owner(stage), "PRIMERO", "5 €", FIRST)
        ana = await stage.person("Ana")
        await ana.start("promo_PRIMERO")
        await ana.said("no hay ningún plan con el que puedas usarlo")
        assert "PRIMERO" not in (await to_card(ana))["text"]


async def test_mistyped_code_is_named_and_another_code_can_be_entered(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await made(olga, "VERANO20", "20 %")
        bea = await stage.person("Bea")
        await bea.start()
        await bea.said("Bienvenido")
        for typed, named in (("VERANO21", "VERANO21"), ("verano 2O", "VERANO2O"), ("verano", "VERANO")):
            await bea.send(typed)
            refusal = await bea.said(f"El código {named} no existe. ¿Está bien escrito?")
            assert words(refusal) == ["Ver Planes", "🆘 Ayuda"]
        await bea.send("ABCD 1234 efgh-5678")
        await bea.said("El código ABCD1234EFGH-5678 no existe. ¿Está bien escrito?")
        await bea.send("No veo mi canal, VERANO21")
        await olga.phone.said("No veo mi canal, VERANO21")
        assert not [each for each in await olga.phone.messages() if "VERANO2O" in each["text"]], (
            "a slip needs no person"
        )
        await bea.send("verano-20")
        await bea.said("Código VERANO20: 20\xa0% menos")


@pytest.mark.parametrize(
    "guesses",
    [
        [f"https://t.me/xbot?start=promo_AAAAA{n}" for n in range(5)],
        [f"{word}{end}" for word in ("verano", "OFERTA", "Gratis", "navidad") for end in ("", "s", "es", "ado", "ito")],
    ],
    ids=["links", "words"],
)
async def test_guessed_links_and_words_count_as_tries_after_which_every_code_has_one_answer(
    stage: Stage, guesses: list[str]
) -> None:
    async with stage.running():
        olga = await owner(stage)
        await made(olga, "SORTEO", "20 %")
        eve = await stage.person("Eve")
        await eve.start()
        await eve.said("Bienvenido")
        for guess in guesses:
            await eve.send(guess)
        last = 0
        for code in ("SORTEO", "https://t.me/xbot?start=promo_SORTEO", "https://t.me/xbot?start=promo_NOSUCH"):
            await eve.send(code)
            last = (await eve.said("Has probado demasiados códigos", after=last))["seq"]


async def test_code_mistyped_during_checkout_leads_back_to_the_purchase(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await made(olga, "VERANO20", "20 %")
        ana = await stage.person("Ana")
        card = await to_card(ana)
        await ana.press(card, button="Suscribirse")
        await ana.said("Pedido #")
        await ana.send("código VERANO21")
        refusal = await ana.said("Tu compra de Retabet sigue igual")
        assert "El código VERANO21 no existe" in refusal["text"]
        assert words(refusal) == ["↩️ Seguir con Retabet", "🆘 Ayuda"]
        await ana.press(refusal, button="Seguir con Retabet")
        await ana.said("29.99€", after=refusal["seq"] - 1)
        await ana.send("VERANO20")
        await ana.said("Ya es tuyo")
