"""Members of a chat without a plan: a claim gives no access, staff grants a plan, and no member is removed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from features.moving.jobs import InviteMembers
from features.moving.use_cases.members import Claim, ClaimMembership, SeeMembers
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId
from tests.fakes.resources import vip
from tests.support.vip import VIP_CHAT, VipShop

VIP = vip().soft_id


@pytest.fixture
async def shop() -> VipShop:
    return await VipShop.open()


def claims(shop: VipShop) -> ClaimMembership:
    return ClaimMembership(shop.shop.units, shop.shop.clock, shop.chat_membership)


async def member(shop: VipShop, **more: object) -> Customer:
    """Create a member of the chat without a plan."""
    who = await shop.shop.customer(**more)  # type: ignore[arg-type]
    shop.channel.members.add(who.telegram_id)
    return who


async def waiting(shop: VipShop) -> list[TelegramId]:
    see = SeeMembers(shop.shop.units, StaffDesk(shop.shop.units, shop.shop.clock))
    (chat,) = await see.chats(shop.owner.telegram_id)
    assert chat.total == len(chat.members)
    return [each.telegram_id for each in chat.members]


def last_day(shop: VipShop, days: int = 40) -> str:
    return f"{shop.shop.clock.now() + timedelta(days=days):%Y-%m-%d}"


async def test_member_who_claims_a_paid_plan_gets_no_access_until_staff_grant_a_plan(shop: VipShop) -> None:
    ana, plan = await member(shop, first_name="Ana"), await shop.plan()
    for _ in range(2):
        assert await claims(shop)(ana.telegram_id, VIP) == (Claim.NOTED, "VIP")
    assert await waiting(shop) == [ana.telegram_id]
    assert shop.shop.memory.rows("subscriptions") == []

    operation, answers = uuid4(), {"plan": plan.soft_id, "last_day": last_day(shop)}
    for _ in range(2):
        outcome = await shop.staff(
            shop.owner.telegram_id, "adopt_members", VIP, operation, members=str(ana.telegram_id), **answers
        )
        assert (outcome.name, outcome.facts["given"], outcome.facts["has"]) == ("adopted", 1, 0)
    (subscription,) = shop.shop.memory.rows("subscriptions")
    assert (subscription.customer_id, subscription.plan_id) == (ana.id, plan.id)
    assert subscription.access_until.date().isoformat() in {last_day(shop), last_day(shop, 39)}
    assert await waiting(shop) == []
    assert ana.telegram_id in shop.channel.members
    assert await claims(shop)(ana.telegram_id, VIP) == (Claim.HAS, "VIP")


async def test_person_who_is_not_a_member_of_the_chat_cannot_claim_a_plan(shop: VipShop) -> None:
    eva = await shop.shop.customer()
    assert (await claims(shop)(eva.telegram_id, VIP))[0] is Claim.OUTSIDE
    assert (await claims(shop)(eva.telegram_id, "nada"))[0] is Claim.UNKNOWN
    assert await waiting(shop) == []


async def test_claim_of_a_member_whose_access_has_ended_is_refused_and_does_not_remove_the_member(
    shop: VipShop,
) -> None:
    ana = await shop.inside()
    async with shop.shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        access.end(is_shared=True)
        await uow.accesses.save(access)
        await uow.commit()
    before = len(shop.shop.memory.jobs)
    assert (await claims(shop)(ana.telegram_id, VIP))[0] is Claim.ENDED
    assert await waiting(shop) == []
    assert len(shop.shop.memory.jobs) == before


async def test_plan_is_granted_only_to_members_with_a_claim(shop: VipShop) -> None:
    ana, eva, plan = await member(shop), await shop.shop.customer(), await shop.plan()
    await claims(shop)(ana.telegram_id, VIP)
    with pytest.raises(InputsRefused) as refused:
        await shop.staff(
            shop.owner.telegram_id,
            "adopt_members",
            VIP,
            members=f"{ana.telegram_id},{eva.telegram_id}",
            plan=plan.soft_id,
            last_day=last_day(shop),
        )
    assert refused.value.errors["members"].key == "not_offered"
    with pytest.raises(InputsRefused) as refused:
        await shop.staff(
            shop.owner.telegram_id,
            "adopt_members",
            VIP,
            members=str(ana.telegram_id),
            plan=plan.soft_id,
            last_day=last_day(shop, -2),
        )
    assert refused.value.errors["last_day"].key == "moving_past"
    assert shop.shop.memory.rows("subscriptions") == []
    with pytest.raises(NotAllowed):
        await shop.staff(ana.telegram_id, "ask_members", VIP)


async def test_ask_members_command_queues_one_post(shop: VipShop) -> None:
    await shop.staff(shop.owner.telegram_id, "ask_members", VIP)
    posts = [job for job in shop.shop.memory.jobs if job.name == InviteMembers.name]
    assert len(posts) == 1
    assert VIP_CHAT is not None


async def test_lines_of_a_file_are_previewed_and_imported_once(shop: VipShop) -> None:
    plan, owner = await shop.plan(), shop.owner.telegram_id
    lines = f"telegram_id;plan;until\n7000000101;{plan.soft_id};{last_day(shop)}\n7000000102;{plan.soft_id};2020-01-01"
    effect = await shop.staff.run.preview(owner, "import_csv", "", {"csv_lines": lines})
    assert effect is not None
    assert {name: n for name, n in effect.facts.items() if n} == {"given": 1, "over": 1}
    assert shop.shop.memory.rows("subscriptions") == []
    for given in (1, 0):
        outcome = await shop.staff(owner, "import_csv", "", csv_lines=lines)
        assert (outcome.facts["given"], outcome.facts["done"]) == (given, 1 - given)
    assert len(shop.shop.memory.rows("subscriptions")) == 1


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("hola", "moving_file"),
        ("telegram_id,plan,until", "moving_empty"),
        ("telegram_id,plan,until\nAna,{plan},2030-01-01", "moving_telegram_id"),
        ("key,telegram_id,plan,until\na,,{plan},2030-01-01", "moving_telegram_id"),
        ("telegram_id,plan,until\n7,nada,2030-01-01", "moving_plan"),
        ("telegram_id,plan,until\n7,{plan},2030-01-01,Ana", "moving_surplus"),
        ("telegram_id,plan,until\n7,{plan},mañana", "moving_until"),
        ("telegram_id,plan,until\n" + "\n".join(f"{n},{{plan}},2030-01-01" for n in range(1, 202)), "moving_many"),
    ],
)
async def test_wrong_line_is_named_and_nothing_is_imported(shop: VipShop, lines: str, key: str) -> None:
    plan = await shop.plan()
    with pytest.raises(InputsRefused) as refused:
        await shop.staff(shop.owner.telegram_id, "import_csv", "", csv_lines=lines.format(plan=plan.soft_id))
    assert refused.value.errors["csv_lines"].key == key
    assert shop.shop.memory.rows("subscriptions") == []


async def test_imported_time_of_a_staff_member_alerts_the_owners(shop: VipShop) -> None:
    plan, marta = await shop.plan(), await shop.shop.customer(staff_role=StaffRole.MANAGER)
    lines = f"telegram_id;plan;until\n{marta.telegram_id};{plan.soft_id};{last_day(shop)}"
    for _ in range(2):
        await shop.staff(marta.telegram_id, "import_csv", "", csv_lines=lines)
    assert await shop.shop.alarms() == ["time_given"]
