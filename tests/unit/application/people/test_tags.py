"""Tags of customers: their notation, their limits, and the permission to set them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.staff.tag_customer import TAGS
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("VIP", {"vip"}),
        (" #Vip , vip,Plan  Anual\n", {"vip", "plan-anual"}),
        ("año_2026, Ａ", {"año_2026", "a"}),
    ],
)
def test_typed_tags_are_converted_to_lower_case_with_hyphens(typed: str, tags: set[str]) -> None:
    stored = TAGS.parse(Answer(typed), {})
    assert TAGS.value(stored) == tags
    assert TAGS.parse(Answer(stored), {}) == stored


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" , ", "tag_empty"),
        ("#", "tag_empty"),
        ("x" * 31, "tag_long"),
        ("a&b", "tag_sign"),
        ("🎾", "tag_sign"),
        (",".join(map(str, range(11))), "tags_many"),
    ],
)
def test_invalid_tag_is_refused_with_its_reason(typed: str, key: str) -> None:
    with pytest.raises(Wrong) as refused:
        TAGS.parse(Answer(typed), {})
    assert refused.value.key == key


async def test_customer_is_tagged_and_untagged_once() -> None:
    shop = memory_shop()
    marta = await shop.customer(staff_role=StaffRole.SUPPORT)
    ana = await shop.customer()
    act, wish = Staff(shop), uuid4()
    for _ in range(2):
        await act(marta.telegram_id, "tag", ana.id, wish, tags="VIP, moroso")
    await act(marta.telegram_id, "tag", ana.id, tags="vip")
    await act(marta.telegram_id, "untag", ana.id, tag="moroso")
    async with shop.units() as uow:
        found = await uow.customers.get(ana.id)
        assert await uow.customers.tags_in_use() == ["vip"]
    assert found is not None
    assert found.tags == {"vip"}
    lines = [line for line in shop.memory.rows("audit_log") if line.action in {"customer.tagged", "customer.untagged"}]
    assert [line.facts["tags"] for line in lines] == ["moroso, vip", "moroso"]
    with pytest.raises(InputsRefused, match="tag"):
        await act(marta.telegram_id, "untag", ana.id, tag="moroso")
    with pytest.raises(NotAllowed):
        await act(ana.telegram_id, "tag", marta.id, tags="vip")


async def test_customer_has_no_more_tags_than_the_limit() -> None:
    shop = memory_shop()
    olga, ana = await shop.customer(staff_role=StaffRole.OWNER), await shop.customer()
    act = Staff(shop)
    await act(olga.telegram_id, "tag", ana.id, tags=",".join(f"t{n}" for n in range(10)))
    with pytest.raises(InputsRefused) as refused:
        await act(olga.telegram_id, "tag", ana.id, tags="one-more")
    assert refused.value.errors["tags"].key == "tags_many"
