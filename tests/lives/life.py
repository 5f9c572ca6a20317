"""History of one simulated customer as a list of steps, which a seed determines and which can be shortened."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from subscriptions.application.catalog.plan_input import save_edited
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.subscriptions.offered_changes import BeingBought
from subscriptions.application.vip.code_answers import Activation
from subscriptions.application.withdrawals.contracts import Contract, WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.resource import GROUP, PERSONAL, SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import LIFETIME, Interval, ServicePlan
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ids import ChatId, DiscountCodeId, OrderId, TelegramId, identifiers_from, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    ProviderStatus,
)
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.fakes.shop import TRIAL_MARKS
from tests.lives import chat_acts, money_acts, report_checks
from tests.lives.biller import Capture, Debit, Decision
from tests.lives.book import Account
from tests.lives.judge import DAY, EXACT, HOUR, LONG_AGO, WEEK, Broken, Judge
from tests.lives.town import Town
from tests.support.of_features import of_features

T = TypeVar("T")
MONTH = timedelta(days=30)
_MADRID = ZoneInfo("Europe/Madrid")
ME = TelegramId(700_001)
STEPS = 14
LOSSES = 0.3
"""Share of histories in which a shared chat is lost."""
SHARED = {
    "month": ("talk",),
    "gold": ("talk", "news"),
    "lite": ("news",),
    "once": ("talk",),
    "forlife": ("news",),
}
"""Resources opened by these plans in addition to a personal channel."""
CLUB = ("club", "clublife")
"""Plans that open one shared chat only: a monthly plan and a lifetime plan."""
SOLD = ("month", "gold", "lite", "taste", "once", "half", "forlife")
BANK_HOURS = (2, 8, 30, 24 * 4, 24 * 6, 24 * 13)
"""Hours after which banks decide: a few for a card, up to two weeks for a bank debit."""
LATE_BANKS = 0.25
"""Share of steps before which a bank that decides later is drawn. About one in five charges is then decided late."""
WAITS = (0, 1, 5, 24, 49, 24 * 4, 24 * 8, 24 * 13, 24 * 24)


@dataclass(frozen=True)
class Step:
    """One step of a history. act: name of the action. pick: number that determines the action's choices. wait: hours
    that pass afterwards. late: delay of the step's events, in hours.
    """

    act: str
    pick: int
    wait: int
    late: int = 0


@dataclass(frozen=True)
class Story:
    """Result of one customer's history. broken: the first violated guarantee, or None."""

    steps: Sequence[Step]
    lines: Sequence[str]
    broken: BaseException | None

    @property
    def promise(self) -> str:
        if self.broken is None:
            return ""
        return self.broken.promise if isinstance(self.broken, Broken) else type(self.broken).__name__

    def __str__(self) -> str:
        return "\n".join([*self.lines, f"!!! {self.broken}"])


