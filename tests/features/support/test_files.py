"""Files and formatting in messages of staff to one customer."""

from __future__ import annotations

import pytest

from bot.screens import notices
from features.support.jobs import SendFile
from features.support.messages import SupportAnswer
from subscriptions.domain.entities.upload import Upload, UploadFacts, UploadKind
from subscriptions.domain.ids import new_uuid
from tests.integration.bot.conftest import Stage, until
from tests.unit.domain.test_picture_rules import picture


async def test_bot_deletes_the_file_after_sending_it(stage: Stage) -> None:
    async with stage.running():
        ana, now = await stage.person("Ana"), stage.core.clock().now()
        await ana.start()
        await ana.said("Retador")
        content, key = picture(), new_uuid()
        facts = UploadFacts(id=key, owner=ana.id, kind=UploadKind.PHOTO, name="plan.jpg", size=len(content))
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(ana.id)
        assert customer is not None
        async with stage.by_login("console") as uow:
            await uow.uploads.save(Upload(facts=facts, content=content, created_at=now))
            await uow.enqueue(SendFile(upload_id=key, customer_id=customer.id).job())
            await uow.commit()

        async def is_done() -> bool:
            async with stage.core.units()() as uow:
                return await uow.uploads.facts(key) is None

        await until(is_done, "the file is with Telegram")
        photos = [each for each in await ana.messages() if each["kind"] == "photo"]
        assert len(photos) == 1


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Pulsa <b>aquí</b> & ya", "Pulsa <b>aquí</b> &amp; ya"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<b>sin cerrar", "&lt;b&gt;sin cerrar"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
    ],
)
def test_customer_receives_the_formatted_answer(typed: str, sent: str) -> None:
    assert sent in notices.render(SupportAnswer(answer=typed), "es").text
