"""Behaviors about a subscription after the first payment: cancellations, changes of plan, trials, and pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.people.customers import Person
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    ChangesPlans,
    PlanChangeRequest,
)
from umbral.testing.kit.behaviour import Violated, behaviour, must
from umbral.testing.kit.buying import a_price, look_at, price_of
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage

TRIAL_DAYS = 7
GRACE = timedelta(days=30)
ABOUT_MONEY = {"payment_event_missing", "provider_refuses", "still_billed"}


@behaviour(25, "canceled, access lasts to the end of what is paid", Capability.RECURRING, apart=True)
async def keeps_paid_time(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    end = (await spine.holding(sale)).subscription.access_until
    if end is None:
        raise Violated("a paid subscription has no end of its access")
    mark = len(await stage.heard())
    await spine.container.cancel_subscription()(sale.telegram_id, sale.plan.soft_id)
    await spine.deliver(*await stage.heard(mark))
    canceled = await spine.holding(sale)
    must(canceled.subscription.status is SubscriptionStatus.CANCELED, f"it is {canceled.subscription.status}")
    must(canceled.subscription.access_until == end, "canceling moves the end of access")
    await pass_time(spine, sale, end - spine.now() - timedelta(hours=1))
    must((await spine.holding(sale)).enters, "canceled, access ends before what is paid")
    await pass_time(spine, sale, timedelta(hours=3))
    await pass_time(spine, sale, GRACE)
    over = await spine.holding(sale)
    must(over.subscription.status is SubscriptionStatus.EXPIRED, f"the period over, it is {over.subscription.status}")
    must(len(over.payments) == 1, "canceled, it was charged again")


async def pass_time(spine: Spine, sale: Sale, time: timedelta) -> None:
    """Advance the clock, process what the provider sends, and check the sale's subscriptions at the provider."""
    mark = len(await spine.stage.heard())
    await spine.stage.advance(time)
    await spine.deliver(*await spine.stage.heard(mark))
    await spine.look_again(sale)