class Life:
    """Simulated customer Ana. Each step is an action of Ana, her bank, her provider, staff or a friend. The method of
    an action returns a description of its effect, or None if the action is impossible. pick: number that determines the
    action's choices.
    """

    def __init__(self, *, moves: bool) -> None:
        """moves: True if the provider can reschedule charges."""
        self.lines: list[str] = []
        self.town = Town(self._receive, self._passed, moves=moves)
        self.judge = Judge(self.town, ME, self.lines.append, report_checks.hold_until, prices=self._daily)
        self.shop, self.biller, self.coins = self.town.shop, self.town.biller, self.town.shop.coins
        self.biller.took, self.biller.switched, self.biller.unpaid = self._took, self._switched, self._unpaid
        self.biller.asked, self.biller.refused = self._asked, self._refused
        self.plans: dict[str, ServicePlan] = {}
        self.orders: dict[str, tuple[str, str]] = {}
        self.gifts: list[tuple[str, str]] = []
        self.disputes: dict[str, str] = {}
        self._disputes_so_far = 0
        self.coin_keys: set[str] = set()
        self.coin_months: dict[str, datetime] = {}
        """Start of each month paid in crypto, by payment."""
        self.coin_plans: dict[str, str] = {}
        """Plan of each month paid in crypto, by payment."""
        self.parts: dict[str, int] = {}
        """Amount in minor units that was returned of a partially returned payment by refunds and lost disputes, by
        payment.
        """
        self.lost_parts: dict[str, int] = {}
        """Amount in minor units that banks took of a payment, by payment."""
        self.remainders: dict[str, int] = {}
        """Amount in minor units that the seller still has of a payment that counts as lost, by payment."""
        self.disputed_parts: dict[str, int] = {}
        """Disputed amount in minor units of a partially disputed payment, by payment."""
        self.shortened: set[str] = set()
        """Payments of which staff took days back."""
        self.imported: list[PaymentEvent] = []
        """Payments without a webhook event, made before their subscription was imported."""
        self.withdrawals = 0
        self.declared: set[str] = set()
        """Orders for which the customer waived the right of withdrawal."""
        self.referred = ""
        self.lost: set[str] = set()
        """Payments reversed by a bank. The payment that follows does not count as the customer's first."""
        self.forgotten = False
        self.prices: dict[str, str] = {}
        self.discounts: dict[str, list[str]] = {}
        self.coded: dict[str, tuple[list[str], str]] = {}
        """Uses of a promotion code and the bought plan, by checkout."""
        self.pages: list[tuple[Any, str]] = []

    async def open(self, *, referred: bool = True, shared: bool = True) -> None:
        """Create plans of every kind, staff, and Ana. Ana was referred by a friend's link unless `referred` is False or
        there are no referrals. shared: True if some plans also open a channel and a group opened by other plans.
        """
        referred = referred and self.town.refers
        await self.town.open()
        if shared:
            await self._share()
        month: dict[str, Any] = {"recurring": True, "interval": Interval.MONTH}
        once: dict[str, Any] = {"recurring": False, "interval": None}
        for soft, price, terms in (
            ("month", 2999, month),
            ("gold", 4999, month),
            ("lite", 999, month),
            ("taste", 1999, {**month, "trial_days": 14}),
            ("once", 2500, {**once, "duration_days": 30}),
            ("half", 1500, {**once, "duration_days": 30}),
            ("forlife", 30000, {**once, "duration_days": LIFETIME}),
            *((("club", 1200, month), ("clublife", 9000, {**once, "duration_days": LIFETIME})) if shared else ()),
        ):
            opens = ("club",) if soft in CLUB else (PERSONAL, *(SHARED.get(soft, ()) if shared else ()))
            money = Money(price, "EUR")
            plan = await self.shop.plan(name=soft.title(), soft_id=soft, price=money, opens=opens, **terms)
            self.plans[soft] = plan
            if plan.recurring:
                await self._price(soft, f"price-{soft}")
        self.olga = await self.shop.customer(staff_role=StaffRole.OWNER, telegram_id=TelegramId(700_900))
        self.berta = await self.shop.customer(telegram_id=TelegramId(700_002))
        self.ana = await self.shop.customer(telegram_id=ME, referrer_id=self.berta.id if referred else None)
        if not referred:
            self.referred = "nobody"
        for code, more in (("PRIMERA", {"once": False}), ("VERANO", {"first_only": False, "once": True})):
            offer = DiscountCode(
                id=DiscountCodeId(new_uuid()), code=code, percent=20, created_at=self.town.clock.now(), **more
            )  # type: ignore[arg-type]
            async with self.shop.units() as uow:
                await uow.of(DISCOUNTS_KEY).add_if_new(offer)
                await uow.commit()

    async def _share(self) -> None:
        async with self.shop.units() as uow:
            for name, kind, chat in (
                ("news", SHARED_CHANNEL, -1009),
                ("talk", GROUP, -1008),
                ("club", SHARED_CHANNEL, -1007),
            ):
                resource = Resource.add(name, kind, name.title(), EntryPolicy.REQUEST, self.town.clock.now())
                await uow.resources.add_if_new(resource)
                channel = Channel.for_resource(resource, ChatId(chat), name.title(), self.town.clock.now())
                await uow.channels.add_if_new(channel)
            await uow.commit()

    async def _price(self, soft: str, ref: str) -> None:
        self.prices[ref] = soft
        await self.shop.price(self.plans[soft], ref)

    async def live(self, steps: Sequence[Step]) -> None:
        """Perform the steps, then let two months pass. Raises Broken if a guarantee is violated."""
        for step in steps:
            await self.do(step)
        self.lines.append(f"{self._date()} two months pass")
        await self.wait(24 * 64)

    async def do(self, step: Step) -> None:
        """Perform one step and let the time after the step pass. Raises Broken if a guarantee is violated."""
        self.town.late = timedelta(hours=step.late)
        act = ACTS[step.act]
        mark = len(self.lines)
        try:
            done = await act(self, step.pick)
        except RetryLater as later:
            done = f"is told to wait: {later}"
        except UmbralError as refusal:
            done = f"is refused: {type(refusal).__name__}"
        if done is None:
            return
        self.lines.insert(mark, f"{self._date()} {step.act} {done}")
        await self.town.run_due_work()
        self.sync_bans()
        await self.town.until(self.town.clock.now() + timedelta(minutes=2))
        self.judge.hold()
        await report_checks.hold_status(self, is_asked=False)
        await self.wait(step.wait)

    async def wait(self, hours: int) -> None:
        end = self.town.clock.now() + hours * HOUR
        while self.town.clock.now() < end:
            await self.town.until(min(end, self.town.clock.now() + 24 * HOUR))
            await self.town.ask_round()
            self.sync_bans()
            self.judge.hold()
            await report_checks.hold_status(self, is_asked=True)

    def _date(self) -> str:
        return f"{self.town.clock.now():%d %b %H:%M}"

    def _receive(self, owed: Any, message: Any) -> None:
        # Another plan may have begun, which opens other chats.
        self.sync_bans()
        if message.kind == "referred" and owed.recipient == ME:
            key, payer = self.judge.paid_by(owed)
            is_open = self.referred not in {"nobody", "never again"} and key not in self.judge.given_back
            if payer == ME and is_open:
                # Of several payments, the one reported first counts.
                self.referred = key
        self.judge.receive(owed, message)
        if self.referred in self.judge.flagged:
            # A payment that does not count is no referral.
            self._nobody_brought()

    def _passed(self, since: Any, until: Any) -> None:
        self.judge.passed(since, until)

    def sync_bans(self) -> None:
        """Put each plan on hold as long as the customer is banned from every chat of the plan."""
        for account in self.judge.accounts.values():
            is_held = self.judge.is_banned_from_all(account.plan) and self.judge.has(account.plan)
            if is_held and "ban" not in account.kept_out:
                account.kept_out["ban"] = self.town.clock.now()
            elif not is_held and account.kept_out.pop("ban", None) is not None:
                self._let_in(account)

    # Events of the world.

    def _took(self, capture: Capture) -> None:
        soft, kind = self.orders.get(capture.order, ("", ""))
        if capture.price_ref is not None:
            soft = self.prices[capture.price_ref]
        elif capture.ref is not None:
            account = self.judge.of_ref(capture.ref)
            soft = account.plan if account is not None else soft
        self.lines.append(f"{self._date()}   {capture.amount} taken for {soft}{' as a gift' if kind else ''}")
        if kind:
            self.gifts.append((capture.order, capture.key))
            if kind == "for her":
                first = self._nothing_paid()
                self.judge.captures[capture.key] = capture
                if first:
                    self._refer_once(capture.key)
            return
        plan = self.plans[soft]
        length = None if plan.duration_days == LIFETIME else timedelta(days=plan.duration_days or 30)
        first = self._nothing_paid()
        self.judge.took(capture, soft, length)
        if first and (capture.amount.minor or capture.renewal):
            self._refer_once(capture.key)

    def _nothing_paid(self) -> bool:
        """Return True if the customer has paid nothing yet, or everything was refunded."""
        gone = self.judge.given_back - self.lost | self.judge.flagged
        return not any(
            (each.amount.minor or each.renewal) and each.key not in gone for each in self.judge.captures.values()
        )

    def _refer_once(self, key: str) -> None:
        """Record this payment's referral unless one is recorded already: the customer and the referrer each get a week,
        once per simulated customer. A refund of the payment undoes the referral.
        """
        if not self.referred:
            self.referred = key
            self._a_week(f"referral of {ME}")

    def _gone(self, key: str) -> None:
        """Record the refund of a payment. The refund removes the time of the payment and the week that the payment's
        referral granted.
        """
        losing = [each for each in self.judge.accounts.values() if each.left_of(key)]
        self.judge.refunded(key)
        if key in {paid for _, paid in self.gifts}:
            for account in losing:
                self._await_own_charge(account, key)
        if self.referred == key:
            paid = self.judge.captures.get(key)
            others = [each for each in self.judge.accounts.values() if paid is None or each.ref != paid.ref]
            brought = [each for each in others if each.left_of(f"referral of {ME}")]
            self._nobody_brought()
            for account in brought:
                self._await_own_charge(account, key)

    def _await_own_charge(self, account: Account, key: str) -> None:
        """Let the receiver of a gift or of referral days that were taken back stay until their own postponed charge,
        but not longer than the announcement and the charge take.
        """
        known = self.biller.subscriptions.get(account.ref or "")
        coming = self.biller.coming(account.ref) if account.ref is not None else None
        if account.owed or account.kept_out or known is None or known.charge_moved_to is None or coming is None:
            return
        now = self.town.clock.now()
        account.add(f"bridge after {key}", now, min(coming[0] - now, LONG_AGO))
        self.judge.empty_since.pop(account.plan, None)

    def _nobody_brought(self) -> None:
        """Undo the referral. The next payment counts as the first one again, unless a part of the referral week was
        used.
        """
        key = f"referral of {ME}"
        is_announced = all(each[0] != key for each in self.judge.weeks)
        left = sum((each.left_of(key) for each in self.judge.accounts.values()), timedelta())
        self.judge.refunded(key)
        self.judge.weeks = [each for each in self.judge.weeks if each[0] != key]
        self.referred = "never again" if is_announced and left < WEEK else ""

    def _a_week(self, key: str) -> None:
        is_due = self.judge.usable() and not self.town.delayed
        self.judge.weeks.append((key, is_due))

    def _switched(self, ref: str, after: str) -> None:
        new = self.prices[after]
        if self.judge.agreed.get(ref) == new:
            del self.judge.agreed[ref]
        self.judge.switched(ref, new)

    def _unpaid(self, ref: str) -> None:
        self.lines.append(f"{self._date()}   the bank refuses a charge")
        self.judge.refused(ref)

    def _asked(self, ref: str, debit: Debit) -> None:
        self.lines.append(f"{self._date()}   {debit.amount} at the bank until {debit.decided_at:%d %b %H:%M}")
        self.judge.asked(ref, debit.end)

    def _refused(self, session: str) -> None:
        """Record that the bank refused a purchase. A code of the purchase can be used again."""
        self.lines.append(f"{self._date()}   the bank refuses a purchase")
        used, soft = self.coded.pop(session, (None, ""))
        if used is not None:
            used.remove(soft)

    # Steps. Each returns a description, or None if there was nothing to do.

    async def buy(self, pick: int) -> str | None:
        soft = _of(SOLD, pick)
        method = "coins" if pick % 3 == 2 else "acme"
        view = await money_acts.start(self, soft, method)
        self.orders[str(view.order_id)] = (soft, "")
        if pick % 11 == 5 and method == "acme":
            self.pages.append((view, soft))
            return f"{soft}: only the page"
        return await self.pay(view, soft, method)

    async def club(self, pick: int) -> str | None:
        """Buy a plan of the club chat, monthly or for life. A customer with both plans is notified that the monthly
        plan still renews.

        pick: number that selects the plan
        """
        soft = _of(CLUB, pick)
        view = await money_acts.start(self, soft, "acme")
        self.orders[str(view.order_id)] = (soft, "")
        return await self.pay(view, soft, "acme")

    async def page(self, pick: int) -> str | None:
        """Pay the open checkout page, if the page can still be paid."""
        now = self.town.clock.now()
        usable = [each for each in self.pages if each[0].expires_at > now]
        self.pages = []
        if not usable:
            return None
        view, soft = _of(usable, pick)
        self.pages = [each for each in usable if each[0] is not view]
        session = next(s.id for s in self.biller.sessions.values() if s.url == view.url)
        return None if session in self.biller.closed else await self.pay(view, soft, "acme")

    async def pages(self, pick: int) -> str | None:
        """Open the checkout pages of two plans before either is paid, then pay both."""
        opened = list[tuple[Any, str]]()
        for soft in (_of(["once", "half"], pick), _of(["month", "gold", "lite"], pick)):
            view = await money_acts.start(self, soft, "acme")
            self.orders[str(view.order_id)] = (soft, "")
            opened.append((view, soft))
        done = list[str]()
        for view, soft in opened:
            self.town.clock.advance(timedelta(seconds=1))
            session = next(s.id for s in self.biller.sessions.values() if s.url == view.url)
            if session not in self.biller.closed:
                done.append(await self.pay(view, soft, "acme"))
        return ", ".join(done)

    def _promised(self, view: Any, soft: str) -> None:
        """Check that the promotion code VERANO is used once per customer, and that PRIMERA applies to the first payment
        of a renewing plan.
        """
        code = view.deal.code if view.deal is not None else ""
        used = self.discounts.setdefault(code, []) if code else []
        first_again = code == "PRIMERA" and soft in used and self.plans[soft].recurring
        # While earlier payments are unreported, or at the bank, a code may be used again.
        is_unsure = bool(self.town.delayed or self.biller.purchases)
        if (first_again or (code == "VERANO" and used)) and not is_unsure:
            raise Broken("a", self.town.clock.now(), f"{code} used once", f"{soft} for {view.amount} by it again")
        used.append(soft)
        session = next((each.id for each in self.biller.sessions.values() if each.url == view.url), None)
        if code and session is not None:
            self.coded[session] = used, soft

    async def pay(self, view: Any, soft: str, method: str) -> str:
        if any(each.url == view.url and each.id in self.biller.purchases for each in self.biller.sessions.values()):
            return f"{soft}: the payment is at the bank"
        self._promised(view, soft)
        if method == "coins":
            async with self.shop.units() as uow:
                attempts = await uow.orders.attempts(view.order_id)
            session = next(each.session_ref for each in attempts if each.number == view.attempt)
            assert session is not None
            paid = replace(self.coins.paid(session), occurred_at=self.town.clock.now())
            self.town.post(paid)
            self._coins_took(paid, soft, str(view.order_id))
        else:
            session = next(s.id for s in self.biller.sessions.values() if s.url == view.url)
            if session in self.biller.captured:
                return f"{soft}: paid before"
            request = self.biller.checkouts[session]
            if not request.trial_days and request.amount != view.amount:
                raise Broken("b", self.town.clock.now(), f"{view.amount} for {soft}, as shown", f"{request.amount}")
            self.biller.buy(session, "cus-ana")
        return f"{soft} by {method} for {view.amount}"

    def _coins_took(self, paid: PaymentEvent, soft: str, order: str) -> None:
        assert paid.amount is not None
        key, now, plan = paid.payment_key or "", self.town.clock.now(), self.plans[soft]
        self.coin_keys.add(key)
        first = self._nothing_paid()
        self.lines.append(f"{self._date()}   {paid.amount} taken for {soft} in coins")
        account = self.judge.account(soft)
        begins = now + account.owed_but(self.town.unreported_payments)
        length: timedelta | None = timedelta(days=plan.duration_days or 30)
        if plan.recurring and begins == now and self.judge.owes(account) and self.judge.is_in_grace(account):
            # The month begins where the failed charge's does.
            begins -= account.unpaid
            length = self._coin_month(soft, begins, is_extended=True) - account.unpaid
            self.coin_months[key], self.coin_plans[key] = begins, soft
        elif plan.recurring:
            length = self._coin_month(soft, begins, is_extended=begins > now)
            self.coin_months[key], self.coin_plans[key] = begins, soft
        elif plan.duration_days == LIFETIME:
            length = None
        self.judge.took(Capture(key, paid.amount, now, order), soft, length)
        if length is not None:
            self._put_off(soft, length, self.town.reported_after(key))
        if first:
            self._refer_once(key)

    async def code(self, pick: int) -> str | None:
        soft = _of([each for each in SOLD if each != "forlife"], pick)
        days = _of([3, 10, 40], pick // 7)
        now = self.town.clock.now()
        made = ActivationToken.make(self.plans[soft], None, now, now + MONTH)
        made.duration_days = days
        async with self.shop.units() as uow:
            await uow.of(TOKENS_KEY).add_if_new(made)
            await uow.commit()
        used = await self.town.open_code(ME, made.token)
        if not isinstance(used, Activation):
            return f"for {soft} is refused: {used.reason}"
        self._given(soft, f"code {made.id}", timedelta(days=days))
        return f"{days} days of {soft}"

    def _given(self, soft: str, key: str, length: timedelta) -> None:
        self.judge.account(soft).add(key, self.town.clock.now(), length)
        self._put_off(soft, length, self.town.unreported_payments)
        self.judge.empty_since.pop(soft, None)
        self.judge.stir(self.judge.account(soft).ref)

    def _put_off(self, soft: str, length: timedelta, unreported: Collection[str]) -> None:
        """Move each crypto month whose payment is still unreported behind the month that was just reported. A moved
        month gets the length of the calendar month in which it now begins.
        """
        account = self.judge.account(soft)
        for paid in [each for each in unreported if each in self.coin_months and account.left_of(each)]:
            begins = self.coin_months[paid] = self.coin_months[paid] + length
            account.stretch(paid, self._coin_month(soft, begins, is_extended=True))

    def _coin_month(self, soft: str, begins: datetime, *, is_extended: bool) -> timedelta:
        """Return the length of a crypto month with the given start, by the shop's calendar. is_extended: True if the
        month follows others without a gap; the first of them then determines the day of the month on which it ends.
        """
        months = [self.coin_months[key] for key, plan in self.coin_plans.items() if plan == soft and is_extended]
        return _a_month_later(begins, [each for each in months if each < begins]) - begins

    async def gift(self, pick: int) -> str | None:
        """Let a friend pay for a gift that the customer opens, or let the customer both pay for a gift and open it."""
        if self.town.gifts is None:
            return None
        soft = _of(["month", "once", "lite"], pick)
        payer = ME if pick % 5 == 0 else self.berta.telegram_id
        if payer == ME:
            view = await money_acts.start(self, soft, "acme", for_another=True)
        else:
            view = await self.shop.start(payer, soft, "acme", for_another=True)
        session = next(s.id for s in self.biller.sessions.values() if s.url == view.url)
        if session in self.biller.captured or session in self.biller.purchases:
            return None
        self.pages = [each for each in self.pages if each[1] != soft]
        self.orders[str(view.order_id)] = (soft, "for her" if payer == ME else "by a friend")
        request = self.biller.checkouts[session]
        self.biller.checkouts[session] = replace(request, interval=None)
        self.biller.buy(session, f"cus-{payer}")
        late, self.town.late = self.town.late, timedelta()
        await self.town.run_due_work()
        await self.town.until(self.town.clock.now() + timedelta(minutes=1))
        self.town.late = late
        seen = await self.town.gifts(payer, OrderId(view.order_id))
        if seen is None or seen.link is None:
            return f"{soft} is not to be opened yet"
        used = await self.town.open_code(ME, seen.link.rpartition("=")[2])
        if not isinstance(used, Activation):
            return f"of {soft} is refused: {used.reason}"
        key = next(key for order, key in self.gifts if order == str(view.order_id))
        self._given(soft, key, timedelta(days=self.plans[soft].days))
        self.judge.account(soft).has_own_gift |= payer == ME
        return f"{soft} opened, paid by {'herself' if payer == ME else 'a friend'}"

    async def friend(self, pick: int) -> str | None:
        """Let a newcomer open the customer's link and pay."""
        if pick % 2 or not self.town.refers:
            return None
        number = TelegramId(700_100 + len(self.gifts) + len(self.lines))
        newcomer = await self.shop.customer(telegram_id=number, referrer_id=self.ana.id)
        view = await self.shop.start(newcomer.telegram_id, "once", "coins")
        async with self.shop.units() as uow:
            attempts = await uow.orders.attempts(view.order_id)
        paid = replace(self.coins.paid(attempts[-1].session_ref or ""), occurred_at=self.town.clock.now())
        late, self.town.late = self.town.late, timedelta()
        self.town.post(paid)
        self._a_week(f"referral of {number}")
        await self.town.run_due_work()
        self.town.late = late
        return "comes by her link and pays"

    async def claim(self, pick: int) -> str | None:
        claiming = of_features("lives", "TOWN").get("claim")
        if claiming is None:
            return None
        code = _of(["PRIMERA", "VERANO"], pick)
        return f"{code}: {type(await claiming(self.shop)(ME, code)).__name__}"

    def _one(self, pick: int, fits: Callable[[Account], bool] = lambda _: True) -> Account | None:
        held = [each for each in self.judge.accounts.values() if each.owed and fits(each)]
        return _of(held, pick) if held else None

    def _running(self, pick: int) -> str | None:
        refs = [ref for ref, known in self.biller.subscriptions.items() if known.status is not ProviderStatus.ENDED]
        return _of(refs, pick) if refs else None

    async def _subscription(self, soft: str) -> Any:
        async with self.shop.units() as uow:
            customer = await uow.customers.by_telegram_id(ME)
            plan = await uow.plans.by_soft_id(soft)
            assert customer is not None
            assert plan is not None
            return await uow.subscriptions.live_for(customer.id, plan.id)

    async def staff_days(self, pick: int) -> str | None:
        account = self._one(pick, lambda each: not each.kept_out)
        held = await self._subscription(account.plan) if account is not None else None
        if account is None or held is None or self.town.on_its_way:
            return None
        days = _of([5, -3, 20, -10, 40, -30], pick // 3)
        await self.town.staff(self.olga.telegram_id, "extend", held.id, days=days, reason="motivo")
        self.judge.stir(account.ref)
        if days > 0:
            self._given(account.plan, f"staff {len(self.lines)}", timedelta(days=days))
        else:
            before = {each.key: each.left for each in account.credits}
            account.shorten(timedelta(days=-days))
            self.judge.shortened |= {account.ref} if account.ref is not None else set()
            self.shortened |= {key for key, left in before.items() if account.left_of(key) != left}
            if not account.owed:
                self.judge.empty_since[account.plan] = self.town.clock.now()
        return f"{days:+} days of {account.plan}"

    async def suspend(self, pick: int) -> str | None:
        owing = [each for each in self.judge.accounts.values() if each.ref in self.judge.arrears and not each.owed]
        account = self._one(pick, lambda each: "staff" not in each.kept_out) or (owing[0] if owing else None)
        held = await self._subscription(account.plan) if account is not None else None
        if account is None or held is None:
            return None
        account.kept_out["staff"] = self.town.clock.now()
        await self.town.staff(self.olga.telegram_id, "suspend", held.id, reason="motivo")
        return f"{account.plan}"

    async def restore(self, pick: int) -> str | None:
        out = [each for each in self.judge.accounts.values() if "staff" in each.kept_out]
        account = _of(out, pick) if out else None
        held = await self._subscription(account.plan) if account is not None else None
        if account is None or held is None:
            return None
        del account.kept_out["staff"]
        await self.town.staff(self.olga.telegram_id, "restore", held.id, reason="motivo")
        self._let_in(account)
        return f"{account.plan}"

    def _let_in(self, account: Account) -> None:
        """Readmit the customer. The customer stays until the provider's next charge without payment; an outstanding
        charge has its grace days.
        """
        self.judge.stir(account.ref)
        if account.ref in self.judge.arrears and not account.owed and not account.kept_out:
            self.judge.empty_since[account.plan] = self.town.clock.now()
        # The provider may already charge a cheaper plan, which begins once this one's time is used.
        behind = (each.ref for each in self.judge.accounts.values() if account.plan in each.first)
        ref = account.ref or next(behind, None)
        known = self.biller.subscriptions.get(ref or "")
        if account.kept_out or known is None:
            return
        end = known.current_period_end
        gap = (end or self.town.clock.now()) - self.town.clock.now() - account.owed
        if known.charge_moved_to is not None or self.judge.is_at_bank(account):
            # The charge was rescheduled for a payment that has been refunded since, and moves forward again. Or the
            # charge of this period is at the bank.
            return
        if known.status is ProviderStatus.ACTIVE and ref in self.biller.held and gap > timedelta():
            account.add(f"bridge {len(self.lines)}", self.town.clock.now(), gap)
            account.bridged_until = end

    async def change(self, pick: int) -> str | None:
        """Change to another plan, now or at the renewal, as offered."""
        offers = [each for each in await self.shop.changes.offers(ME) if not self._waits_elsewhere(each.to_soft_id)]
        if not offers or self.town.on_its_way:
            return None
        offer = _of(offers, pick)
        is_at_bank = (offer.to_soft_id, "") in {
            self.orders.get(self.biller.checkouts[key].order_id) for key in self.biller.purchases
        }
        try:
            quote = await self.shop.changes.quote(ME, offer.subscription, offer.to_soft_id)
        except BeingBought:
            if not is_at_bank:
                raise
            return f"to {offer.to_soft_id} is refused: its purchase is at the bank"
        if is_at_bank:
            raise Broken("a", self.town.clock.now(), f"no change to {offer.to_soft_id}, which is being bought", "quote")
        old = self.judge.account(offer.from_soft_id)
        ref = old.ref
        trial = self.judge.captures.get(f"trial-{ref}")
        if trial is not None and trial.end is not None and trial.end > self.town.clock.now():
            raise Broken("a", self.town.clock.now(), f"no change within the trial of {old.plan}", f"{offer.to_soft_id}")
        before = set(self.judge.captures)
        await self.shop.changes(ME, offer.subscription, offer.to_soft_id, quote.as_of)
        charged = sum(each.amount.minor for key, each in self.judge.captures.items() if key not in before)
        if charged != (quote.due.minor if offer.now else 0):
            raise Broken("b", self.town.clock.now(), f"{quote.due} for the change, as quoted", f"{charged} cents")
        self.judge.stir(ref)
        if not offer.now and ref is not None:
            self.judge.agreed[ref] = offer.to_soft_id
        if quote.remainder is not None:
            self._converted(old, offer.to_soft_id, quote.remainder.length)
        return (
            f"from {offer.from_soft_id} to {offer.to_soft_id} {'now' if offer.now else 'at the renewal'}, {quote.due}"
        )

    def _waits_elsewhere(self, soft: str) -> bool:
        """Return True if time of the plan waits in another plan's subscription: the judge has one account per plan."""
        account = self.judge.account(soft)
        return any(each.line not in {None, account.ref} for each in account.waiting)

    async def stay(self, pick: int) -> str | None:
        """Drop the plan change that is agreed for the renewal, as the customer."""
        agreed = [each for each in self.judge.accounts.values() if each.ref in self.judge.agreed]
        if not agreed or self.town.on_its_way:
            return None
        account = _of(agreed, pick)
        self.judge.stir(account.ref)
        await self.shop.changes.undo(ME, account.plan)
        return f"with {account.plan}"

    def _converted(self, old: Account, soft: str, length: timedelta) -> None:
        """Check that the announced time is worth the credit, to the cent and the hour, and record the time."""
        paid = self.judge.captures.get(old.credits[0].key) if old.credits else None
        daily = paid.amount.minor / 30 if paid is not None else self._daily(old.plan)
        worth = old.owed * (daily / self._daily(soft))
        # Calendar months are of 28 to 31 days; other plans are converted exactly.
        is_calendar = self.plans[old.plan].recurring or self.plans[soft].recurring
        if abs(worth - length) > (2 * DAY + worth * 0.12 if is_calendar else DAY / 4):
            raise Broken("a", self.town.clock.now(), f"{worth} of {soft} for what is left", f"{length}")
        new = self.judge.account(soft)
        key = old.credits[0].key if old.credits else f"moved {len(self.lines)}"
        old.credits = []
        new.credits = []
        new.add(key, self.town.clock.now(), length)
        new.slack += 2 * HOUR
        self.judge.empty_since[old.plan] = self.town.clock.now()
        self.judge.empty_since.pop(soft, None)

    def _daily(self, soft: str) -> float:
        return self.plans[soft].price.minor / 30

    async def cancel(self, pick: int) -> str | None:
        account = self._one(pick, lambda each: each.ref is not None)
        if account is None or account.ref is None:
            return None
        self._gave_up(account)
        await self.shop.cancel(ME, account.plan)
        return f"{account.plan}"

    def _gave_up(self, account: Account) -> None:
        """Do nothing: the provider has stopped retrying the failed charge, so the customer is owed no time for that
        charge.
        """

    async def keep(self, pick: int) -> str | None:
        account = self._one(pick, lambda each: each.ref is not None)
        if account is None:
            return None
        self.judge.stir(account.ref)
        await self.shop.undo(ME, account.plan)
        return f"{account.plan} after all"

    async def cancel_there(self, pick: int) -> str | None:
        """Cancel a subscription on the provider's page, as the customer."""
        ref = self._running(pick)
        if ref is None or self.biller.subscriptions[ref].cancel_at_period_end:
            return None
        await self.biller.cancel_subscription(ref)
        self.judge.canceled_there[ref] = self.town.clock.now()
        return f"{ref} at the provider"

    async def pause(self, pick: int) -> str | None:
        account = self._one(pick, lambda each: each.ref is not None and not each.kept_out)
        known = self.biller.subscriptions.get(account.ref or "") if account is not None else None
        if account is None or known is None or known.current_period_end is None:
            return None
        self.judge.stir(account.ref)
        view = await self.town.pausing(ME, account.plan)
        return f"a month of {account.plan}, back on {view.charge_at:%d %b}"

    async def go_on(self, pick: int) -> str | None:
        paused = [a for a in self.judge.accounts.values() if a.ref and self.biller.subscriptions[a.ref].pause_until]
        if not paused:
            return None
        account = _of(paused, pick)
        self.judge.stir(account.ref)
        await self.town.pausing.end(ME, account.plan)
        return f"with {account.plan} before the pause is over"

    async def bank(self, pick: int) -> str | None:
        """Make the bank decline from now on, or approve again."""
        ref = self._running(pick)
        if ref is None:
            return None
        self.biller.empty ^= {ref}
        return f"{'refuses' if ref in self.biller.empty else 'pays again'}"

    async def late_bank(self, pick: int) -> str | None:
        """Let a bank decide later about the next charge: a purchase, a renewal or a retry."""
        hours, pays = _of(BANK_HOURS, pick), pick // len(BANK_HOURS) % 3 != 0
        of_purchase = pick // len(BANK_HOURS) // 3 % 2 == 0
        self.biller.decision = Decision(hours * HOUR, pays, of_purchase)
        what = "charge" if of_purchase else "renewal or retry"
        return f"decides about the next {what} after {hours} hours, and {'pays' if pays else 'refuses'}"

    async def retry(self, pick: int) -> str | None:
        """Pay the failed charge on the provider's page, even after the provider stopped retrying."""
        due = [ref for ref in self.judge.arrears if self.judge.of_ref(ref) is not None]
        if not due:
            return None
        ref = _of(sorted(due), pick)
        self.biller.empty.discard(ref)
        self.biller.paid_after_all(ref, by_hand=True)
        return f"{ref}"

    async def credit(self, pick: int) -> str | None:
        """Give the customer a credit balance at the provider for the next charges."""
        ref = self._running(pick)
        if ref is None:
            return None
        self.biller.credit[ref] = _of([500, 100_000], pick)
        self.biller.repriced[ref] = self.town.clock.now()
        return f"{self.biller.credit[ref]} at the provider"

    def _payments(self, pick: int) -> Capture | None:
        """Return a payment of the customer or a friend at the provider that has not been refunded."""
        if self.town.on_its_way:
            return None
        gone = self.judge.given_back | self.judge.flagged | {key for key, each in self.disputes.items() if each}
        keys = [key for key in self.judge.captures if key not in gone and key not in self.coin_keys]
        keys += [key for _, key in self.gifts if key not in gone and key not in keys]
        amounts = {each.payment_key: each.amount for each in self.biller.sent.values() if each.amount is not None}
        paid = [key for key in keys if key in amounts]
        if not paid:
            return None
        key = _of(paid, pick)
        return self.judge.captures.get(key) or Capture(key, amounts[key], self.town.clock.now(), "")

    async def refund(self, pick: int) -> str | None:
        capture = self._payments(pick)
        if capture is None:
            return None
        self.all_goes_back(capture)
        left = capture.amount - Money(self.parts.get(capture.key, 0), capture.amount.currency)
        self.biller.give_back(capture.key, left)
        return f"of all of {capture.key} ({left})"

    def all_goes_back(self, capture: Capture) -> None:
        self._no_more(capture)
        self.remainders.pop(capture.key, None)
        if capture.ref is not None and capture.start is None:
            # The payment was the price difference of a plan change.
            self.judge.given_back.add(capture.key)
        else:
            self._gone(capture.key)

    def _no_more(self, capture: Capture) -> None:
        account = self.judge.of_ref(capture.ref or "")
        self.judge.stir(account.ref if account is not None else None)

    async def part_refund(self, pick: int) -> str | None:
        capture = self._payments(pick)
        if capture is None or capture.key in self.parts or capture.amount.minor < 500:
            return None
        if pick % 4 == 3:
            return await self._sent_back(capture)
        times = 1 + pick % 3
        self.parts[capture.key] = times * 100
        for _ in range(times):
            self.biller.give_back(capture.key, Money(100, "EUR"))
        return f"of {times} times 1.00 of {capture.key}"

    async def withdraw(self, pick: int) -> str | None:
        """Withdraw from a contract as the customer: all of its payments are refunded, and the purchased time ends."""
        if self.town.on_its_way:
            return None
        try:
            contract = _of(await money_acts.contracts_of(self), pick)
        except WithdrawalRefused:
            return None
        if not contract.automatic or not contract.shares:
            # A contract that is refunded by hand, or a trial.
            return None
        return await self.withdraw_from(contract)

    async def withdraw_from(self, contract: Contract) -> str:
        """Withdraw from a contract, which refunds the remaining amount of each payment."""
        amounts = {share.payment.payment_key: share.refund for share in contract.shares}
        for key, amount in amounts.items():
            paid = self.judge.captures.get(key)
            if paid is not None and amount.minor != paid.amount.minor - self.parts.get(key, 0):
                raise Broken("a", self.town.clock.now(), f"what is left of {paid.amount} for {key}", f"{amount}")
        for key, amount in amounts.items():
            self.all_goes_back(self.judge.captures.get(key) or Capture(key, amount, self.town.clock.now(), ""))
        self.withdrawals += 1
        withdraw = WithdrawContract(self.shop.units, self.shop.gateways, self.town.clock, self.town.policy)
        await withdraw(self.judge.person, contract.order.id)
        return f"from {contract.plan_name}, paid by {', '.join(amounts)}"

    async def _sent_back(self, capture: Capture) -> str | None:
        """Refund a part as staff, let the bank return that refund to the shop, and then refund the whole payment."""
        rows = self.shop.memory.rows("payments")
        payment = next((row for row in rows if row.payment_key == capture.key), None)
        if payment is None:
            return None
        late, self.town.late = self.town.late, timedelta()
        with suppress(UmbralError):
            await self._give(payment.id, "1.000 EUR")
            raise Broken("a", self.town.clock.now(), "a question what «1.000» means", "it is given back")
        await self._give(payment.id, "1.00 EUR")
        await self.town.run_due_work()
        given = next(each for each in reversed(self.biller.sent.values()) if each.kind is PaymentEventKind.REFUND)
        reported = {"payment_key": given.payment_key, "about_payment": capture.key, "amount": given.amount}
        self.biller.create_event(
            PaymentEventKind.REFUND, "refund.failed", amount_refunded=given.amount, reason="reversed", **reported
        )
        await self.town.run_due_work()
        self.all_goes_back(capture)
        try:
            await self._give(payment.id, f"{capture.amount.plain} {capture.amount.currency}")
        except UmbralError as refusal:
            raise Broken(
                "a", self.town.clock.now(), f"{capture.amount} is left to be given back", str(refusal)
            ) from None
        self.town.late = late
        return f"of all of {capture.key} ({capture.amount}), after the bank had sent 1.00 of it back"

    async def _give(self, payment: Any, amount: str) -> None:
        await self.town.staff(self.olga.telegram_id, "refund", payment, amount=amount, reason="motivo")

    def disputable(self, pick: int) -> Capture | None:
        """Return a payment that can be disputed, whether its time runs, is over or has not begun. None for the price
        difference of a plan change, and for a payment of which staff took days back.
        """
        capture = self._payments(pick)
        if capture is None or (capture.ref is not None and capture.start is None):
            return None
        return None if capture.key in self.shortened else capture

    def _in_grace_after(self, capture: Capture) -> Account | None:
        """Return the account whose grace days follow the period that the payment bought; None if there is none. A
        dispute about that payment suspends the grace days.
        """
        account = self.judge.of_ref(capture.ref or "")
        if account is None or account.owed or account.ref not in self.judge.arrears:
            return None
        if not (self.judge.inside(account.plan) or account.kept_out):
            return None
        return account if self._is_last(capture) and self.judge.is_in_grace(account) else None

    def _is_last(self, capture: Capture) -> bool:
        """Return True if the payment is that of the subscription's last paid period."""
        return capture is [each for each in self.judge.captures.values() if each.ref == capture.ref and each.start][-1]

    def _pays(self, account: Account) -> bool:
        """Return True if the provider will charge for the account again."""
        known = self.biller.subscriptions.get(account.ref or "")
        return known is not None and known.status is not ProviderStatus.ENDED and not known.cancel_at_period_end

    async def dispute(self, pick: int) -> str | None:
        capture = self.disputable(pick)
        if capture is None or capture.key in self.parts:
            return None
        mine = any(each.left_of(capture.key) for each in self.judge.accounts.values())
        is_over = not mine and self._in_grace_after(capture) is None
        self.open_dispute(capture, None, holds=True)
        return f"about {capture.key}{', which is over' if is_over else ''}"

    def open_dispute(self, capture: Capture, part: Money | None, *, holds: bool) -> None:
        """Open a dispute about a payment. part: disputed amount, None for the whole payment. holds: True if the dispute
        suspends the purchased access.
        """
        self._disputes_so_far += 1
        key = f"dp-{self._disputes_so_far}"
        self.disputes[capture.key] = key
        gifted = capture.key in {paid for _, paid in self.gifts}
        in_grace = self._in_grace_after(capture)
        charged = self.judge.of_ref(capture.ref or "")
        if holds and charged is not None and not charged.left_of(capture.key) and self._is_last(capture):
            charged.disputed_last = capture.key
        for account in self.judge.accounts.values():
            if not holds or not (account.left_of(capture.key) or account is in_grace):
                continue
            if gifted and self._pays(account):
                continue
            # The giver's bank does not affect other time, which runs first.
            has_other = gifted and account.owed > account.left_of(capture.key) + EXACT
            if account is not in_grace and (has_other or not account.runs(capture.key)):
                account.disputed.add(capture.key)
                account.disputed_gifts |= {capture.key} if gifted else set()
            else:
                account.kept_out[f"dispute about {capture.key}"] = self.town.clock.now()
        late = self.town.late
        if gifted:
            # Other owed days at the time of the report may keep the receiver inside, so this dispute is reported at
            # once.
            self.town.late = timedelta()
        more = {"amount": part} if part is not None else {}
        self._dispute(key, capture.key, PaymentEventKind.DISPUTE_OPENED, **more)
        self.town.late = late

    def _dispute(self, key: str, about: str, kind: PaymentEventKind, **more: Any) -> None:
        paid = next(each for each in self.biller.sent.values() if each.payment_key == about)
        of = {"order_id": paid.order_id, "telegram_id": paid.telegram_id}
        self.biller.create_event(kind, "money.back", payment_key=key, about_payment=about, **of, **more)

    async def _close_dispute(self, pick: int, how: str) -> str | None:
        open_ = [paid for paid, key in self.disputes.items() if key]
        if not open_:
            return None
        paid = _of(open_, pick)
        key, self.disputes[paid] = self.disputes[paid], ""
        part: Money | None = None
        if paid in self.disputed_parts:
            # The remaining amount may be disputed again.
            del self.disputes[paid]
            reduced = how == "lost" and pick % 3 == 2
            part = money_acts.take_part(self, paid, reduced=reduced) if how == "lost" else None
            self.disputed_parts.pop(paid, None)
        amount = next(each.amount for each in self.biller.sent.values() if each.payment_key == paid)
        is_all = how == "lost" and (part is None or amount is None or money_acts.counts_as_all(self, paid, amount))
        for account in list(self.judge.accounts.values()):
            account.disputed.discard(paid)
            account.disputed_last = None if account.disputed_last == paid else account.disputed_last
            if account.kept_out.pop(f"dispute about {paid}", None) and not is_all:
                self._let_in(account)
        if is_all:
            self.lost.add(paid)
            self._gone(paid)
            if part is not None and amount is not None:
                self.remainders[paid] = max(amount.minor - self.parts[paid], 0)
        more: dict[str, Any] = {"amount": part} if part is not None else {}
        by_refund = part is not None and reduced
        if by_refund:
            more["amount_refunded"] = part
        self._dispute(key, paid, PaymentEventKind.DISPUTE_CLOSED, reason=how, **more)
        if by_refund and part is not None:
            money_acts.carry_out(self, paid, part)
        return f"about {paid}{f': {part}' if part is not None else ''}"

    async def dispute_won(self, pick: int) -> str | None:
        return await self._close_dispute(pick, "won")

    async def dispute_lost(self, pick: int) -> str | None:
        return await self._close_dispute(pick, "lost")

    async def edit(self, pick: int) -> str | None:
        """Change a plan's price as the seller. Existing customers keep their price."""
        soft = _of(["month", "gold", "lite", "once"], pick)
        plan = self.plans[soft]
        dearer = Money(plan.price.minor + 100, "EUR")
        self.plans[soft] = replace(plan, price=dearer)
        await self.shop.change_plan(self.plans[soft])
        if plan.recurring:
            await self._price(soft, f"price-{soft}-{dearer.minor}")
        return f"{soft} costs {dearer}"

    async def period(self, pick: int) -> str | None:
        """Change a plan's period to a year as the seller, and revert the change within a minute. During that minute the
        plan cannot be bought by its monthly price object, and existing customers keep the plan unchanged.
        """
        soft = _of(["month", "gold", "lite"], pick)
        before = await self._edit(soft, interval=Interval.YEAR)
        view = None
        with suppress(UmbralError):
            view = await self.shop.start(ME, soft, "acme")
        asked = [self.biller.checkouts[s.id] for s in self.biller.sessions.values() if view and s.url == view.url]
        if any(each.price_ref in self.prices for each in asked):
            raise Broken("a", self.town.clock.now(), f"{soft} by the year", f"a page that charges it by {asked}")
        for shown in (await self.shop.status(ME)).subscriptions:
            if shown.soft_id == soft and shown.renews and shown.interval is Interval.YEAR:
                raise Broken("d", self.town.clock.now(), f"{soft} is paid by the month", f"«{shown.price} by the year»")
        await self._edit(soft, interval=before)
        await self._price(soft, f"price-{soft}-{len(self.prices)}")
        return f"of {soft}, for a minute"

    async def _edit(self, soft: str, **changes: Any) -> Any:
        async with self.shop.units() as uow:
            plan = await uow.plans.by_soft_id(soft)
            assert plan is not None
            assert await save_edited(uow, plan, replace(plan, **changes))
            await uow.commit()
        return plan.interval

    async def erase(self, pick: int) -> str | None:
        """Erase the customer, who returns as a new customer."""
        if pick % 2:
            return None
        prospect = await self.town.erasing(ME, "wish")
        if prospect.obstacle is not None:
            return f"is not possible yet: {prospect.obstacle}"
        # The returning customer counts as new.
        self.forgotten, self.judge.forgotten_at, self.withdrawals = True, self.town.clock.now(), 0
        if self.town.has_unreported:
            # A subscription that begins for an erased customer is ended at its provider and gave no access.
            self.judge.had.clear()
        for account in self.judge.accounts.values():
            account.waiting = []
            self.judge.forgotten |= {account.ref} if account.at_bank is not None and account.ref is not None else set()
            account.credits, account.kept_out, account.ref, account.for_life = [], {}, None, False
            account.at_bank, account.awaits_money = None, False
            self.judge.empty_since[account.plan] = self.town.clock.now()
        await self.town.run_due_work()
        await self.town.until(self.town.clock.now() + HOUR)
        async with self.shop.units() as uow:
            known = await uow.customers.by_telegram_id(ME)
        if known is None:
            meet = MeetCustomer(self.shop.units, self.town.clock, TRIAL_MARKS)
            self.ana = await meet(
                Person(telegram_id=ME, first_name="Ana", username="ana", language_code="es"), referrer=self.berta.id
            )
            async with self.shop.units() as uow:
                known = await uow.customers.get(self.ana.id, lock=True)
                assert known is not None
                known.accept_terms(self.town.policy.terms_version, self.town.clock.now())
                await uow.customers.save(known)
                await uow.commit()
            if self.judge.accounts:
                self.referred = "never again"
        return "and comes back"

    async def lost(self, pick: int) -> str | None:
        """Delete a shared chat, which the seller replaces, or upgrade the group at Telegram."""
        name, chat = _of(["news", "talk"], pick), ChatId(-1_001_000_000 - self.town.maker.telegram.number())
        async with self.shop.units() as uow:
            resource = await uow.resources.by_soft_id(name)
            channel = await uow.resources.channel(resource.id) if resource is not None else None
        if channel is None or channel.channel_id is None:
            return None
        if name == "talk" and pick % 3 == 0:
            await self.town.following(channel.channel_id, chat)
            return f"not: {name} is a supergroup now"
        chat_type = "channel" if name == "news" else "supergroup"
        look = ChannelLook(title=name, is_channel=name == "news", is_admin=True, chat_type=chat_type, chat=chat)
        async with self.shop.units() as uow:
            await uow.resources.see_chat(look, self.town.clock.now())
            await uow.commit()
        await self.town.staff.run(SHELL, "replace_resource", name, {"chat": str(chat)}, new_uuid())
        return f"{name}, and another is there"

    async def dearer_there(self, pick: int) -> str | None:
        """Move the customer to a more expensive plan at the provider as the seller. The customer pays the
        difference.
        """
        ref = self._running(pick)
        known = self.biller.subscriptions[ref] if ref is not None else None
        if known is None or self.prices.get(known.price_ref or "") != "month" or self.judge.has("gold"):
            # If the customer already has gold, nothing changes and the owners are notified.
            return None
        if ref in self.judge.arrears and (self.judge.is_kept_out("month") or self.judge.account("month").owed):
            # The seller asks nobody for the price difference of a period that is neither paid nor used.
            return None
        if known.charge_moved_to is not None:
            # Stripe charges no difference before a postponed charge, so the change takes effect with it.
            return None
        assert ref is not None
        # The current price of gold. An earlier price belongs to no plan, and the owners would be notified.
        new = next(each for each, soft in reversed(self.prices.items()) if soft == "gold")
        self.judge.stir(ref)
        await self.biller.change_plan(
            PlanChangeRequest(
                subscription_ref=ref,
                price_ref=new,
                amount=self.biller.prices[new],
                interval=Interval.MONTH,
                interval_count=1,
                as_of=self.town.clock.now(),
                at_renewal=False,
                idempotency_key=f"there {len(self.lines)}",
            )
        )
        return f"from month to gold by {ref}"

    async def unasked(self, pick: int) -> str | None:
        """Simulate a provider that reports events but no longer answers queries, as with Stars."""
        self.biller.capabilities -= {Capability.FETCH, Capability.MOVE_CHARGE, Capability.PAUSE}
        return "from now on"

    # Steps of the seller at the provider, which determine the next charge.

    def _renewing(self, pick: int) -> str | None:
        """Return the reference of a subscription whose next charge is regular (not failed, not paused, and without a
        scheduled change), or None.
        """
        refs = [
            ref
            for ref, known in self.biller.subscriptions.items()
            if self.judge.of_ref(ref) is not None
            and self.biller.coming(ref) is not None
            and known.status is ProviderStatus.ACTIVE
            and known.pause_until is None
            and known.next_price_ref is None
            and ref not in self.biller.attempts
        ]
        return _of(refs, pick) if refs else None

    def _price_of(self, ref: str) -> Money:
        price = self.biller.subscriptions[ref].price
        assert price is not None
        return price

    async def quantity(self, pick: int) -> str | None:
        ref = self._renewing(pick)
        if ref is None:
            return None
        price = self._price_of(ref)
        amount = Money(price.minor * _of([2, 3], pick), price.currency)
        self.biller.charge_otherwise(ref, amount)
        return f"of {ref} is another, {amount} each month"

    async def coupon(self, pick: int) -> str | None:
        ref = self._renewing(pick)
        if ref is None:
            return None
        price = self._price_of(ref)
        amount = Money(_of([price.minor // 2, 0], pick), price.currency)
        self.biller.charge_otherwise(ref, amount)
        return f"for {ref}, {amount} each month"

    async def extra_item(self, pick: int) -> str | None:
        ref = self._renewing(pick)
        if ref is None:
            return None
        self.biller.add_item(ref, 1000)
        return f"of 10.00 on the next charge of {ref}"

    async def moved_price(self, pick: int) -> str | None:
        ref = self._renewing(pick)
        if ref is None or self.biller.subscriptions[ref].price_ref is None:
            # A discounted amount of a promotion has no price object there.
            return None
        price = self._price_of(ref)
        amount = Money(price.minor + _of([1000, -500], pick), price.currency)
        soft = self.prices[self.biller.subscriptions[ref].price_ref or ""]
        self.biller.move_price(ref, amount)
        self.prices[self.biller.subscriptions[ref].price_ref or ""] = soft
        return f"of {ref} to {amount}"

    async def cancel_later(self, pick: int) -> str | None:
        """Schedule a cancellation after further charges."""
        ref = self._renewing(pick)
        if ref is None or self.biller.subscriptions[ref].cancel_at is not None:
            return None
        periods = _of([1, 2], pick)
        self.biller.cancel_later(ref, periods)
        return f"{ref} after {periods} more charges, at the provider"

    async def pause_there(self, pick: int) -> str | None:
        """Pause the collection without a date."""
        ref = self._renewing(pick)
        if ref is None or self.biller.subscriptions[ref].cancel_at is not None:
            return None
        self.biller.stop_collection(ref)
        return f"{ref} without a date, at the provider"

    async def go_on_there(self, pick: int) -> str | None:
        # A subscription that ended at the provider cannot be resumed there.
        ended = {each for each in self.biller.stopped if self._is_over_there(each)}
        refs = sorted(self.biller.stopped - ended)
        if not refs:
            return None
        ref = _of(refs, pick)
        self.judge.stir(ref)
        self.biller.collect_again(ref)
        return f"with {ref} at the provider"

    def _is_over_there(self, ref: str) -> bool:
        return self.biller.subscriptions[ref].status is ProviderStatus.ENDED

    async def nothing(self, pick: int) -> str | None:
        return "happens"


Act = Callable[[Life, int], Awaitable[str | None]]
ACTS: dict[str, Act] = {
    name: getattr(Life, name)
    for name in [
        "page",
        "pages",
        "buy",
        "code",
        "gift",
        "friend",
        "claim",
        "staff_days",
        "suspend",
        "restore",
        "change",
        "cancel",
        "keep",
        "cancel_there",
        "pause",
        "go_on",
        "bank",
        "retry",
        "credit",
        "refund",
        "part_refund",
        "dispute",
        "dispute_won",
        "dispute_lost",
        "edit",
        "erase",
        "nothing",
        "lost",
        "club",
        "period",
        "unasked",
        "dearer_there",
        "withdraw",
        "quantity",
        "coupon",
        "extra_item",
        "moved_price",
        "cancel_later",
        "pause_there",
        "go_on_there",
        "stay",
        "late_bank",
    ]
}
ACTS |= chat_acts.ACTS | money_acts.ACTS
LATER = {
    "lost": LOSSES,
    "club": 0.3,
    "period": 0.3,
    "unasked": 0,
    "dearer_there": 0,
    "withdraw": 0.3,
    "quantity": 0.08,
    "coupon": 0.08,
    "extra_item": 0.08,
    "moved_price": 0.08,
    "cancel_later": 0.1,
    "pause_there": 0.1,
    "go_on_there": 0.1,
    "ban": 0.15,
    "pardon": 0.15,
    "leave": 0.1,
    "come_back": 0.1,
    "part_dispute": 0.15,
    "withdraw_again": 0.06,
    "take_in": 0.12,
    "early": 0.1,
    "month_end": 0.06,
    "stay": 0.1,
    "late_bank": 0,
}
"""Share of histories that contain each of these steps. The steps are added last so that they do not change the other
random choices of a seed.
"""
OFTEN = {
    "buy": 5,
    "bank": 2,
    "retry": 2,
    "page": 2,
    "claim": 2,
    "change": 3,
    "code": 2,
    "keep": 2,
    "dispute_won": 2,
    "nothing": 2,
    "cancel": 2,
    "restore": 2,
}


THEMES: Sequence[Sequence[Step]] = (
    (Step("buy", 0, 0), Step("bank", 0, 24 * 29), Step("nothing", 0, 24 * 4), Step("retry", 0, 0)),
    (Step("unasked", 0, 0), Step("buy", 0, 24 * 40), Step("refund", 0, 0)),
    (Step("buy", 3, 1), Step("cancel", 0, 0), Step("keep", 0, 0), Step("change", 0, 0)),
    (Step("buy", 0, 0), Step("bank", 0, 24 * 29), Step("nothing", 0, 30), Step("dearer_there", 0, 0)),
    (Step("claim", 1, 0), Step("pages", 0, 0)),
    (Step("claim", 0, 0), Step("buy", 14, 24 * 24), Step("buy", 14, 0)),
    (Step("buy", 6, 0), Step("code", 14, 0), Step("friend", 0, 0)),
    (Step("code", 14, 24 * 29), Step("buy", 2, 0)),
    (Step("buy", 1, 0), Step("change", 0, 0), Step("cancel", 0, 0), Step("keep", 0, 0)),
    (Step("buy", 0, 24), Step("friend", 0, 24 * 8), Step("refund", 0, 0)),
    (Step("buy", 0, 24), Step("staff_days", 6, 24 * 13), Step("dispute", 0, 49), Step("dispute_lost", 0, 0)),
    (Step("buy", 0, 1), Step("code", 7, 24 * 24), Step("refund", 0, 0)),
    (Step("buy", 0, 1), Step("staff_days", 6, 24 * 31), Step("refund", 0, 0)),
    (Step("take_in", 0, 24 * 4), Step("refund", 0, 0)),
    (Step("take_in", 1, 24 * 13), Step("dispute", 0, 49), Step("dispute_lost", 0, 0)),
    (Step("withdraw_again", 0, 49), Step("withdraw_again", 2, 0)),
    (Step("month_end", 2, 24 * 24), Step("month_end", 1, 0)),
    (Step("buy", 0, 24), Step("part_dispute", 3, 49), Step("dispute_lost", 0, 24), Step("refund", 0, 0)),
    (Step("buy", 0, 24), Step("ban", 0, 24 * 13), Step("pardon", 0, 24 * 24), Step("refund", 0, 0)),
    (Step("buy", 0, 24), Step("leave", 0, 24 * 24), Step("come_back", 0, 0)),
    (Step("buy", 49, 0), Step("code", 0, 0), Step("page", 0, 0)),
    (Step("buy", 0, 24), Step("pause", 0, 24 * 40), Step("go_on", 0, 0)),
    (Step("buy", 0, 24), Step("pause_there", 0, 24 * 40), Step("go_on_there", 0, 0)),
    (Step("buy", 1, 24), Step("change", 1, 24), Step("stay", 0, 24 * 24)),
    (Step("buy", 0, 24 * 24), Step("suspend", 0, 24 * 8), Step("restore", 0, 24 * 8), Step("refund", 0, 0)),
    (Step("club", 0, 0), Step("club", 1, 24 * 24), Step("refund", 0, 24 * 8)),
    (Step("buy", 0, 24), Step("quantity", 0, 24 * 40), Step("refund", 1, 0)),
    (Step("buy", 0, 24), Step("cancel_later", 0, 24 * 40), Step("refund", 0, 0)),
)
"""Combinations of steps that occur by chance once in several hundred histories. Some histories consist of one
combination with other steps in between.
"""
OWN_THEME = 5
"""One in this many histories is based on a theme."""


def drawn(seed: int, late_banks: float = LATE_BANKS) -> list[Step]:
    """Return the random steps of one customer's history. late_banks: share of steps before which a bank that decides
    later is drawn, from random numbers of its own.
    """
    steps, random = _without_banks(seed), Random(f"banks of {seed}")
    if any(each.act == "unasked" for each in steps):
        return steps
    for at in reversed(range(len(steps))):
        if random.random() < late_banks:
            steps.insert(at, Step("late_bank", random.randrange(1000), 0))
    return steps


def _without_banks(seed: int) -> list[Step]:
    random = Random(seed)
    names = [name for name in ACTS if name not in LATER for _ in range(OFTEN.get(name, 1))]
    if seed % OWN_THEME == OWN_THEME - 1:
        themed = list(THEMES[seed // OWN_THEME % len(THEMES)])
        # For a provider that cannot be queried, no other steps are defined.
        for _ in range(0 if themed[0].act == "unasked" else random.randint(0, 4)):
            themed.insert(
                random.randint(0, len(themed)),
                Step(random.choice(names), random.randrange(1000), random.choice(WAITS), random.choice([0, 0, 3])),
            )
        return themed
    steps = [Step("buy", random.randrange(1000), random.choice(WAITS))]
    for _ in range(random.randint(3, STEPS)):
        late = random.choice([0, 0, 0, 0, 0, 3])
        steps.append(Step(random.choice(names), random.randrange(1000), random.choice(WAITS), late))
    for name, share in LATER.items():
        if random.random() < share:
            for _ in range(2 if name == "club" else 1):
                later = Step(name, random.randrange(1000), random.choice(WAITS))
                steps.insert(random.randrange(1, len(steps) + 1), later)
    return steps


Held = Callable[[Life], Awaitable[None]]


async def lived(steps: Sequence[Step], *, moves: bool = True, sums: Held | None = None) -> Story:
    """Run a customer's history from its first day. sums: function that checks the payments at the end."""
    life, chance = Life(moves=moves), Random(1)
    with identifiers_from(chance.randbytes):
        try:
            await life.open()
            await life.live(steps)
            if sums is not None:
                await sums(life)
        except Exception as broken:
            return Story(steps, life.lines, broken)
    return Story(steps, life.lines, None)


async def shrunk(story: Story, *, moves: bool = True, tries: int = 300, sums: Held | None = None) -> Story:
    """Return a shortened history that violates the same guarantee, without steps and waits that are unnecessary for the
    violation.
    """
    best, left, size = story, tries, max(len(story.steps) // 2, 1)
    while size and left:
        at, shorter = 0, False
        while at < len(best.steps) and left:
            left -= 1
            tried = await lived([*best.steps[:at], *best.steps[at + size :]], moves=moves, sums=sums)
            if tried.broken is not None and tried.promise == story.promise:
                best, shorter = tried, True
            else:
                at += size
        size = size // 2 if not shorter else size
    for at, step in enumerate(best.steps):
        for simpler in (replace(step, wait=0), replace(step, late=0)):
            steps = list(best.steps)
            steps[at] = simpler
            tried = await lived(steps, moves=moves, sums=sums)
            if tried.broken is not None and tried.promise == story.promise:
                best = tried
                break
    return best


def _a_month_later(at: datetime, earlier: Sequence[datetime] = ()) -> datetime:
    """Return the same day and hour of the next month in Madrid, or its last day. For a start on the last day of a
    month, the day of an earlier month's start applies.
    """
    local = at.astimezone(_MADRID)
    is_last = (local + timedelta(days=1)).month != local.month
    day = max([local.day, *(each.astimezone(_MADRID).day for each in earlier if is_last)])
    year, month = local.year + local.month // 12, local.month % 12 + 1
    return local.replace(year=year, month=month, day=min(day, monthrange(year, month)[1])).astimezone(UTC)


def _of(values: Sequence[T], pick: int) -> T:
    return values[pick % len(values)]
