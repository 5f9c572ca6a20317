"""One request of a staff member, and the types of pages and commands."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request

from subscriptions.application.dto.typed_answers import Parser
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.services.staff_policy import StaffAction, may
from web.console.words import Words, words_for

ROOT: Final = "/admin"


class PageGone(UmbralError):
    """Raised if the URL's subject does not exist or no longer exists."""


@dataclass(frozen=True)
class Visit:
    """A request of a staff member. staff: the actor. token: carried by every form of this session to detect forged
    forms.
    """

    request: Request
    staff: Customer
    use: ConsoleContainer
    token: str

    @property
    def who(self) -> TelegramId:
        """Telegram id of the actor, for use cases."""
        return self.staff.telegram_id

    @property
    def words(self) -> Words:
        """Texts in the language that the staff member chose in the chat."""
        return words_for(self.staff.language, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone, in which days and months begin for all staff."""
        return self.use.policy().zones.home

    @property
    def now(self) -> datetime:
        """The current business time."""
        return self.use.clock().now()

    def may(self, action: Permission) -> bool:
        """Return True if the actor may see the button of a command. The command checks the permission again."""
        return may(self.staff.staff_role, action) and self.use.core.features().allows(action)

    @property
    def may_export(self) -> bool:
        """True if lists are offered as files."""
        return self.may(StaffAction.EXPORT)

    @property
    def may_reconcile(self) -> bool:
        """True if a reconciliation is offered."""
        return self.may(StaffAction.RECONCILE)

    def provider(self, code: str) -> str:
        """Return the name of a provider, or its code if it is no longer installed."""
        descriptor = self.use.core.gateways().descriptors().get(code)
        return descriptor.list_name if descriptor is not None else code

    def with_provider(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return facts with the provider's name instead of its code."""
        return {**facts, "provider": self.provider(facts["provider"])} if facts.get("provider") else facts

    def query(self, name: str, default: str = "") -> str:
        """Return a parameter of the URL."""
        return self.request.query_params.get(name, default).strip()

    def number(self) -> int:
        """Return the requested page of a list, from 0."""
        page = self.query("page", "0")
        return int(page) if page.isdecimal() and len(page) < 6 else 0

    def id(self) -> UUID:
        """Return the id in the path. Raises PageGone."""
        try:
            return UUID(self.request.path_params["id"])
        except ValueError as error:
            raise PageGone("no such id") from error

    def address(self, ending: str = "", **changes: str) -> str:
        """Return the page's URL with changed parameters, without empty ones. ending: appended to the path."""
        parameters = {**self.request.query_params, **changes}
        parameters.pop("done", None)
        words = urlencode({name: value for name, value in parameters.items() if value})
        return self.request.url.path + ending + (f"?{words}" if words else "")


Show = Callable[[Visit], Awaitable[Mapping[str, Any]]]
"""Function that returns a template's data. Raises PageGone, NotAllowed, InvalidInput and RetryLater."""


WriteFile = Callable[[Visit], Awaitable[tuple[str, AsyncIterator[str]]]]
"""Function that returns a page as a file: its name and its text in parts. It raises the page's errors before any part.
"""


@dataclass(frozen=True)
class Page:
    """Page of the console. name: key of its texts under `page.{name}`, and its place in the menu. path: below ROOT.

    template: below `templates/console`. action: required permission. section: of the menu, None for a page that other
    pages lead to. parent: page that the menu marks instead. file: returns the page as CSV.
    """

    name: str
    path: str
    template: str
    action: Permission
    show: Show
    section: MenuSection | None = None
    parent: str | None = None
    file: WriteFile | None = None


@dataclass(frozen=True)
class Field:
    """Question of a form.

    name: key of its texts under `field.{name}`. parse: parses an answer, as on every other interface. kind: `text`,
    `long`, `days`, `number`, `money`, `moment`, `day`, `choice` or `many` of its choices. choices: value and label of
    each. initial: returns the initial value. most: maximum characters of a long text, which decides the size of its
    field. optional: it may be empty. dialogue: the chat's dialogue whose texts it shares.
    """

    name: str
    parse: Parser
    kind: str = "text"
    choices: Callable[[Visit, "Target"], Awaitable[Sequence[tuple[str, str]]]] | None = None
    initial: Callable[["Target"], str] | None = None
    most: int = 0
    optional: bool = False
    dialogue: str = ""


@dataclass(frozen=True)
class Target:
    """Subject of a command. name: displayed name; url: page that shows it; facts: for texts."""

    id: str
    name: str
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


FormFields = Mapping[str, str]


@dataclass(frozen=True)
class ResultPage:
    """Result of a command that is shown only once. facts: for the page's template."""

    page: Page
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Redirection:
    """Result of a command that leads to another page. notice: key of the text under `notice`."""

    notice: str
    url: str


@dataclass(frozen=True)
class Action:
    """Command with a preview. name: key of its texts under `action.{name}`.

    find: returns the subject, or None if it no longer exists or the command no longer applies. run: carries out the
    command and returns the key under `done` of its result, or a result to show. It raises InvalidInput or Wrong for an
    invalid answer. at_once: no preview, because the command reaches no customer. look: returns the preview, by title,
    instead of the answers; raises Wrong. effect: returns a sentence about the command's effect, shown with the answers;
    raises like `run`.
    """

    name: str
    action: Permission
    find: Callable[[Visit, str], Awaitable[Target | None]]
    run: Callable[[Visit, Target, FormFields, UUID], Awaitable[str | ResultPage | Redirection]]
    fields: tuple[Field, ...] = ()
    at_once: bool = False
    look: Callable[[Visit, Target, FormFields], Awaitable[Sequence[tuple[str, str]]]] | None = None
    effect: Callable[[Visit, Target, FormFields], Awaitable[str]] | None = None
