"""«Pagos por confirmar»: payments that only a person can confirm, from the customer's checkout to the inbox."""

from __future__ import annotations

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.counter import HandCounter
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import audited, owner, staff, words
from tests.integration.bot.test_buying import to_payment

WAY = "🏦 Pagos por confirmar"


async def test_one_staff_member_confirms_a_payment_with_a_second_tap(stage: Stage) -> None:
    bank = HandCounter(stage.core.clock())
    stage.gateways.gateways = {"bank": bank}
    async with stage.running():
        ana = await stage.person("Ana", username="ana_k")
        await to_payment(ana)
        (session,) = bank.checkouts
        olga, marta, pedro = (
            await owner(stage),
            await staff(stage, StaffRole.MANAGER),
            await staff(stage, StaffRole.SUPPORT, "Pedro"),
        )
        assert WAY not in words(await pedro.open())
        assert WAY not in words(await olga.open())
        await olga.press("💶 Dinero")
        listed = await olga.press(WAY)
        (line,) = [text for text in words(listed) if "29,99\xa0€ · @ana_k" in text]
        card = await olga.press(line)
        request = bank.checkouts[session]
        for fact in ("@ana_k", "Retabet", "29,99\xa0€", request.order_id[:8].upper(), session):
            assert fact in card["text"], fact
        sure = await olga.press("✅ Ha llegado")
        assert "¿Seguro que han llegado 29,99\xa0€ de @ana_k?" in sure["text"]
        assert bank.sealed == {}

        await marta.open()
        await marta.press("💶 Dinero")
        await marta.press(WAY)
        await marta.press(line)
        await marta.press("❌ No llegará")
        done = await olga.press("✅ Sí, ha llegado")
        assert "Confirmado" in done["text"]
        assert any(text.startswith("⏳") for text in words(done))
        late = await marta.press("❌ Sí, ciérralo")
        assert "ya dijo que llegó" in late["text"]

        (reported,) = bank.sealed.values()
        assert (reported.kind, reported.amount, reported.order_id) == (
            PaymentEventKind.PAYMENT_COMPLETED,
            request.amount,
            request.order_id,
        )
        stage.gateways.gateways = {"memory": MemoryGateway(stage.core.clock())}
        await olga.open()
        assert WAY not in words(await olga.press("💶 Dinero"))
        await marta.open()
        assert WAY not in words(await marta.press("💶 Dinero"))
        lines = await audited(stage, request.order_id)
        assert [(each.actor, each.action) for each in lines] == [(str(olga.phone.id), "payment.confirm")]
