"""Dispute evidence in the panel."""

from __future__ import annotations

import json

from subscriptions.application.routing import jobs_for
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.units import sql_unit
from tests.features.evidence.fakes import WORDS, purchase_on_record, words_of
from tests.integration.bot.conftest import Stage, until
from tests.integration.bot.staff import owner, words


async def test_owner_receives_the_evidence_of_a_payment_as_files(stage: Stage, database_url: str) -> None:
    async with stage.running():
        engine = create_engine(database_url)
        async with sql_unit(engine, jobs_for) as uow:
            sale = await purchase_on_record(uow)
            await uow.commit()
        await engine.dispose()
        olga = await owner(stage)
        await olga.open()
        await olga.press("👥 Clientes")
        await olga.write(str(sale.customer.telegram_id))
        await olga.press("💶 Pagos")
        choice = await olga.having("📄 Pruebas de")
        await olga.phone.press(choice, button=next(each for each in words(choice) if "📄 Pruebas" in each))

        async def arrived() -> object:
            files = [item for item in await olga.phone.messages() if item["kind"] == "document"]
            return files if len(files) == 2 else None

        contents = [
            (await stage.http.get(f"{stage.sandbox.url}{each['file']['url']}")).content
            for each in await until(arrived, "both files")
        ]
        document = next(each for each in contents if each.startswith(b"%PDF"))
        assert WORDS in words_of(document)
        output = json.loads(next(each for each in contents if each.startswith(b"{")))
        assert output["payment"]["reference"] == sale.payment.reference
