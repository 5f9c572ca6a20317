"""Deep links: the operator's test cases under their original names, and further cases."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.activation_token import ALPHABET
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY
from tests.fakes.staff import Staff
from tests.features.tokens.fakes import TokenCard, made_codes, revoke
from tests.support.vip import BOT, VipShop


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


async def _one(vip: VipShop, plan: ServicePlan, **more: Any) -> TokenCard:
    [card] = await made_codes(vip, plan, **more)
    return card


async def test_activate_vip_from_deep_link(vip: VipShop):
    plan, person = await vip.plan(), await vip.shop.customer()
    outcome = await vip.activate(person.telegram_id, await vip.token(plan))
    assert isinstance(outcome, Activation)
    assert (outcome.plan.name, str(outcome.price), outcome.days, outcome.days_left) == (
        "Plan Mensual Premium",
        "$9.99",
        30,
        30,
    )
    assert (outcome.vip, outcome.is_extension, outcome.is_repeat) == (True, False, False)
    assert outcome.stage == (1 if vip.shop.policy.begins_steps(is_vip=True) else None)
    async with vip.shop.units() as uow:
        [subscription] = await uow.subscriptions.of_customer(person.id)
        [entry] = await uow.ledger.of_subscription(subscription.id)
    assert subscription.live
    assert subscription.access_until == vip.shop.clock.now() + timedelta(days=30) == outcome.access_end
    assert entry.kind is LedgerKind.TOKEN


async def test_deep_link_format(vip: VipShop):
    card = await _one(vip, await vip.plan())
    assert card.link == f"https://t.me/{BOT}?start={card.token.token}"
    assert re.fullmatch(r"https://t\.me/\w+\?start=[A-Z0-9]{16}", card.link)


async def test_extend_vip_via_deep_link(vip: VipShop):
    plan = await vip.plan()
    person = await vip.inside(plan)
    vip.shop.clock.advance(timedelta(days=10))
    outcome = await vip.come(person, plan)
    assert isinstance(outcome, Activation)
    assert (outcome.is_extension, outcome.days_left, outcome.stage) == (True, 50, None)
    async with vip.shop.units() as uow:
        [subscription] = await uow.subscriptions.of_customer(person.id)
    assert subscription.access_until == outcome.access_end


async def test_generate_token_with_plan(vip: VipShop):
    plan = await vip.plan()
    made = await _one(vip, plan, note="para Ana", campaign="verano")
    token = made.token
    assert len(token.token) == 16
    assert set(token.token) <= set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 36, "each of them as likely as any other"
    assert (token.plan_id, token.price, token.duration_days) == (plan.id, Money(999, "USD"), 30)
    assert (token.created_by, token.note, token.campaign) == (vip.owner.telegram_id, "para Ana", "verano")
    assert token.expires_at == vip.shop.clock.now() + timedelta(days=30)
    assert token.mask() == f"{token.token[:4]}…"


async def test_token_expiry_validation(vip: VipShop):
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan, days=1)
    vip.shop.clock.advance(timedelta(days=1))
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.EXPIRED
    assert outcome.expires_at == vip.shop.clock.now()


async def test_token_single_use(vip: VipShop):
    plan, first, second = await vip.plan(), await vip.shop.customer(), await vip.shop.customer()
    token = await vip.token(plan)
    assert isinstance(await vip.activate(first.telegram_id, token), Activation)
    refused = await vip.activate(second.telegram_id, token)
    assert isinstance(refused, CodeRefusal)
    assert refused.reason is TokenRefusal.USED
    async with vip.shop.units() as uow:
        assert await uow.subscriptions.of_customer(second.id) == []


async def test_valid_activation(vip: VipShop):
    """The code is typed in lower case and with spaces."""
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    typed = f"  {token[:8].lower()} {token[8:]}\n"
    assert isinstance(await vip.activate(person.telegram_id, typed), Activation)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ZZZZ0000ZZZZ0000", TokenRefusal.UNKNOWN),
        ("ABC", TokenRefusal.MALFORMED),
        ("A" * 17, TokenRefusal.MALFORMED),
        ("ABCD-1234-EFGH-5", TokenRefusal.MALFORMED),
        ("", TokenRefusal.MALFORMED),
        ("Ñ" * 16, TokenRefusal.MALFORMED),
    ],
)
async def test_invalid_token(vip: VipShop, text: str, why: TokenRefusal):
    person = await vip.shop.customer()
    outcome = await vip.activate(person.telegram_id, text)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is why


async def test_used_token(vip: VipShop):
    """A customer who sends their own used code again is informed of the current access. No time is added."""
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    first = await vip.activate(person.telegram_id, token)
    again = await vip.activate(person.telegram_id, token)
    assert isinstance(first, Activation)
    assert isinstance(again, Activation)
    assert again.is_repeat
    assert again.access_end == first.access_end


async def test_expired_token(vip: VipShop):
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    vip.shop.clock.advance(timedelta(days=31))
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.EXPIRED


async def test_channel_not_configured():
    vip = await VipShop.open(channel=False)
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.NOT_CONFIGURED
    assert await vip.shop.alarms() == ["channel_not_configured"]
    await vip.set_up(vip.channel.chat_id)
    assert isinstance(await vip.activate(person.telegram_id, token), Activation)


async def test_revoked_token_gives_no_access(vip: VipShop):
    person = await vip.shop.customer()
    card = await _one(vip, await vip.plan())
    assert await revoke(vip, card.token.id)
    assert not await revoke(vip, card.token.id)
    outcome = await vip.activate(person.telegram_id, card.token.token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.REVOKED
    async with vip.shop.units() as uow:
        assert await uow.subscriptions.of_customer(person.id) == []
        assert await uow.accesses.of_customer(person.id) == []
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id) is None
        token = await uow.of(TOKENS_KEY).get(card.token.id)
    assert vip.shop.memory.rows("ledger_entries") == []
    assert token is not None
    assert (token.used_at, token.used_by) == (None, None)


async def test_used_token_cannot_be_revoked(vip: VipShop):
    plan, person = await vip.plan(), await vip.shop.customer()
    card = await _one(vip, plan)
    await vip.activate(person.telegram_id, card.token.token)
    assert not await revoke(vip, card.token.id)


async def test_token_of_a_disabled_plan_is_accepted_unless_the_plan_refuses_codes(vip: VipShop):
    plan, first, second = await vip.plan(), await vip.shop.customer(), await vip.shop.customer()
    tokens = [await vip.token(plan), await vip.token(plan)]
    await vip.pricing.toggle_plan_status(plan.id)
    assert isinstance(await vip.activate(first.telegram_id, tokens[0]), Activation)
    await Staff(vip.shop)(SHELL, "refuse_codes", plan.id)
    outcome = await vip.activate(second.telegram_id, tokens[1])
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.WITHDRAWN
    with pytest.raises(InputsRefused, match="plan"):
        await made_codes(vip, plan)


async def test_token_keeps_the_terms_of_its_creation(vip: VipShop):
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    await vip.pricing.update_plan(plan.id, price="19.99", duration_days=90)
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, Activation)
    assert (str(outcome.price), outcome.days) == ("$9.99", 30)


async def test_blocked_customer_gets_no_access_and_uses_no_token(vip: VipShop):
    plan = await vip.plan()
    person = await vip.shop.customer(barred_at=vip.shop.clock.now())
    token = await vip.token(plan)
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.BARRED
    other = await vip.shop.customer()
    assert isinstance(await vip.activate(other.telegram_id, token), Activation)


async def test_token_of_a_plan_with_personal_channels_queues_the_assignment_of_a_channel(vip: VipShop):
    plan = await vip.pricing.create(
        "Retabet", 30, "29,99", created_by=vip.owner.telegram_id, currency="€", access=AccessKind.PERSONAL_CHANNEL
    )
    person = await vip.shop.customer()
    outcome = await vip.activate(person.telegram_id, await vip.token(plan))
    assert isinstance(outcome, Activation)
    assert (outcome.vip, outcome.stage) == (False, None)
    [channel] = (await vip.shop.holding(person, plan)).channels
    assert channel.status is ChannelStatus.PLANNED
    assert [job["channel_id"] for job in await vip.shop.jobs("userbot.assign")] == [str(channel.id)]


async def test_token_statistics_count_created_opened_activated_and_joined(vip: VipShop):
    plan, person, stranger = await vip.plan(), await vip.shop.customer(), await vip.shop.customer()
    batch = await made_codes(vip, plan, count=3, campaign="verano")
    codes = [card.token.token for card in batch]
    await vip.activate(person.telegram_id, codes[0])
    await vip.activate(stranger.telegram_id, codes[0])
    await revoke(vip, batch[1].token.id)
    await vip.activate(stranger.telegram_id, codes[1])
    await vip.ask(person, await vip.through(person))
    async with vip.shop.units() as uow:
        [counted] = await uow.of(TOKENS_KEY).counts()
    assert (counted.codes, counted.openings, counted.activations, counted.joins) == (3, 2, 1, 1)
    assert (counted.plan_id, counted.campaign) == (plan.id, "verano")


async def test_second_token_used_by_a_channel_member_is_counted_as_joined(vip: VipShop):
    plan = await vip.plan()
    person = await vip.inside(plan)
    await vip.come(person, plan)
    async with vip.shop.units() as uow:
        [counted] = await uow.of(TOKENS_KEY).counts()
    assert (counted.activations, counted.joins) == (2, 2)


@pytest.mark.parametrize("count", [0, 501, -1])
async def test_batch_size_outside_its_limits_is_refused(vip: VipShop, count: int):
    with pytest.raises(InputsRefused, match="count"):
        await made_codes(vip, await vip.plan(), count=count)


async def test_five_hundred_tokens_are_all_different(vip: VipShop):
    batch = await made_codes(vip, await vip.plan(), count=500)
    assert len({card.token.token for card in batch}) == 500
    assert len({card.token.batch for card in batch}) == 1


async def test_only_managers_and_owners_create_tokens(vip: VipShop):
    plan = await vip.plan()
    customer = await vip.shop.customer()
    support = await vip.shop.customer(staff_role=StaffRole.SUPPORT)
    manager = await vip.shop.customer(staff_role=StaffRole.MANAGER)
    for person in (customer, support):
        with pytest.raises(NotAllowed):
            await _one(vip, plan, by=person.telegram_id)
    assert (await _one(vip, plan, by=manager.telegram_id)).link is not None
    with pytest.raises(InputsRefused, match="plan"):
        await vip.staff(manager.telegram_id, "make_code", "", plan="nothing")


async def test_logs_contain_no_token(
    vip: VipShop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    plan, person = await vip.plan(), await vip.shop.customer()
    token = await vip.token(plan)
    await vip.activate(person.telegram_id, token)
    said = capsys.readouterr().out + caplog.text
    masked = f"{token[:4]}…"
    assert token not in said
    assert f"🔗 Deep link detectado: Token={masked} | User={person.telegram_id}" in said
    assert f"✅ Usuario {person.telegram_id} activado como VIP vía deep link | Plan: Plan Mensual Premium" in said
    stage = 1 if vip.shop.policy.begins_steps(is_vip=True) else "NULL"
    assert f"✅ Nueva suscripción VIP creada para user {person.telegram_id} (stage={stage})" in said
    await vip.come(person, plan)
    said = capsys.readouterr().out + caplog.text
    assert f"🔄 Suscripción VIP renovada para user {person.telegram_id} (stage={stage})" in said
