"""Receipts in the chat, from the list to the document."""

from __future__ import annotations

from tests.integration.bot.conftest import Stage, until
from tests.integration.bot.test_mydata import has_receipt


async def test_receipt_arrives_as_a_document(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/recibos")
        await ana.said("Aún no tienes recibos")
        await has_receipt(stage, ana)
        now = stage.core.clock().now()
        await ana.send("/recibos")
        listed = await ana.said("Tus recibos")
        label = f"R{now.year}-00001"
        await ana.press(listed, button=f"📄 {label}")

        async def arrived() -> object:
            return [item for item in await ana.messages() if item["kind"] == "document"]

        [file] = await until(arrived, "the document")
        content = (await stage.http.get(f"{stage.sandbox.url}{file['file']['url']}")).content
        assert content.startswith(b"%PDF")
        for words in ("Recibo", label, "Retador S.L. · B00000000"):
            assert words.encode("cp1252") in content
