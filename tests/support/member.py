"""A customer who is a member of their channel, and checks that chat, Telegram, provider and `umbral why` agree about
the membership.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.demo import Demo, NeverHappened, Person, eventually
from umbral import cli

MADRID = ZoneInfo("Europe/Madrid")
LATE = timedelta(minutes=15)
"""Maximum delay until an event has its effect on a busy machine. It does not matter for paid periods, which last days.
"""

GRACE = timedelta(days=5)
"""Grace period after an unpaid period end, as set in the demo."""


@dataclass(frozen=True)
class Why:
    """Output of `umbral why` about the newest subscription: its headline and its ledger entries."""

    plan: str
    status: str
    access: str
    until: datetime
    entries: tuple[str, ...]


def command(demo: Demo, *words: str) -> str:
    """Return the output of an operator's command. The command runs in this process, because a new process takes ten
    times as long.
    """
    printed = io.StringIO()
    environment = dict(os.environ)
    try:
        with contextlib.redirect_stdout(printed):
            assert cli.main(["--env-file", demo.facts["env_file"], *words]) == 0
    finally:
        # The command puts its settings into the environment, where they must not affect the next command.
        os.environ.clear()
        os.environ.update(environment)
    return printed.getvalue()


def why(demo: Demo, person: Person) -> Why:
    """Return the parsed output of `umbral why` about a person."""
    headline, *rest = command(demo, "why", str(person.id)).splitlines()
    plan, _, facts = headline.partition(": ")
    status, access, until = facts.split(", ")
    end = datetime.strptime(until, "access until %Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    # Each entry begins with its day. The line about the logs follows the entries.
    entries = [line.strip() for line in rest[: _of_the_first(rest)] if line.strip()[:1].isdigit()]
    return Why(plan, status, access.removeprefix("channel "), end, tuple(entries))


def _of_the_first(lines: list[str]) -> int:
    """Return the number of lines about the newest subscription, which precede those of the next, older subscription."""
    return next((number for number, line in enumerate(lines) if not line.startswith(" ")), len(lines))


@dataclass(frozen=True)
class Member:
    """A customer who has bought a plan.

    ref: the provider's reference of the subscription; empty if the provider does not renew the plan.
    """

    demo: Demo
    person: Person
    plan: str
    channel_id: int
    ref: str
    provider_code: str = "stripe"

    def at_provider(self, action: str, **body: Any) -> None:
        """Perform an action on the subscription at the provider."""
        self.demo.post(f"/subscriptions/{self.provider_code}/{self.ref}/{action}", body)

    def provider(self) -> dict[str, Any]:
        """Return the subscription's data at the provider."""
        subscriptions: list[dict[str, Any]] = self.demo.get("/subscriptions")["subscriptions"]
        return next(item for item in subscriptions if item["id"] == self.ref)

    def billing_ends(self) -> None:
        """Wait until the provider has stopped billing."""
        over = {"canceled", "cancelled", "ended"}
        eventually(lambda: self.provider()["state"].lower() in over or None, "no more charges at the provider")

    def period_end(self) -> datetime:
        """Return the end of the paid period at the provider."""
        return datetime.fromisoformat(self.provider()["period_end"])

    def received(self, text: str, *, after: int = 0, button: str | None = None) -> dict[str, Any]:
        """Wait for a message that contains the text, and return the newest one."""
        return self.person.received(text, after=after, button=button)

    def said(self, text: str, after: int = 0) -> list[datetime]:
        """Return the times of the bot's messages that contain this text."""
        messages = [message for message in self.person.messages(after=after) if message["from"]["is_bot"]]
        return [datetime.fromisoformat(message["date"]) for message in messages if text in message["text"]]

    def seq(self) -> int:
        """Return the sequence number of the chat's last message."""
        return int(self.person.messages()[-1]["seq"])

    def channel(self) -> dict[str, Any]:
        """Return the channel's data at Telegram."""
        found: dict[str, Any] = self.demo.get(f"/channels/{self.channel_id}")
        return found

    def comes_in(self, after: int) -> None:
        """Request to join by the invite link in a message after the given sequence number."""
        ready = self.person.received("", button="Unirte al canal", after=after)
        assert self.person.open(self.person.press(ready, "Unirte al canal")["value"])["result"] == "requested"

    def cancels(self) -> dict[str, Any]:
        """Cancel the subscription as a customer does, and return the confirmation message."""
        seq = self.seq()
        self.person.send("/cancelar")
        self.person.press(self.received("Cancelar", button="Sí, cancelar", after=seq), "Sí, cancelar")
        return self.received("está cancelada", button="Deshacer", after=seq)

    def stands(
        self, status: str, access: str, until: datetime | None = None, late: timedelta = timedelta(minutes=2)
    ) -> Why:
        """Wait until `umbral why` shows this status, access and end, and the channel's members and links agree with
        them. While a payment is past due, the grace period is added to the end, as in all messages to customers.

        until: end of access; by default, the period end at the provider.
        late: permitted delay of the end if it depends on the time at which an event was received.
        """
        end = (until or self.period_end()) + (GRACE if status == "past_due" else timedelta())
        try:
            return eventually(lambda: self._agreed(status, access, end, late), f"{status}, {access} until {end}")
        except NeverHappened as never:
            explained, channel = why(self.demo, self.person), self.channel()
            raise AssertionError(f"{never}; why: {explained}; channel: {channel}; chat: {self.person.tail()}") from None

    def _agreed(self, status: str, access: str, end: datetime, late: timedelta) -> Why | None:
        channel, inside = self.channel(), access == "active"
        bots = {admin["id"] for admin in channel["admins"] if admin["is_bot"]}
        wanted = {channel["owner"], *bots} | ({self.person.id} if inside else set())
        live = [link for link in channel["links"] if not link["revoked"] and not link["primary"]]
        if {member["id"] for member in channel["members"]} != wanted or live or channel["banned"]:
            return None
        said = why(self.demo, self.person)
        near = timedelta(minutes=-2) < said.until - end < late
        agreed = (said.plan, said.status, said.access) == (self.plan, status, access) and near
        return said if agreed else None


