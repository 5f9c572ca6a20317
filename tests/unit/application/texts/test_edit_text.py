"""Custom texts: their use in every process, their editing, and the return to the default text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.texts import texts_for
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.texts.list_texts import ListTexts, TextLayer
from subscriptions.application.texts.refresh_texts import RefreshTexts
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.custom_text import CustomText, TextId
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.spoken import LANGUAGES
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from web.texts import raw_texts

WELCOME = "es:plans.welcome"


@dataclass
class Office:
    shop: Shop
    act: Staff
    olga: Customer
    refresh: RefreshTexts
    texts: ListTexts

    async def saved(self) -> dict[str, str]:
        async with self.shop.units() as uow:
            return {str(text.id): text.text for text in await uow.texts.all()}


@pytest.fixture
async def office() -> Office:
    shop = memory_shop()
    olga = samples.customer(telegram_id=77, staff_role=StaffRole.OWNER)
    async with shop.units() as uow:
        await uow.customers.add_if_new(olga)
        await uow.commit()
    desk = StaffDesk(shop.units, shop.clock)
    return Office(
        shop, Staff(shop), olga, RefreshTexts(shop.units, TEXTS), ListTexts(shop.units, desk, TEXTS, shop.policy)
    )


@pytest.fixture(autouse=True)
def by_default() -> Iterator[None]:
    yield
    TEXTS.say([])


async def test_custom_text_is_used_until_the_default_is_restored(office: Office) -> None:
    before = texts_for("es")("plans.welcome", brand="Tienda")
    seen = await office.act.run.preview(office.olga.telegram_id, "edit_text", WELCOME, {"text": "Hola, <b>{brand}</b>"})
    assert seen is not None
    assert (seen.name, seen.facts["text"]) == ("reads", f"Hola, {office.shop.policy.brand}")

    done = await office.act(office.olga.telegram_id, "edit_text", WELCOME, text="Hola,\r\n<b>{brand}</b> ")
    assert done.name == "edited"
    assert texts_for("es")("plans.welcome", brand="Tienda") == before
    await office.refresh()
    assert texts_for("es")("plans.welcome", brand="Tienda <3") == "Hola,\n<b>Tienda &lt;3</b>"
    assert "Tienda" in texts_for("en")("plans.welcome", brand="Tienda")

    assert (await office.act(office.olga.telegram_id, "restore_text", WELCOME)).name == "restored"
    assert (await office.act(office.olga.telegram_id, "restore_text", WELCOME)).name == "unchanged"
    await office.refresh()
    assert texts_for("es")("plans.welcome", brand="Tienda") == before
    assert await office.saved() == {}


async def test_text_change_is_audited_with_the_previous_text(office: Office) -> None:
    default = TEXTS.default(TextId.parse(WELCOME))
    for text in ("Uno {brand}", "Dos {brand}", "Dos {brand}"):
        await office.act(office.olga.telegram_id, "edit_text", WELCOME, text=text)
    await office.act(office.olga.telegram_id, "restore_text", WELCOME)

    lines = [(line.action, line.subject, line.facts) for line in office.shop.memory.rows("audit_log")]
    assert lines == [
        ("text.edit", WELCOME, {"name": WELCOME, "before": default, "after": "Uno {brand}"}),
        ("text.edit", WELCOME, {"name": WELCOME, "before": "Uno {brand}", "after": "Dos {brand}"}),
        ("text.restore", WELCOME, {"name": WELCOME, "before": "Dos {brand}"}),
    ]


async def test_custom_text_equal_to_the_default_is_removed(office: Office) -> None:
    await office.act(office.olga.telegram_id, "edit_text", WELCOME, text="Uno {brand}")
    default = TEXTS.default(TextId.parse(WELCOME)) or ""
    assert (await office.act(office.olga.telegram_id, "edit_text", WELCOME, text=default)).name == "restored"
    assert await office.saved() == {}


async def test_blank_lines_of_an_edited_page_text_separate_its_paragraphs(office: Office) -> None:
    key = "pages.faq.questions.what.answer"
    await office.act(office.olga.telegram_id, "edit_text", f"es:{key}", text="Uno.\n\nDos de {brand}.")
    await office.refresh()
    assert raw_texts("es")["faq"]["questions"]["what"]["answer"] == ["Uno.", "Dos de {brand}."]
    assert len(raw_texts("en")["faq"]["questions"]["what"]["answer"]) == 2


async def test_refusal_of_an_invalid_text_names_the_field(office: Office) -> None:
    with pytest.raises(InputsRefused) as refused:
        await office.act(office.olga.telegram_id, "edit_text", WELCOME, text="Hola {nadie}")
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {"text": "text_fact"}
    assert await office.saved() == {}


@pytest.mark.parametrize("about", ["es:plans.nothing", "fr:plans.welcome", "es:panel.title", "", "plans.welcome", "::"])
async def test_unknown_text_key_is_refused(office: Office, about: str) -> None:
    with pytest.raises(SubjectGone):
        await office.act(office.olga.telegram_id, "edit_text", about, text="Hola")


async def test_only_owners_and_authorized_programs_edit_texts(office: Office) -> None:
    manager = samples.customer(telegram_id=78, staff_role=StaffRole.MANAGER)
    async with office.shop.units() as uow:
        await uow.customers.add_if_new(manager)
        await uow.commit()
    for caller in (manager.telegram_id, Program("reader", frozenset({Ability.PLANS}))):
        with pytest.raises(NotAllowed):
            await office.act(caller, "edit_text", WELCOME, text="Hola")
    writes = Program("writer", frozenset({Ability.EDIT_TEXTS}))
    assert (await office.act(writes, "edit_text", WELCOME, text="Hola {brand}")).name == "edited"
    with pytest.raises(NotAllowed):
        await office.texts(manager.telegram_id, "es")


async def test_stored_text_that_is_no_longer_valid_is_ignored(office: Office) -> None:
    """A stored text may come from a version that had other placeholders or other texts."""
    async with office.shop.units() as uow:
        for key, text in (("plans.welcome", "Hola {gone}"), ("plans.gone", "Hola"), ("plans.none", "Nada hoy.")):
            await uow.texts.save(CustomText(language="es", key=key, text=text, changed_at=NOON))
        await uow.commit()
    await office.refresh()

    assert "Tienda" in texts_for("es")("plans.welcome", brand="Tienda")
    assert texts_for("es")("plans.none") == "Nada hoy."
    assert not texts_for("es").has("plans.gone")


async def test_texts_are_found_by_content_and_by_the_origin_of_the_text(office: Office) -> None:
    await office.act(office.olga.telegram_id, "edit_text", "pt:plans.none", text="Hoje não há nada.")
    by = office.olga.telegram_id

    assert [view.id.key for view in await office.texts(by, "pt", layer=TextLayer.OPERATOR)] == ["plans.none"]
    assert {view.id.key for view in await office.texts(by, "es", "alertas de APUESTAS")} == {
        "plans.welcome",
        "plans.welcome_vip",
    }
    assert {view.layer for view in await office.texts(by, "es", "plans.welcome")} == {TextLayer.VERTICAL}
    assert await office.texts(by, "es", layer=TextLayer.MISSING) == []


async def test_missing_translation_falls_back_to_the_first_language_and_is_listed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = TextId("pt", "plans.none")
    known = TEXTS.default
    monkeypatch.setattr(TEXTS, "default", lambda text_id: None if text_id == here else known(text_id))

    (view,) = await office.texts(office.olga.telegram_id, "pt", layer=TextLayer.MISSING)
    assert (view.id, view.text) == (here, known(TextId("es", "plans.none")))
    await office.act(office.olga.telegram_id, "edit_text", str(here), text="Hoje não há nada.")
    assert await office.texts(office.olga.telegram_id, "pt", layer=TextLayer.MISSING) == []


async def test_text_in_a_language_without_locale_is_ignored(office: Office) -> None:
    """An image has the locales of some languages only. A text in another language must not break messages."""
    async with office.shop.units() as uow:
        await uow.texts.save(CustomText(language="xq", key="plans.welcome", text="?", changed_at=NOON))

    await office.refresh.begin()

    assert "xq" not in LANGUAGES
