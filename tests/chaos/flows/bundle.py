"""Flow with a plan that opens a personal channel, a channel, a group and a file: the customer buys the plan, enters the
chats, and gets a refund.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.chaos import invariants
from tests.chaos.flows.flow import wait
from tests.chaos.flows.program import Program
from tests.chaos.flows.purchase import ENTRY_SECONDS, Purchase
from tests.support.demo import Person, eventually, find

CHATS = {"Avisos": "channel", "Tertulia": "group"}
GUIDE = "Guía"
LINKS_END = {"days": 1, "hours": 1}
_ANOTHER = f"Recibir {GUIDE}"
_LINKS = "Abrir ▸"
"""Button of the status card that opens the list of links and content, if there are several."""


class Bundle(Purchase):
    """Flow in which one payment opens four resources for its buyer and one refund closes them."""

    name: ClassVar[str] = "bundle"
    asked: int = 0

    def prelude(self) -> None:
        """Add the operator's two chats and the file to the plan."""
        self.chats = {title: self._chat(title, kind) for title, kind in CHATS.items()}
        self._add_guide()
        self.world.rows(_OPENS_ALL, self.slug, [title.lower() for title in CHATS], "guia")

    def _chat(self, title: str, kind: str) -> int:
        """Return a chat of this world. The first run of the flow creates the chat."""
        known = self.world.rows(_PLACE, title.lower())
        if known:
            return int(known[0]["channel_id"])
        owner, bots = self.world.facts["admin_id"], [self.world.facts["bot_username"]]
        made = int(self.world.post("/chats", {"kind": kind, "title": title, "owner": owner, "bots": bots})["id"])
        eventually(lambda: bool(self.world.rows(_SEEN, made)), f"the bot has seen {title}")
        Program(self.world).asks("resources", chat=str(made))
        return made

    def _add_guide(self) -> None:
        """Upload a file to the bot, because only the bot learns the id of the file."""
        if self.world.rows(_CONTENT):
            return
        owner = int(self.world.facts["admin_id"])
        self.world.post(f"/users/{owner}/send", {"to": Person(self.world, owner).bot, "text": "", "kind": "document"})
        file = eventually(self._file, "the bot has the file")
        Program(self.world).asks("resources/content", title=GUIDE, content=f"document:{file}")

    def _file(self) -> str | None:
        found = self.world.rows(_FILE)
        return str(found[0]["file"]) if found else None

    def play(self) -> None:
        self.world.pay(self.checkout())
        for title in (self.plan, *CHATS):
            self._enter(title)
        self.until(self._ask, lambda: self._guides() or None, "the file is handed over")
        before = self._guides()
        self.until(self._ask_again, lambda: self._guides() > before or None, "and once more")
        self.world.post(f"/subscriptions/stripe/{self.at_provider()}/refund")
        self.until(wait, lambda: not self._where() or None, "the customer is out of all")
        # A bot cannot list its links: a link whose creator died before recording it expires automatically.
        self.let_time_pass(**LINKS_END)

    def _enter(self, title: str) -> None:
        link = f"Unirte a {title}"
        self.until(self._come_back, lambda: self.person.sees("", button=link), f"the way into {title} comes")
        self.until(lambda: self._open(link), lambda: title in self._where() or None, f"let into {title}", ENTRY_SECONDS)

    def _open(self, way: str) -> None:
        """Open an invite link. If the join request is not answered, request the status, because the update of the
        request may have been lost.
        """
        if self.nudges:
            self.person.send("/estado")
        message = self.person.sees("", button=way)
        link = find(message, way) if message else None
        if link:
            self.person.open(link["url"])

    def _where(self) -> dict[str, int]:
        """Return the chats that the customer is in, keyed by title; the personal channel is keyed by the plan's
        name.
        """
        titles = {chat: title for title, chat in self.chats.items()}
        mine = [one for one in self.world.channels() if any(who["id"] == self.person.id for who in one["members"])]
        return {titles.get(one["id"], self.plan): int(one["id"]) for one in mine}

    def _ask(self) -> None:
        self._come_back()
        if self.nudges:
            self._press_for_it()

    def _ask_again(self) -> None:
        self.person.send("/estado")
        eventually(lambda: self.person.sees("", button=_LINKS) or self.nudges or None, "the status is shown")
        status = self.person.sees("", button=_LINKS)
        if status:
            self.press(status, _LINKS)()
        eventually(lambda: self.person.sees("", button=_ANOTHER) or self.nudges or None, "the list of links is shown")
        self._press_for_it()

    def _press_for_it(self) -> None:
        card = self.person.sees("", button=_ANOTHER)
        if card:
            self.asked += 1
            self.press(card, _ANOTHER)()

    def _guides(self) -> int:
        return sum(each["kind"] == "document" and GUIDE in each["text"] for each in self.person.messages())

    def owed(self) -> list[str]:
        word = "Te hemos devuelto" if self.given_back() else "listo"
        return [] if self.refused or self.person.sees(word) else [f"«{word}»"]

    def broken(self) -> list[str]:
        person = self.person.id
        rows = self.world.rows(_OWN_CHANNEL, person)
        counted = self.world.rows(_HANDED_OVER, person)[0]["repeated"]
        most = 1 + self.asked + counted
        return [
            *([] if self._guides() <= most else [f"the file was handed over {self._guides()} times, not {most}"]),
            *invariants.one_of_each(self.world, _ENDED, person),
            *invariants.given_back_once(self.world, person),
            *(wrong for row in rows for wrong in invariants.nobody_inside(self.world, person, row["channel_id"])),
            *(wrong for chat in self.chats.values() for wrong in self._left_of(chat)),
            *invariants.said_once(self.world, self.person, invariants.SAID_TO_REFUNDED, self.said_range()),
            *invariants.access_as_the_ledger_says(self.world, person),
            *invariants.nothing_forgotten(self.world),
        ]

    def _left_of(self, chat: int) -> list[str]:
        channel: dict[str, Any] = self.world.get(f"/channels/{chat}")
        return invariants.nobody_left_of(self.world, self.person.id, channel)


