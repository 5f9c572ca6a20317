"""A customer whose renewal charge failed is offered the other payment methods wherever the plan is shown."""

from __future__ import annotations

from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.owning import Owned, bought
from tests.integration.bot.staff import words
from tests.integration.bot.test_choosing import OTHERWISE, with_a_second

FAILED = "el cobro que falló no se vuelve a intentar"


async def refuse_charge(stage: Stage, owned: Owned) -> None:
    async with stage.core.units()() as uow:
        subscription = await uow.subscriptions.get(owned.subscription.id, lock=True)
        assert subscription is not None
        subscription.fail_payment(final=False, now=stage.core.clock().now())
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_failed_charge_can_be_paid_by_another_method_from_its_message(stage: Stage) -> None:
    with_a_second(stage)
    async with stage.running():
        ana = await stage.person("Ana")
        owned = await bought(stage, ana)
        await ana.said("Pago recibido")
        await refuse_charge(stage, owned)
        failed = await ana.said("No hemos podido cobrar")
        assert FAILED in failed["text"]
        await ana.press(failed, button=OTHERWISE)
        choice = await ana.said("¿Cómo quieres pagar?", after=failed["seq"])
        assert "No hemos podido cobrar tu renovación" in choice["text"]
        methods = [button for button in words(choice) if button.startswith("Pago ")]
        assert [button.split(" · ")[0] for button in methods] == ["Pago second_way", "Pago memory"]
        await ana.press(choice, button="Pago second_way")
        page = await ana.said("Pulsa aquí", after=choice["seq"])
        assert buttons(page)["Ir a pago seguro"]["url"] == "https://pay.example/second_way/1"
        assert "anulamos el cobro que falló" in page["text"]


async def test_status_and_plan_card_of_a_failed_charge_offer_the_other_methods(stage: Stage) -> None:
    with_a_second(stage)
    async with stage.running():
        ana = await stage.person("Ana")
        owned = await bought(stage, ana)
        received = await ana.said("Pago recibido")
        await ana.start("plan_retabet")
        card = await ana.said("Este plan ya es tuyo", after=received["seq"])
        assert OTHERWISE not in words(card)
        await refuse_charge(stage, owned)
        failed = await ana.said("No hemos podido cobrar")
        await ana.send("/estado")
        status = await ana.said("Pago fallido", after=failed["seq"])
        assert words(status)[0] == OTHERWISE
        await ana.start("plan_retabet")
        card = await ana.said("no hemos podido cobrar su renovación", after=status["seq"])
        assert OTHERWISE in words(card)
        await ana.press(card, button=OTHERWISE)
        assert "anulamos el cobro que falló" in (await ana.said("¿Cómo quieres pagar?", after=card["seq"]))["text"]


async def test_failed_charge_of_a_plan_off_sale_offers_no_other_method(stage: Stage) -> None:
    with_a_second(stage)
    async with stage.running():
        ana = await stage.person("Ana")
        owned = await bought(stage, ana)
        await ana.said("Pago recibido")
        async with stage.core.units()() as uow:
            plan = await uow.plans.get(owned.subscription.plan_id)
            assert plan is not None
            plan.active = False
            await uow.plans.save(plan)
            await uow.commit()
        await refuse_charge(stage, owned)
        failed = await ana.said("No hemos podido cobrar")
        assert OTHERWISE not in words(failed)
        assert FAILED not in failed["text"]
