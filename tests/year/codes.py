"""Activation codes that the simulated owner creates in the panel, and their expected effects, recorded independently of
the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.vip.code_answers import Activation, CodeRefusal
from subscriptions.domain.ids import TelegramId, TokenId, new_uuid
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.fakes.clock import ManualClock
from tests.year.house import OWNER, House
from tests.year.journal import Journal
from tests.year.promises import Broken


@dataclass
class Code:
    """Activation code. text: text as in the link. used_by, used_at: customer who used the code, and the time of use."""

    id: TokenId
    text: str
    plan: str
    days: int
    expires_at: datetime
    revoked: bool = False
    used_by: int | None = None
    used_at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Return the end of the time given by the code, assuming that nothing else was paid or granted."""
        return self.used_at + timedelta(days=self.days) if self.used_at is not None else None


class Codes:
    """Creator of codes, and checker of their effects. all: codes by the product's id."""

    def __init__(self, house: House, clock: ManualClock, journal: Journal) -> None:
        self._house = house
        self._clock = clock
        self._journal = journal
        self.all: dict[str, Code] = {}
        self._used: dict[tuple[int, str], list[Code]] = {}

    async def make(self, plan: str, validity: timedelta | None = None) -> Code:
        """Create a code, as «Generar Token con Plan» does."""
        answers = {"plan": plan} | ({"days": str(validity.days)} if validity is not None else {})
        outcome = await self._house.bot.panel().run_command()(OWNER, "make_code", "", answers, new_uuid())
        codes = getattr(outcome.result, "codes", ())
        if len(codes) != 1:
            raise Broken("who makes a code is told it", [outcome], OWNER)
        [made] = codes
        async with self._house.core.units()() as uow:
            token = await uow.of(TOKENS_KEY).get(made.id)
        if token is None:
            raise Broken("a code that is made is kept", [outcome], OWNER)
        code = Code(token.id, made.code, plan, token.duration_days, token.expires_at)
        self.all[str(token.id)] = code
        self._journal.log("code is made", plan, code.text)
        return code

    async def revoke(self, code: Code) -> None:
        """Revoke a code that was created by mistake."""
        try:
            await self._house.bot.panel().run_command()(OWNER, "revoke_code", str(code.id), {}, new_uuid())
            done = True
        except NothingToDo:
            done = False
        if done is not (code.used_by is None and not code.revoked):
            raise Broken("a code can be revoked as long as nobody used it", [code, done], code.used_by)
        code.revoked = code.revoked or done
        self._journal.log("code is revoked", code.text)

    async def use(self, code: Code, person: TelegramId, typed: str) -> Activation | CodeRefusal:
        """Use a code as a customer. Raises Broken if the effect is not the expected one, and RetryLater as the product
        does.
        """
        good = code.used_by is None and not code.revoked and self._clock.now() < code.expires_at
        good = good and not await self._is_paused(person, code.plan)
        outcome = await self._house.bot.vip().activate_token()(person, typed)
        gives = isinstance(outcome, Activation) and not outcome.is_repeat
        what = "gives" if gives else "is refused" if isinstance(outcome, CodeRefusal) else "is told to be used already"
        self._journal.log(f"code {what}", code.text, code.plan, person=person)
        if gives and not good:
            raise Broken("a code works once, while it is good", [code, outcome], person)
        if good and not gives:
            raise Broken("a good code gives its days", [code, outcome], person)
        if isinstance(outcome, Activation) and outcome.is_repeat and code.used_by != person:
            raise Broken("a code works for one person", [code, outcome], person)
        if gives:
            code.used_by, code.used_at = person, self._clock.now()
            self._used.setdefault((person, code.plan), []).append(code)
        return outcome

    async def _is_paused(self, person: TelegramId, plan: str) -> bool:
        """Return True if the customer has the plan and the plan is paused. A code for a paused plan remains unused."""
        async with self._house.core.units()() as uow:
            customer, found = await uow.customers.by_telegram_id(person), await uow.plans.by_soft_id(plan)
            if customer is None or found is None:
                return False
            live = await uow.subscriptions.live_for(customer.id, found.id)
        return live is not None and live.is_paused

    def of(self, person: int, plan: str) -> Sequence[Code]:
        """Return the codes that gave a customer time for a plan."""
        return self._used.get((person, plan), [])