@behaviour(
    38, "a dearer plan now, with the difference; a cheaper one at the renewal", Capability.CHANGE_PLAN, apart=True
)
async def changes_plan(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    ref = (await spine.holding(sale)).subscription.provider_ref or ""
    await stage.advance(timedelta(days=10))
    price = price_of(stage)
    dearer, cheaper = Money(price.minor * 2, price.currency), Money(price.minor // 2, price.currency)
    await _upgraded(stage, ref, price, dearer)
    await _downgraded(stage, ref, dearer, cheaper)


async def _upgraded(stage: Stage, ref: str, before: Money, dearer: Money) -> None:
    request = await _change(stage, ref, dearer, at_renewal=False)
    gateway = _changing(stage)
    quote = await gateway.quote_change(request)
    if quote is None or not 0 < quote.minor < (dearer - before).minor + 1:
        raise Violated(f"for two thirds of a period the dearer plan is quoted at {quote}")
    mark = len(await _payments(stage))
    must(await gateway.change_plan(request) is True, "a change is not answered with True")
    must(await gateway.change_plan(request) is True, "a change that was made before is not answered with True")
    charged = (await _payments(stage))[mark:]
    must(len(charged) == 1, f"one change was charged {len(charged)} times")
    found = await stage.gateway.fetch_subscription(ref)
    must(found is not None and found.price == dearer, f"changed now, the price is {found and found.price}")


async def _downgraded(stage: Stage, ref: str, now: Money, cheaper: Money) -> None:
    request = await _change(stage, ref, cheaper, at_renewal=True)
    gateway = _changing(stage)
    must(await gateway.change_plan(request) is True, "a change at the renewal is not answered with True")
    found = await stage.gateway.fetch_subscription(ref)
    if found is None or found.price != now or found.next_price_ref != request.price_ref:
        raise Violated("a change at the renewal happens at once, or is not told")
    must(await gateway.undo_change(ref) is True, "taking back a coming change is not answered with True")
    found = await stage.gateway.fetch_subscription(ref)
    must(found is not None and found.next_price_ref is None, "a coming change that was taken back is still to come")


@behaviour(
    50,
    "another plan its payer agreed to on a page: nothing before, from the next charge on",
    Capability.APPROVE_CHANGE,
    apart=True,
)
async def asks_for_change(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    held = (await spine.holding(sale)).subscription
    dearer = await spine.plan(price=Money(held.price.minor * 2, held.price.currency))
    changes, known = spine.container.plan_changes(), short_reference(held.id)
    quote = await changes.quote(sale.telegram_id, known, dearer.soft_id)
    must(quote.page is not None and quote.due.minor == 0, f"it is to be confirmed at {quote.page}, for {quote.due}")
    await pass_time(spine, sale, timedelta(hours=1))
    must((await spine.holding(sale)).subscription.next_plan_id is None, "nobody agreed, and a change is to come")
    mark = len(await stage.heard())
    await look_at(stage, quote.page or "")
    await stage.http.post(f"{quote.page}/pay")
    await stage.quiet()
    await spine.deliver(*await stage.heard(mark))
    coming = (await spine.holding(sale)).subscription
    must(coming.plan_id == held.plan_id and coming.price == held.price, "a change that was agreed on happens at once")
    must(coming.next_plan_id == dearer.id, "a change that was agreed on is not to come")
    must(len(await _payments(stage)) == 1, "agreeing on a change is charged")
    end = coming.current_period_end or spine.now()
    await pass_time(spine, sale, end - spine.now() + timedelta(hours=2))
    moved = (await spine.holding(replace(sale, plan=dearer))).subscription
    must(moved.plan_id == dearer.id and moved.price == dearer.price, f"renewed, it costs {moved.price}")


async def _change(stage: Stage, ref: str, amount: Money, *, at_renewal: bool) -> PlanChangeRequest:
    return PlanChangeRequest(
        subscription_ref=ref,
        price_ref=await a_price(stage, amount, f"plan-{amount.minor}"),
        amount=amount,
        at_renewal=at_renewal,
        as_of=stage.clock.now(),
        interval=Interval.MONTH,
        interval_count=1,
        idempotency_key=f"change:{ref}:{amount.minor}",
    )


def _changing(stage: Stage) -> ChangesPlans:
    gateway = stage.gateway
    if not isinstance(gateway, ChangesPlans):
        raise Violated("it claims change_plan and has no change_plan")
    return gateway


async def _payments(stage: Stage) -> list[object]:
    found = (await stage.control("GET", "payments"))["payments"]
    return [each for each in found if each["provider"] == stage.code]


@behaviour(39, "a trial costs nothing, and ends where nobody pays", Capability.TRIAL, apart=True)
async def trial(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell(trial_days=TRIAL_DAYS)
    await spine.deliver(*posts)
    tried = await spine.holding(sale)
    must(tried.subscription.status is SubscriptionStatus.TRIALING, f"a trial is {tried.subscription.status}")
    must(not tried.payments, "a trial is counted as a payment")
    must(tried.enters, "in a trial, the customer may not enter")
    await _unpaid(spine, sale)


async def _unpaid(spine: Spine, sale: Sale) -> None:
    ref = (await spine.holding(sale)).subscription.provider_ref or ""
    await spine.told(ref, "fail_payment")
    await pass_time(spine, sale, timedelta(days=TRIAL_DAYS, hours=2))
    failed = await spine.holding(sale)
    must(failed.subscription.status is not SubscriptionStatus.ACTIVE, "a trial nobody paid for is active")
    await pass_time(spine, sale, GRACE)
    await pass_time(spine, sale, timedelta(days=1))
    over = await spine.holding(sale)
    must(not over.payments, "a trial nobody paid for is counted as a payment")
    must(
        over.subscription.status is SubscriptionStatus.EXPIRED, f"unpaid for a month, it is {over.subscription.status}"
    )


@behaviour(49, "a month left out is neither charged nor open, and the next one is both", Capability.PAUSE, apart=True)
async def pauses(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    pausing, whose = spine.container.pause_subscription(), (sale.telegram_id, sale.plan.soft_id)
    await pausing(*whose)
    must(await pausing.end(*whose) is None, "a pause that has not begun cannot be taken back")
    view = await pausing(*whose)
    must(await pausing(*whose) == view, "pausing twice is another pause")
    await pass_time(spine, sale, view.starts - spine.now() - timedelta(hours=1))
    must((await spine.holding(sale)).enters, "what is paid is not open before a pause begins")
    await pass_time(spine, sale, timedelta(hours=3))
    await _check_pause(spine, sale)
    await pass_time(spine, sale, view.charge_at - spine.now() - timedelta(minutes=30))
    await _check_pause(spine, sale)
    await pass_time(spine, sale, timedelta(hours=3))
    back = await spine.holding(sale)
    must(len(back.payments) == 2, f"after a pause there are {len(back.payments)} payments, not two")
    must(back.enters and back.subscription.status is SubscriptionStatus.ACTIVE, f"paid, it is {back.subscription}")
    must(back.subscription.pause_until is None, "the pause over, one is still known")
    must(
        view.charge_at <= (back.subscription.access_until or view.charge_at) - timedelta(days=20),
        "what was paid is lost",
    )


async def _check_pause(spine: Spine, sale: Sale) -> None:
    held = await spine.holding(sale)
    must(held.subscription.status is SubscriptionStatus.PAUSED, f"in a pause it is {held.subscription.status}")
    must(not held.enters, "in a pause the customer may enter")
    must(len(held.payments) == 1, "in a pause it was charged")
    told = ABOUT_MONEY & set(spine.alarms())
    must(not told, f"in a pause the owners are told {sorted(told)}")


@behaviour(
    51, "a charge that was put off comes then, and not before", Capability.RECURRING, Capability.MOVE_CHARGE, apart=True
)
async def puts_off(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    paid = (await spine.holding(sale)).subscription
    mark, charge, given = len(await stage.heard()), paid.next_charge, await _given(spine, sale)
    if charge is None:
        raise Violated("of what renews nobody knows the next charge")
    for _ in range(2):
        await spine.container.worker.reschedule_charge()(paid.id)
    await spine.deliver(*await stage.heard(mark))
    moved = (await spine.holding(sale)).subscription
    to = moved.next_charge or charge
    must(given - timedelta(minutes=1) < to <= given, f"what was given ends on {given}, and the charge comes on {to}")
    must(moved.charge_moved_to == to, "nobody knows that the charge was put off")
    await pass_time(spine, sale, charge - spine.now() + timedelta(hours=3))
    await _had(spine, sale, 1)
    await pass_time(spine, sale, to - spine.now() - timedelta(hours=1))
    await _had(spine, sale, 1)
    await pass_time(spine, sale, timedelta(hours=4))
    await _had(spine, sale, 2)
    renewed = (await spine.holding(sale)).subscription
    must(renewed.charge_moved_to is None, "the charge has come, and counts as put off still")
    must(to + timedelta(days=20) <= (renewed.access_until or to), "what was paid is lost")


async def _given(spine: Spine, sale: Sale) -> datetime:
    """Grant extra days to the subscriber of a sale, and return the new end of access."""
    core = spine.container.core
    until: datetime | None = None
    time_grant = TimeGrant(
        kind=LedgerKind.TOKEN, source_key=sale.plan.soft_id, length=timedelta(days=10), price=sale.plan.price
    )
    async with core.units()() as uow:
        customer = await uow.customers.by_telegram_id(sale.telegram_id)
        held = await uow.subscriptions.live_for(customer.id, sale.plan.id, lock=True) if customer is not None else None
        if customer is None or held is None:
            raise Violated("what was paid is no subscription")
        add = GiveTime(GrantAccess(core.policy())).add
        await add(uow, TimeTarget(subscription=held, is_extension=True), customer, sale.plan, time_grant, spine.now())
        until = held.access_until
        await uow.commit()
    if until is None:
        raise Violated("a paid subscription has no end of its access")
    return until


async def _had(spine: Spine, sale: Sale, payments: int) -> None:
    held = await spine.holding(sale)
    must(len(held.payments) == payments, f"{len(held.payments)} charges came, not {payments}")
    must(held.enters and held.subscription.status is SubscriptionStatus.ACTIVE, f"it is {held.subscription.status}")
    told = ABOUT_MONEY & set(spine.alarms())
    must(not told, f"the owners are told {sorted(told)}")


@behaviour(52, "whoever is kept out is not charged, and has all they paid for afterwards", Capability.HOLD, apart=True)
async def holds_charges(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    bought = (await spine.holding(sale)).subscription
    staff, act = await staff_member(spine), staff_acts(spine)
    await pass_time(spine, sale, timedelta(days=10))
    await act(staff, "suspend", str(bought.id), {"reason": "kept out"}, uuid4())
    await spine.work()
    rest = timedelta(days=45)
    await pass_time(spine, sale, rest)
    held = await spine.holding(sale)
    must(held.subscription.live and not held.enters, f"kept out, it is {held.subscription.status}, or open")
    must(len(held.payments) == 1, "while they were kept out, they were charged")
    told = ABOUT_MONEY & set(spine.alarms())
    must(not told, f"while they are kept out, the owners are told {sorted(told)}")
    await act(staff, "restore", str(bought.id), {"reason": "let in"}, uuid4())
    await spine.work()
    end = (bought.access_until or spine.now()) + rest
    back = await spine.holding(sale)
    must(back.enters, "let in again, the customer may not enter")
    must((back.subscription.access_until or spine.now()) >= end, "what was paid and not had is lost")
    await pass_time(spine, sale, timedelta(days=22))
    after = await spine.holding(sale)
    must(len(after.payments) == 2, f"let in again, there are {len(after.payments)} payments a month later, not two")
    must(after.enters and after.subscription.status is SubscriptionStatus.ACTIVE, f"paid, it is {after.subscription}")


def staff_acts(spine: Spine) -> RunCommand:
    """Return the use case that executes staff commands."""
    core = spine.container.core
    renew_invite = RenewInvite(core.units(), core.clock(), core.policy())
    return run_command(
        core.units(),
        core.clock(),
        core.staff_desk(),
        core.policy(),
        core.gateways(),
        renew_invite,
        core.plan_catalog(),
    )


async def staff_member(spine: Spine) -> TelegramId:
    """Create a staff member who may suspend customers, and return the Telegram id."""
    core = spine.container.core
    person = TelegramId(await spine.stage.person())
    await core.meet_customer()(Person(telegram_id=person, first_name="Olga", username=None, language_code="es"))
    async with core.units()() as uow:
        customer = await uow.customers.by_telegram_id(person, lock=True)
        must(customer is not None, "staff is not there")
        if customer is not None:
            customer.staff_role = StaffRole.OWNER
            await uow.customers.save(customer)
            await uow.commit()
    return person
