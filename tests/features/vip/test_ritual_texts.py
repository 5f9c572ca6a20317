"""Entry texts per channel: edited like any text, and used for that channel only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from bot.screens import Screen, entry
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.texts.list_texts import ListTexts, TextLayer
from subscriptions.application.texts.refresh_texts import RefreshTexts
from subscriptions.application.vip.vip_view import VipView
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.custom_text import PER_RESOURCE, TextId
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import SHARED_CHANNEL, VIP, EntryPolicy, Resource
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

COURSE, CLUB = "curso", "club"
FIRST = VipView(
    plan_name="Todo", stage=1, access=AccessStatus.PENDING, access_until=NOON + timedelta(days=30), chat="Curso <1>"
)


@pytest.fixture(autouse=True)
def by_default() -> Iterator[None]:
    yield
    TEXTS.say([])


@pytest.fixture
async def shop() -> Shop:
    """Create a shop with an owner, two channels with entry steps and one without."""
    shop = memory_shop()
    async with shop.units() as uow:
        await uow.customers.add_if_new(samples.customer(telegram_id=77, staff_role=StaffRole.OWNER))
        for name, entry in ((COURSE, "ritual"), (CLUB, "ritual"), ("avisos", "request")):
            await uow.resources.add_if_new(Resource.add(name, SHARED_CHANNEL, name, EntryPolicy(entry), NOON))
        await uow.commit()
    return shop


async def say(shop: Shop, about: str, text: str) -> str:
    """Edit the text as an owner and refresh the texts of this process."""
    outcome = await Staff(shop)(samples.customer(telegram_id=77).telegram_id, "edit_text", about, text=text)
    await RefreshTexts(shop.units, TEXTS)()
    return outcome.name


def shown(resource: str, stage: int | None = 1, language: str = "es") -> Screen:
    """Return the screen of an entry step of one channel."""
    link = ("https://t.me/+x", NOON) if stage not in {1, 2} else (None, None)
    view = VipView(**{**vars(FIRST), "resource": resource, "stage": stage})
    return entry.entry(texts_for(language), VipView(**{**vars(view), "invite_url": link[0], "invite_until": link[1]}))


def labels(screen: Screen) -> Sequence[str]:
    return [each.text for row in screen.markup.inline_keyboard for each in row] if screen.markup else []


async def test_each_channel_uses_its_own_entry_texts(shop: Shop) -> None:
    of_vip, of_club = shown(VIP), shown(CLUB)
    assert "canal VIP" in of_vip.text
    assert "<b>Curso &lt;1&gt;</b>" in of_club.text
    assert await say(shop, f"es:vip.chat.stage_1@{COURSE}", "<b>Bienvenida</b> a {chat}, hasta el {until}.") == "edited"
    assert await say(shop, f"es:vip.button.go_on@{COURSE}", "Empezar") == "edited"
    assert shown(COURSE).text.startswith("<b>Bienvenida</b> a Curso &lt;1&gt;, hasta el ")
    assert labels(shown(COURSE)) == ["Empezar"]
    assert (shown(VIP), shown(CLUB)) == (of_vip, of_club)
    # The general text applies to each channel without a text of its own.
    assert await say(shop, "es:vip.stage_2", "Así es esto.") == "edited"
    assert [shown(name, 2).text for name in (VIP, CLUB, COURSE)] == ["Así es esto."] * 3
    assert await say(shop, f"es:vip.stage_2@{COURSE}", "Así es el curso.") == "edited"
    assert [shown(name, 2).text for name in (VIP, CLUB, COURSE)] == ["Así es esto.", "Así es esto.", "Así es el curso."]


async def test_entry_text_applies_to_its_language_only(shop: Shop) -> None:
    before = {language: shown(COURSE, language=language) for language in LANGUAGES}
    await say(shop, f"es:vip.chat.stage_1@{COURSE}", "Bienvenida.")
    changed = [language for language in LANGUAGES if shown(COURSE, language=language) != before[language]]
    assert changed == ["es"]


@pytest.mark.parametrize("stage", [1, 2, 3, None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_button_of_each_entry_step_refers_to_the_same_channel(language: str, stage: int | None) -> None:
    screen = shown(COURSE, stage, language)
    assert screen.markup is not None
    [[pressed]] = screen.markup.inline_keyboard
    if stage in {1, 2}:
        assert pressed.callback_data == f"vip_stage_{stage}_{COURSE}"
    else:
        assert pressed.url == "https://t.me/+x"


async def test_invalid_entry_text_is_refused(shop: Shop) -> None:
    with pytest.raises(InputsRefused, match="text_fact"):
        await say(shop, f"es:vip.chat.stage_1@{COURSE}", "Hasta el {expires}")
    for about in ("es:vip.stage_2@avisos", f"es:vip.stage_2@{VIP}", f"es:vip.activated@{COURSE}", "es:vip.stage_2@x"):
        with pytest.raises(SubjectGone):
            await say(shop, about, "…")


async def test_entry_texts_are_listed_for_each_channel_with_entry_steps(shop: Shop) -> None:
    await say(shop, f"es:vip.chat.inside@{COURSE}", "Dentro de {chat}.")
    texts = ListTexts(shop.units, StaffDesk(shop.units, shop.clock), TEXTS, shop.policy)
    views = {view.id.key: view for view in await texts.every("es") if view.id.scope}
    assert set(views) == {f"{key}@{name}" for key in PER_RESOURCE for name in (COURSE, CLUB)}
    own, others = views[f"vip.chat.inside@{COURSE}"], views[f"vip.chat.inside@{CLUB}"]
    assert (own.layer, own.sample, own.facts) == (TextLayer.OPERATOR, "Dentro de Canal A.", ["chat", "until"])
    assert others.layer is not TextLayer.OPERATOR
    assert own.default == others.text == TEXTS.texts_of("es")["vip.chat.inside"]
    assert TextId("es", f"vip.chat.inside@{COURSE}").for_all.key == "vip.chat.inside"
