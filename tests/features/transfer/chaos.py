"""Chaos test of an account transfer: a customer adds a backup account, loses the first account, and the transfer
completes a day later.
"""

from __future__ import annotations

from typing import ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.purchase import ENTRY_SECONDS, Purchase
from tests.support.demo import find

DAY_AND_A_BIT = {"days": 1, "minutes": 5}
_SECOND, _NAME = "Segunda cuenta", "Añadir otra cuenta"
_TAKE, _SURE = "He perdido la otra cuenta", "Sí, pasarlo a esta cuenta"
_ASKED, _MOVED = "Alguien ha pedido", "Todo lo que tenías está ahora en esta cuenta"


class AccountTransfer(Purchase):
    """A customer with access adds a backup account, transfers the purchases to that account, and joins the chat
    again.
    """

    name: ClassVar[str] = "takeover"

    def prelude(self) -> None:
        """Buy a plan while there are no faults, and start the bot from another account."""
        self.second = self.world.person(f"Otra de {self.person.id}")
        self.people = (self.person.id, self.second.id)
        self.world.pay(self.checkout())
        self.channel = self.join()
        self.finish()
        self.second.send("/start")
        self.second.received("", button="Ver Planes")

    def play(self) -> None:
        """Add the backup account, request the transfer, wait until the purchases have moved, and join the channel from
        the backup account.
        """
        self._name_it()
        self.let_time_pass(**DAY_AND_A_BIT)
        self._ask_for_it()
        self.until(wait, lambda: self._may_object() or None, "the first account is notified")
        self.let_time_pass(**DAY_AND_A_BIT)
        self.until(wait, lambda: self._moved() or None, "what they had is taken over")
        way = f"Unirte al canal {self.plan}"
        self.until(self._write, lambda: self.second.sees("", button=way), "the way in comes to the second account")
        self.until(lambda: self._open(way), lambda: self._is_in(self.second.id) or None, "they are in", ENTRY_SECONDS)
        self.until(wait, lambda: not self._is_in(self.person.id) or None, "the first account is out")

    def _name_it(self) -> None:
        seen = self.last()
        card = self.until(
            lambda: self.person.send("/mis_datos"),
            lambda: self.person.sees("", button=_SECOND, after=seen),
            "what is kept is shown",
        )
        account = self.until(
            self.press(card, _SECOND), lambda: self.person.sees("", button=_NAME, after=seen), "the card of accounts"
        )
        self.until(
            self.press(account, _NAME), lambda: self.person.sees("Abre este enlace", after=seen), "the link is shown"
        )
        self.until(self._open_offer, lambda: self.second.sees("Esta es ahora la segunda cuenta"), "it is named")

    def _open_offer(self) -> None:
        """Open, with the second account, the newest link that the bot offered; earlier links are no longer valid."""
        offered = self.person.sees("Abre este enlace")
        assert offered is not None
        self.second.open(next(word for word in offered["text"].split() if word.startswith("https://t.me/")))

    def _ask_for_it(self) -> None:
        seen = max(message["seq"] for message in self.second.messages())
        card = self.until(
            lambda: self.second.send("/mis_datos"),
            lambda: self.second.sees("", button=_SECOND, after=seen),
            "what is kept is shown to the second account",
        )
        account = self.until(
            self.press(card, _SECOND, self.second),
            lambda: self.second.sees("", button=_TAKE, after=seen),
            "the second account is shown whose it is",
        )
        sure = self.until(
            self.press(account, _TAKE, self.second),
            lambda: self.second.sees("", button=_SURE, after=seen),
            "the bot asks whether",
        )
        self.until(self.press(sure, _SURE, self.second), lambda: self._asked() or None, "it is asked for")

    def _write(self) -> None:
        """Send /start from the second account again, but only after a long wait or a refusal."""
        if self.nudges or self.refused:
            self.second.send("/start")

    def _open(self, way: str) -> None:
        message = self.second.sees("", button=way)
        link = find(message, way) if message else None
        if link:
            self.second.open(link["url"])

    def _is_in(self, account: int) -> bool:
        members = self.world.get(f"/channels/{self.channel}")["members"]
        return any(member["id"] == account for member in members)

    def _asked(self) -> bool:
        return bool(self.world.rows(_ASKED_FOR, self.second.id))

    def _may_object(self) -> bool:
        return bool(self.world.rows(_NOTIFIED, self.second.id))

    def _moved(self) -> bool:
        return bool(self.world.rows(_DONE, self.second.id))

    def owed(self) -> list[str]:
        """Return the missing effects of the transfer: active access of the new account, and the message about the
        transfer.
        """
        if not self._moved():
            return super().owed()
        active = self.world.rows(_INSIDE, self.second.id)
        reported = self.refused or self.second.sees(_MOVED)
        return [*([] if active else ["access that is active"]), *([] if reported else ["word of what moved"])]

    def broken(self) -> list[str]:
        """Return violations by the moved purchases, the members of the channel, the transfer itself,
        and the messages.
        """
        first, second = self.person.id, self.second.id
        times = self.said_range()
        return [
            *invariants.one_of_everything(self.world, second),
            *invariants.only_the_payer(self.world, second, self.channel),
            *invariants.one_of_each(self.world, _ONE_ACCOUNT_TRANSFER, second),
            *invariants.said_once(self.world, self.person, {_ASKED: "takeover_asked"}, times),
            *invariants.said_once(self.world, self.second, {_MOVED: "takeover_closed"}, times),
            *(f"{row['what']} is left with the first account" for row in self.world.rows(_LEFT, first)),
            *invariants.access_as_the_ledger_says(self.world, second),
            *invariants.nothing_forgotten(self.world),
        ]


_ASKED_FOR = "SELECT 1 FROM takeovers WHERE to_account = $1"
_NOTIFIED = "SELECT 1 FROM takeovers WHERE to_account = $1 AND due_at IS NOT NULL"
_DONE = "SELECT 1 FROM takeovers WHERE to_account = $1 AND status = 'done'"
_ONE_ACCOUNT_TRANSFER = "SELECT count(*) AS takeovers FROM takeovers WHERE to_account = $1"
_INSIDE = """
SELECT 1 FROM accesses AS a JOIN customers AS me ON me.id = a.customer_id
WHERE me.telegram_id = $1 AND a.status = 'active'
"""
_LEFT = """
SELECT 'a subscription' AS what FROM subscriptions AS s JOIN customers AS me ON me.id = s.customer_id
WHERE me.telegram_id = $1
UNION ALL
SELECT 'a payment' FROM payments AS p JOIN customers AS me ON me.id = p.customer_id WHERE me.telegram_id = $1
"""


FLOWS = {AccountTransfer.name: AccountTransfer}