def member(demo: Demo, name: str, plan: str = "Retabet", *, method: str = "Tarjeta", **more: Any) -> Member:
    """Create a customer who buys a plan and enters the channel."""
    person = demo.person(name, **more)
    channel = person.buy(plan, method)
    person.received("Ya estás dentro")
    return known_member(demo, person, int(channel["id"]), plan)


def known_member(demo: Demo, person: Person, channel_id: int, plan: str) -> Member:
    """Return the member object for a person after a purchase."""
    theirs = f"JOIN customers c ON c.id = customer_id WHERE telegram_id = {person.id}"
    newest = f"FROM subscriptions s {theirs} ORDER BY s.created_at DESC LIMIT 1"
    ref, provider = (demo.sql(f"SELECT {column} {newest}") for column in ("provider_ref", "provider"))
    return Member(demo, person, plan, channel_id, str(ref or ""), str(provider))


def names(text: str, moment: datetime) -> bool:
    """Return True if a text contains this day and time in Madrid's time zone."""
    local = moment.astimezone(MADRID)
    return f" {local.day} " in text and f"{local.year}, {local:%H:%M}" in text


def alarmed(demo: Demo, words: str, order: str) -> None:
    """Wait until the operator has received an alarm with these words about an order."""
    chat = Person(demo, int(demo.facts["admin_id"]))

    def has_arrived() -> bool:
        texts = [message["text"] for message in chat.messages() if message["from"]["is_bot"]]
        return any(words in text and order in text for text in texts)

    eventually(lambda: has_arrived() or None, f"{words} {order}; {chat.tail()}")


def order_of(message: dict[str, Any]) -> str:
    """Return the order reference in a message."""
    return str(message["text"]).partition("Pedido #")[2].split()[0]


_IDLE = """
SELECT NOT EXISTS (SELECT FROM pgqueuer WHERE status <> 'failed')
AND NOT EXISTS (SELECT FROM bot_updates WHERE done_at IS NULL AND failed IS NULL)
AND NOT EXISTS (SELECT FROM webhook_inbox WHERE status = 'pending')
"""


def is_idle(demo: Demo) -> bool:
    """Return True if no webhook, update or job is waiting or in progress."""
    return bool(demo.sql(_IDLE)) and not any(
        one["state"] == "waiting" and not one["attempts"] for one in demo.get("/deliveries")["deliveries"]
    )


def wait_until_idle(demo: Demo) -> None:
    """Wait until no work is left. An effect that is missing by then will not happen."""
    eventually(lambda: is_idle(demo), "all that was heard is dealt with")


def pay_stars(person: Person, message: Mapping[str, Any]) -> dict[str, Any]:
    """Confirm the payment sheet of an invoice, and repeat this if the bot took longer than Telegram's limit of 10 s."""

    def answered() -> dict[str, Any] | None:
        body = {"peer": person.bot, "message_id": message["id"]}
        paid: dict[str, Any] = person.demo.post(f"/users/{person.id}/pay_stars", body)
        return None if "did not answer in time" in paid.get("refused", "") else paid

    return eventually(answered, lambda: f"the bot answers before the charge; chat: {person.tail()}")


def payment_found(person: Person) -> dict[str, Any]:
    """Wait for the message that reports that the payment was found, or for the order's message «Pagado» that follows,
    and return it.
    """
    said = ("Hemos encontrado tu pago", "Pagado · Pedido")
    return eventually(lambda: next(filter(None, map(person.sees, said)), None), lambda: f"{said}: {person.tail()}")


def newest_payment(demo: Demo, provider: str) -> dict[str, Any]:
    """Return the newest payment at a provider."""
    payments: list[dict[str, Any]] = demo.get("/payments")["payments"]
    return [item for item in payments if item["provider"] == provider][-1]


def receipts(demo: Demo, person: Person) -> list[dict[str, str]]:
    """Return the lines about a customer's payments and refunds in the accountant's export."""
    first = f"{now(demo) - timedelta(days=90):%Y-%m-%d}"
    rows = csv.DictReader(io.StringIO(command(demo, "receipts", "export", "--from", first)))
    return [row for row in rows if row["customer"].startswith(f"{person.id} ")]


def now(demo: Demo) -> datetime:
    """Return the time of the shared clock."""
    return datetime.fromisoformat(demo.get("/clock")["now"])


def advance(demo: Demo, **by: int) -> None:
    """Advance the clock by a duration."""
    demo.post("/clock/advance", by)


def advance_to(demo: Demo, moment: datetime) -> None:
    """Advance the clock to just after a time."""
    advance(demo, seconds=int((moment - now(demo)).total_seconds()) + 1)


def advance_to_hour(demo: Demo, hour: int) -> None:
    """Advance the clock to the next time when it is half past this hour in Madrid."""
    local = now(demo).astimezone(MADRID)
    wanted = local.replace(hour=hour, minute=30, second=0, microsecond=0)
    advance_to(demo, wanted if wanted > local else wanted + timedelta(days=1))
