"""One request of somebody of staff, and what pages and actions are made of."""

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
    """What the address names is not there (any more)."""


@dataclass(frozen=True)
class Visit:
    """staff: who asks, as known now. token: what every form of this visit carries, against forms of others' making."""

    request: Request
    staff: Customer
    use: ConsoleContainer
    token: str

    @property
    def who(self) -> TelegramId:
        """The actor of every use case."""
        return self.staff.telegram_id

    @property
    def words(self) -> Words:
        """In the language they chose in the chat."""
        return words_for(self.staff.language, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """Where the operator's days and months begin, whoever looks."""
        return self.use.policy().zones.home

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.use.clock().now()

    def may(self, action: Permission) -> bool:
        """Whether to show the way to an action. What is done is decided again when it is done."""
        return may(self.staff.staff_role, action) and self.use.core.features().allows(action)

    @property
    def may_export(self) -> bool:
        """Whether lists are offered as files."""
        return self.may(StaffAction.EXPORT)

    @property
    def may_reconcile(self) -> bool:
        """Whether to offer that all is compared now."""
        return self.may(StaffAction.RECONCILE)

    def provider(self, code: str) -> str:
        """What a provider is called; the code of one that is installed no more."""
        descriptor = self.use.core.gateways().descriptors().get(code)
        return descriptor.list_name if descriptor is not None else code

    def with_provider(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """The facts of a line, with its provider by name."""
        return {**facts, "provider": self.provider(facts["provider"])} if facts.get("provider") else facts

    def query(self, name: str, default: str = "") -> str:
        """A word of the address."""
        return self.request.query_params.get(name, default).strip()

    def number(self) -> int:
        """Which page of a list is asked for, from 0."""
        page = self.query("page", "0")
        return int(page) if page.isdecimal() and len(page) < 6 else 0

    def id(self) -> UUID:
        """The id in the path. Raises Gone."""
        try:
            return UUID(self.request.path_params["id"])
        except ValueError as error:
            raise PageGone("no such id") from error

    def address(self, ending: str = "", **changes: str) -> str:
        """This page's, with other words in it; an empty one is left out. ending: of its path."""
        parameters = {**self.request.query_params, **changes}
        parameters.pop("done", None)
        words = urlencode({name: value for name, value in parameters.items() if value})
        return self.request.url.path + ending + (f"?{words}" if words else "")


Show = Callable[[Visit], Awaitable[Mapping[str, Any]]]
"""What a page's template is filled with. Raises Gone, NotAllowed, InvalidInput, RetryLater."""


WriteFile = Callable[[Visit], Awaitable[tuple[str, AsyncIterator[str]]]]
"""A page as a file: its name, and its text piece by piece. Raises as the page does, before any piece."""


@dataclass(frozen=True)
class Page:
    """A page. name: its texts under `page.{name}`, and its place in the menu. path: below ROOT.

    template: below `templates/console`. action: what one must be allowed to. section: of the menu, None for a page that
    others lead to. parent: the page that the menu marks instead. file: the same as CSV.
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
    """A question of a form. name: its words under `field.{name}`. parse: how an answer is read, as on every other face.
    kind: `text`, `long`, `days`, `number`, `money`, `moment`, `day`, `choice` or `many` of its choices.

    choices: value and label of each. initial: what stands there at first. most: letters of a long text, which decide
    how much room it has. optional: it may stay empty. dialogue: the chat's dialogue whose words it has.
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
    """What an action is about. name: how people call it; url: the address that shows it; facts: for its texts."""

    id: str
    name: str
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


FormFields = Mapping[str, str]


@dataclass(frozen=True)
class ResultPage:
    """What came of an action, where it is shown this once and nowhere else. facts: for the page's template."""

    page: Page
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Redirection:
    """What came of an action that leads elsewhere than back. notice: the word under `notice`; url: an address."""

    notice: str
    url: str


@dataclass(frozen=True)
class Action:
    """Something staff does, previewed before it is done. name: its words under `action.{name}`.

    find: what it is about, None where it is gone or can no longer be done. run: does it; the word under `done` that
    says what came of it, or what is shown at once. Raises InvalidInput, or Wrong, for an answer that does not fit.
    at_once: not previewed, for it reaches nobody. look: what is shown before it is confirmed, by title, instead of the
    answers; raises Wrong. effect: what will come of it, beside the answers; raises as `run`.
    """

    name: str
    action: Permission
    find: Callable[[Visit, str], Awaitable[Target | None]]
    run: Callable[[Visit, Target, FormFields, UUID], Awaitable[str | ResultPage | Redirection]]
    fields: tuple[Field, ...] = ()
    at_once: bool = False
    look: Callable[[Visit, Target, FormFields], Awaitable[Sequence[tuple[str, str]]]] | None = None
    effect: Callable[[Visit, Target, FormFields], Awaitable[str]] | None = None
