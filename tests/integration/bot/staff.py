"""Staff members who use the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.feature import chat_parts, menu_entries
from bot.screens.panel.home import ENTRIES
from bot.texts import texts_for
from subscriptions.application.people.customers import Person
from subscriptions.application.staff.command import SubjectKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import NEWS_S, Message, Phone, Stage, buttons, until

T: Final = texts_for("es")
_SUBJECTS: Final = {SubjectKind.SUBSCRIPTION: "access", SubjectKind.CUSTOMER: "more"}
_OF_FEATURES: Final = menu_entries(T, chat_parts().items())
_PAGES: Final = {
    section: [page for page, _ in (*entries, *_OF_FEATURES[section])] for section, entries in ENTRIES.items()
}
WAYS: Final[Mapping[str, str]] = {
    **{
        T.plain(f"panel.way.{page}"): T.plain(f"panel.section.{section}")
        for section, pages in _PAGES.items()
        for page in pages
    },
    **{
        T.plain(f"commands.{name}.label"): T.plain(f"people.do.{_SUBJECTS[command.subject]}")
        for name, command in COMMANDS.items()
        if command.subject in _SUBJECTS
    },
    T.plain("people.do.why"): T.plain("people.do.more"),
}
"""Label of the section button that leads to a page's button, keyed by the label of the page's button. If a section has
only one page, the section button opens that page.
"""


@dataclass
class Desk:
    """Staff member in the panel: the current screen, and the presses and messages."""

    stage: Stage
    phone: Phone
    seen: int = 0

    async def open(self) -> Message:
        """Open /admin and return its screen."""
        return await self.write("/admin")

    async def write(self, text: str) -> Message:
        """Send a text and return the answer."""
        return await self.answer_to(await self.phone.do("send", to=self.phone.bot, text=text))

    async def forward(self, author: Phone, text: str, *, hidden: bool = False) -> Message:
        """Forward another person's message and return the answer. hidden: True to hide the author."""
        words = {"to": self.phone.bot, "author": author.id, "text": text, "hidden": hidden}
        return await self.answer_to(await self.phone.do("forward_words", **words))

    async def press(self, button: str) -> Message:
        """Press a button of the newest message that has the button, and return the answer. Opens the section of the
        button first if needed.
        """
        if (way := await self._callback_of(button)) is not None:
            shown = await self._open_section(way)
            if not any(button in text for text in buttons(shown)):
                # A section with one page opens that page itself.
                return shown
        message = await self.having(button)
        text = next(text for text in buttons(message) if button in text)
        await self._mark()
        await self.phone.press(message, data=buttons(message)[text]["data"])
        return await self.shown()

    async def _open_section(self, label: str) -> Message:
        """Press a section's button and return the screen that replaces the message. A notification may arrive in
        between.
        """
        pressed = await self.having(label)
        text = next(text for text in buttons(pressed) if label in text)
        await self._mark()
        await self.phone.press(pressed, data=buttons(pressed)[text]["data"])

        async def find() -> Message | None:
            news = await self.phone.messages(self.seen, NEWS_S)
            return next((item for item in news if item["id"] == pressed["id"]), None)

        shown: Message = await until(find, f"the section {label!r}")
        return shown

    async def _callback_of(self, button: str) -> str | None:
        """Return the label of the section button that leads to a button. Return None if a message already shows the
        button, or if no section has the button.
        """
        if any(button in text for message in await self.phone.messages() for text in buttons(message)):
            return None
        return next((way for label, way in WAYS.items() if button in label), None)

    async def having(self, button: str) -> Message:
        """Wait for a message with the button, and return the newest."""

        async def find() -> Message | None:
            chat = await self.phone.messages()
            found = [item for item in chat if any(button in text for text in buttons(item))]
            if not found:
                await self.phone.messages(max((item["seq"] for item in chat), default=0), wait_s=NEWS_S)
            return found[-1] if found else None

        message: Message = await until(find, f"a button {button!r}")
        return message

    async def tap(self, message: Message, data: str) -> Message:
        """Press a button by its callback data, even if the button is no longer shown."""
        await self._mark()
        await self.phone.press(message, data=data)
        return await self.shown()

    async def shown(self) -> Message:
        """Wait for the bot's newest message or edit since the last step, and return it."""

        async def find() -> Message | None:
            notified = [item for item in await self.phone.messages(self.seen, NEWS_S) if item["from"]["is_bot"]]
            return max(notified, key=lambda item: item["seq"]) if notified else None

        found: Message = await until(find, "an answer")
        return found

    async def answer_to(self, sent: Mapping[str, Any]) -> Message:
        """Return the answer to a sent message."""
        self.seen = sent["message"]["seq"]
        return await self.shown()

    async def _mark(self) -> None:
        self.seen = max((item["seq"] for item in await self.phone.messages()), default=0)


def words(message: Message) -> list[str]:
    """Return the texts of the buttons under a message, in order."""
    return list(buttons(message))


async def owner(stage: Stage) -> Desk:
    """Return the panel session (`Desk`) of the owner named in the settings."""
    return Desk(stage, Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username))


async def staff(stage: Stage, role: StaffRole | None, name: str = "Marta") -> Desk:
    """Create a person with a staff role and return the person's panel session; None creates a person without a role."""
    phone = await stage.person(name)
    await appoint(stage, phone, role)
    return Desk(stage, phone)


async def appoint(stage: Stage, phone: Phone, role: StaffRole | None) -> Customer:
    """Set a person's role directly in the database; None removes the role."""
    person = Person(telegram_id=TelegramId(phone.id), first_name="Marta", username=None, language_code=None)
    await stage.core.meet_customer()(person)
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(person.telegram_id, lock=True)
        assert customer is not None
        customer.staff_role = role
        await uow.customers.save(customer)
        await uow.commit()
    return customer


async def audited(stage: Stage, subject: object) -> list[Any]:
    """Return the audit entries of a subject, oldest first."""
    async with stage.core.units()() as uow:
        return list(reversed(await uow.audit.of_subject(str(subject), 50)))