_PLACE = """
SELECT c.channel_id FROM telegram_channels AS c JOIN resources AS r ON r.id = c.resource_id
WHERE r.soft_id = $1 AND c.status <> 'deleted'
"""
_SEEN = "SELECT 1 FROM seen_chats WHERE chat_id = $1 AND is_admin"
_CONTENT = "SELECT 1 FROM resources WHERE soft_id = 'guia'"
_FILE = """
SELECT payload->'message'->'document'->>'file_id' AS file FROM bot_updates
WHERE payload->'message'->'document' IS NOT NULL ORDER BY update_id DESC LIMIT 1
"""
_OPENS_ALL = """
INSERT INTO plan_resources (plan_id, resource_id, position)
SELECT plan.id, r.id, row_number() OVER () FROM service_plans AS plan, resources AS r
WHERE plan.soft_id = $1 AND (r.soft_id = ANY($2) OR r.soft_id = $3)
"""
_OWN_CHANNEL = """
SELECT c.channel_id FROM telegram_channels AS c JOIN customers AS me ON me.id = c.customer_id WHERE me.telegram_id = $1
"""
_HANDED_OVER = """
SELECT coalesce(sum(repeated), 0)::int AS repeated FROM notifications WHERE recipient = $1 AND kind = 'content'
"""
_ENDED = """
SELECT (SELECT count(*) FROM payments WHERE customer_id = me.id) AS payments,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id) AS subscriptions,
       (SELECT count(*) FROM subscriptions WHERE customer_id = me.id AND status = 'expired') AS "ended subscriptions",
       (SELECT count(*) FROM telegram_channels WHERE customer_id = me.id) AS channels,
       (SELECT (count(*) = 3)::int FROM accesses WHERE customer_id = me.id AND status = 'revoked') AS "three accesses"
FROM customers AS me WHERE me.telegram_id = $1
"""
