"""Invoices requested in the chat."""

from __future__ import annotations

from features.invoices.ports import INVOICES_KEY
from tests.integration.bot.conftest import Stage
from tests.integration.bot.test_mydata import has_receipt, known


async def test_customer_requests_an_invoice_from_the_list_of_receipts(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/recibos")
        await ana.said("Aún no tienes recibos")
        await has_receipt(stage, ana)
        label = f"R{stage.core.clock().now().year}-00001"
        await ana.send("/recibos")
        listed = await ana.said("Tus recibos")

        await ana.press(listed, button=f"🧾 Pedir factura de {label}")
        await ana.said(f"/factura {label}; NIF; nombre; dirección")
        await ana.send("/factura 12345678A; Ana García; Calle Mayor 1, Madrid")
        await ana.said("Eso no es un NIF")
        await ana.send(f"/factura {label}; 12345678-Z; Ana García; Calle Mayor 1, Madrid")
        await ana.said(f"Has pedido la factura de {label}")
        async with stage.core.units()() as uow:
            asked = await uow.of(INVOICES_KEY).last_request((await known(stage, ana)).id)
        assert asked is not None
        assert (asked.tax_id, asked.name, asked.address) == ("12345678Z", "Ana García", "Calle Mayor 1, Madrid")
