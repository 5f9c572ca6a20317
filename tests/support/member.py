"""A customer inside their channel, seen from every side: chat, Telegram, provider, and what `umbral why` says."""

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
"""How long after it happened something may be heard here, on a machine with other work; what is paid for are days."""

GRACE = timedelta(days=5)
"""How long access lasts after an unpaid end, as the demonstration sets it."""


@dataclass(frozen=True)
class Why:
    """What `umbral why` prints of the newest subscription: its headline, and the ledger's entries below."""

    plan: str
    status: str
    access: str
    until: datetime
    entries: tuple[str, ...]


def command(demo: Demo, *words: str) -> str:
    """What a command prints to the operator, in this process: starting one anew takes ten times as long."""
    printed = io.StringIO()
    environment = dict(os.environ)
    try:
        with contextlib.redirect_stdout(printed):
            assert cli.main(["--env-file", demo.facts["env_file"], *words]) == 0
    finally:
        # The command puts its settings there, where the next one must not find them.
        os.environ.clear()
        os.environ.update(environment)
    return printed.getvalue()


def why(demo: Demo, person: Person) -> Why:
    """Ask why somebody has access, and until when."""
    headline, *rest = command(demo, "why", str(person.id)).splitlines()
    plan, _, facts = headline.partition(": ")
    status, access, until = facts.split(", ")
    end = datetime.strptime(until, "access until %Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    # Each begins with its day; below them stands where the logs tell more.
    entries = [line.strip() for line in rest[: _of_the_first(rest)] if line.strip()[:1].isdigit()]
    return Why(plan, status, access.removeprefix("channel "), end, tuple(entries))


def _of_the_first(lines: list[str]) -> int:
    """How many entries come before the next, older subscription."""
    return next((number for number, line in enumerate(lines) if not line.startswith(" ")), len(lines))


@dataclass(frozen=True)
class Member:
    """Somebody who bought, and what the provider calls their subscription; nothing where it bills no further."""

    demo: Demo
    person: Person
    plan: str
    channel_id: int
    ref: str
    provider_code: str = "stripe"

    def at_provider(self, action: str, **body: Any) -> None:
        """Something happens there."""
        self.demo.post(f"/subscriptions/{self.provider_code}/{self.ref}/{action}", body)

    def provider(self) -> dict[str, Any]:
        """The subscription as the provider has it."""
        subscriptions: list[dict[str, Any]] = self.demo.get("/subscriptions")["subscriptions"]
        return next(item for item in subscriptions if item["id"] == self.ref)

    def billing_ends(self) -> None:
        """The provider was told to charge no more."""
        over = {"canceled", "cancelled", "ended"}
        eventually(lambda: self.provider()["state"].lower() in over or None, "no more charges at the provider")

    def period_end(self) -> datetime:
        """When what is paid ends, by the provider."""
        return datetime.fromisoformat(self.provider()["period_end"])

    def told(self, text: str, *, after: int = 0, button: str | None = None) -> dict[str, Any]:
        """The newest message that says this, waited for."""
        return self.person.told(text, after=after, button=button)

    def said(self, text: str, after: int = 0) -> list[datetime]:
        """When the bot said this, each time."""
        messages = [message for message in self.person.messages(after=after) if message["from"]["is_bot"]]
        return [datetime.fromisoformat(message["date"]) for message in messages if text in message["text"]]

    def seq(self) -> int:
        """Where the chat stands."""
        return int(self.person.messages()[-1]["seq"])

    def channel(self) -> dict[str, Any]:
        """The channel as Telegram has it."""
        found: dict[str, Any] = self.demo.get(f"/channels/{self.channel_id}")
        return found

    def comes_in(self, after: int) -> None:
        """By the link that was just handed over."""
        ready = self.person.told("", button="Unirte al canal", after=after)
        assert self.person.open(self.person.press(ready, "Unirte al canal")["value"])["result"] == "requested"

    def cancels(self) -> dict[str, Any]:
        """As a customer does; the message that confirms it."""
        seq = self.seq()
        self.person.send("/cancelar")
        self.person.press(self.told("Cancelar", button="Sí, cancelar", after=seq), "Sí, cancelar")
        return self.told("está cancelada", button="Deshacer", after=seq)

    def stands(
        self, status: str, access: str, until: datetime | None = None, late: timedelta = timedelta(minutes=2)
    ) -> Why:
        """Members, links and `umbral why` say the same; waited for. until: by default the provider's end of period.

        late: by how much the end may be later, where it counts from the moment in which something was heard.
        A payment that is due adds the grace days to the end, as everything that a person reads does.
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
    """Somebody new who buys and goes in."""
    person = demo.person(name, **more)
    channel = person.buy(plan, method)
    person.told("Ya estás dentro")
    return known_member(demo, person, int(channel["id"]), plan)


def known_member(demo: Demo, person: Person, channel_id: int, plan: str) -> Member:
    """Somebody who has bought already."""
    theirs = f"JOIN customers c ON c.id = customer_id WHERE telegram_id = {person.id}"
    newest = f"FROM subscriptions s {theirs} ORDER BY s.created_at DESC LIMIT 1"
    ref, provider = (demo.sql(f"SELECT {column} {newest}") for column in ("provider_ref", "provider"))
    return Member(demo, person, plan, channel_id, str(ref or ""), str(provider))


def names(text: str, moment: datetime) -> bool:
    """Whether a message names this day and hour, as people in Madrid read them."""
    local = moment.astimezone(MADRID)
    return f" {local.day} " in text and f"{local.year}, {local:%H:%M}" in text


def alarmed(demo: Demo, words: str, order: str) -> None:
    """The operator was told, and about which order."""
    chat = Person(demo, int(demo.facts["admin_id"]))

    def heard() -> bool:
        texts = [message["text"] for message in chat.messages() if message["from"]["is_bot"]]
        return any(words in text and order in text for text in texts)

    eventually(lambda: heard() or None, f"{words} {order}; {chat.tail()}")


def order_of(message: dict[str, Any]) -> str:
    """The reference that a message quotes."""
    return str(message["text"]).partition("Pedido #")[2].split()[0]


_SETTLED = """
SELECT NOT EXISTS (SELECT FROM pgqueuer WHERE status <> 'failed')
AND NOT EXISTS (SELECT FROM bot_updates WHERE done_at IS NULL AND failed IS NULL)
AND NOT EXISTS (SELECT FROM webhook_inbox WHERE status = 'pending')
"""


def settled(demo: Demo) -> bool:
    """Whether all that was heard is dealt with at this moment: no webhook, update or job is left or on its way."""
    return bool(demo.sql(_SETTLED)) and not any(
        one["state"] == "waiting" and not one["attempts"] for one in demo.get("/deliveries")["deliveries"]
    )


def settles(demo: Demo) -> None:
    """Wait until it is: what was not done by then does not follow from what was heard."""
    eventually(lambda: settled(demo), "all that was heard is dealt with")


def pay_stars(person: Person, message: Mapping[str, Any]) -> dict[str, Any]:
    """Agree to the payment sheet of a message's invoice; once more where the bot took longer than Telegram's 10 s."""

    def answered() -> dict[str, Any] | None:
        body = {"peer": person.bot, "message_id": message["id"]}
        paid: dict[str, Any] = person.demo.post(f"/users/{person.id}/pay_stars", body)
        return None if "did not answer in time" in paid.get("refused", "") else paid

    return eventually(answered, lambda: f"the bot answers before the charge; chat: {person.tail()}")


def payment_found(person: Person) -> dict[str, Any]:
    """What «Ya pagué, verificar» has brought: said in its place, where soon after stands what is paid."""
    said = ("Hemos encontrado tu pago", "Pagado · Pedido")
    return eventually(lambda: next(filter(None, map(person.sees, said)), None), lambda: f"{said}: {person.tail()}")


def newest_payment(demo: Demo, provider: str) -> dict[str, Any]:
    """What was paid last at a provider."""
    payments: list[dict[str, Any]] = demo.get("/payments")["payments"]
    return [item for item in payments if item["provider"] == provider][-1]


def receipts(demo: Demo, person: Person) -> list[dict[str, str]]:
    """What somebody paid and got back, in the accountant's table."""
    first = f"{now(demo) - timedelta(days=90):%Y-%m-%d}"
    rows = csv.DictReader(io.StringIO(command(demo, "receipts", "export", "--from", first)))
    return [row for row in rows if row["customer"].startswith(f"{person.id} ")]


def now(demo: Demo) -> datetime:
    """The one clock."""
    return datetime.fromisoformat(demo.get("/clock")["now"])


def advance(demo: Demo, **by: int) -> None:
    """Let time pass."""
    demo.post("/clock/advance", by)


def advance_to(demo: Demo, moment: datetime) -> None:
    """Let time pass until just after this moment."""
    advance(demo, seconds=int((moment - now(demo)).total_seconds()) + 1)


def advance_to_hour(demo: Demo, hour: int) -> None:
    """Let time pass until that hour of the day in Madrid."""
    local = now(demo).astimezone(MADRID)
    wanted = local.replace(hour=hour, minute=30, second=0, microsecond=0)
    advance_to(demo, wanted if wanted > local else wanted + timedelta(days=1))
