"""Texts, links and files that the operator adds as resources of plans."""

from __future__ import annotations

import pytest

from subscriptions.application.catalog.plan_catalog import sellable
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.resources.add_content import BODY
from subscriptions.application.resources.watch_files import WatchFiles
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.content import CONTENT_LIMIT, ContentForm
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

FILE = "BQACAgQAAxkBAAIB"


@pytest.mark.parametrize(
    ("answer", "form", "body"),
    [
        (Answer("Lee esto.\n\nhttps://x.example"), ContentForm.TEXT, "Lee esto.\n\nhttps://x.example"),
        (Answer(" https://x.example/guia "), ContentForm.LINK, "https://x.example/guia"),
        (Answer("a caption", file=FILE), ContentForm.DOCUMENT, FILE),
        (Answer("", file=FILE, photo=True), ContentForm.PHOTO, FILE),
    ],
)
async def test_text_link_or_file_sent_by_staff_is_stored_as_content_that_plans_can_include(
    shop: Shop, answer: Answer, form: ContentForm, body: str
) -> None:
    written = BODY.parse(answer, {})
    outcome = await Staff(shop)(SHELL, "add_content", "", title="Guía", content=written)
    assert outcome.facts == {"title": "Guía", "resource": "guia"}
    plan = await shop.plan(soft_id="todo", opens=("guia",))
    async with shop.units() as uow:
        made = await uow.resources.by_soft_id("guia")
        assert made is not None
        content = await uow.resources.content(made.id)
        assert await sellable(uow, [plan]) == [plan]
    assert content is not None
    assert (content.form, content.body) == (form, body)


@pytest.mark.parametrize(("text", "why"), [("  ", "content_empty"), ("x" * (CONTENT_LIMIT + 1), "content_long")])
def test_invalid_content_is_refused(text: str, why: str) -> None:
    with pytest.raises(Wrong) as wrong:
        BODY.parse(Answer(text), {})
    assert wrong.value.key == why


async def test_duplicate_resource_title_is_refused(shop: Shop) -> None:
    await Staff(shop)(SHELL, "add_content", "", title="Guía", content="Lee esto.")
    with pytest.raises(InputsRefused):
        await Staff(shop)(SHELL, "add_content", "", title="Guía", content="Otra.")


async def test_files_uploaded_through_another_bot_raise_an_alarm_and_can_be_replaced(shop: Shop) -> None:
    watch, staff = WatchFiles(shop.units, shop.clock), Staff(shop)
    for title, content in (("Guía", f"document:{FILE}"), ("Saludo", "Hola")):
        await staff(SHELL, "add_content", "", title=title, content=content)
    for bot in (1, 1, 2, 2):
        await watch(bot)
    async with shop.units() as uow:
        (alarm,) = await uow.alarms.open(9)
        assert (alarm.kind, alarm.facts["titles"]) == ("files_of_other_bot", "Guía")

    changed = f"document:{FILE}again"
    assert (await staff(SHELL, "change_content", "guia", content=changed)).facts == {"title": "Guía"}
    with pytest.raises(NothingToDo):
        await staff(SHELL, "change_content", "guia", content=changed)
    async with shop.units() as uow:
        resource = await uow.resources.by_soft_id("guia")
        assert resource is not None
        content = await uow.resources.content(resource.id)
    assert content is not None
    assert (content.form, content.body) == (ContentForm.DOCUMENT, f"{FILE}again")
