"""Representation of a staff member's request, and the types of console pages and commands."""

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
    """Raised if the subject in the URL does not exist or no longer exists."""


class Elsewhere(UmbralError):
    """Raised if another page answers the request. url: URL of that page."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True)
class Visit:
    """Request of a staff member in the console.

    staff: staff member who made the request. token: token that every form of this session contains, to detect forged
    forms.
    """

    request: Request
    staff: Customer
    use: ConsoleContainer
    token: str

    @property
    def who(self) -> TelegramId:
        """Telegram id of the staff member, for use cases."""
        return self.staff.telegram_id

    @property
    def words(self) -> Words:
        """Texts in the language that the staff member has chosen in the chat."""
        return words_for(self.staff.language, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone, which defines days and months for all staff."""
        return self.use.policy().zones.home

    @property
    def now(self) -> datetime:
        """Current time of the business clock."""
        return self.use.clock().now()

    def may(self, action: Permission) -> bool:
        """Return True if the staff member may see the button of a command. The command checks the permission again."""
        return may(self.staff.staff_role, action) and self.use.core.features().allows(action)

    def may_open(self, page: "Page") -> bool:
        """Return True if the staff member may open a page, and its feature is not off."""
        return self.may(page.action) and (not page.feature or self.use.core.features().is_loaded(page.feature))

    @property
    def may_export(self) -> bool:
        """True if the staff member may export lists as files."""
        return self.may(StaffAction.EXPORT)

    def provider(self, code: str) -> str:
        """Return the name of a provider, or its code if it is no longer installed."""
        descriptor = self.use.core.gateways().descriptors().get(code)
        return descriptor.list_name if descriptor is not None else code

    def with_provider(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the facts with the provider's name in place of its code."""
        return {**facts, "provider": self.provider(facts["provider"])} if facts.get("provider") else facts

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter of the URL, or the default if it is missing."""
        return self.request.query_params.get(name, default).strip()

    def number(self) -> int:
        """Return the requested page number of a list, starting at 0."""
        page = self.query("page", "0")
        return int(page) if page.isdecimal() and len(page) < 6 else 0

    def id(self) -> UUID:
        """Return the id in the path. Raises PageGone if it is not a UUID."""
        try:
            return UUID(self.request.path_params["id"])
        except ValueError as error:
            raise PageGone("no such id") from error

    def address(self, ending: str = "", **changes: str) -> str:
        """Return the page's URL with changed query parameters, omitting empty parameters. ending: text appended to the
        path.
        """
        parameters = {**self.request.query_params, **changes}
        parameters.pop("done", None)
        words = urlencode({name: value for name, value in parameters.items() if value})
        return self.request.url.path + ending + (f"?{words}" if words else "")


Show = Callable[[Visit], Awaitable[Mapping[str, Any]]]
"""Function that returns the data for a page's template. The console handles PageGone, NotAllowed, InvalidInput and
RetryLater.
"""


WriteFile = Callable[[Visit], Awaitable[tuple[str, AsyncIterator[str]]]]
"""Function that returns a page as a file: its name, and its text in chunks. Errors of the request, such as PageGone,
must be raised before the first chunk.
"""


@dataclass(frozen=True)
class Page:
    """Page of the console.

    name: key of the page's texts under `page.{name}`; the page named like its section comes first in the menu
    path: path below ROOT
    template: template below `templates/console`
    action: required permission
    section: menu section; None for a page that is only linked from other pages
    parent: page that the menu highlights instead
    file: function that returns the page as CSV
    feature: name of the feature that adds the page; empty for a page of the core
    tab: name of the tab that several pages of the section share, with its text under `tab.{tab}`; empty for a page that
        has its own tab
    """

    name: str
    path: str
    template: str
    action: Permission
    show: Show
    section: MenuSection | None = None
    parent: str | None = None
    file: WriteFile | None = None
    feature: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Field:
    """Question of a form.

    name: key of the question's texts under `field.{name}`
    parse: parser of the answer, shared with the other interfaces
    kind: `text`, `long`, `days`, `number`, `money`, `moment`, `day`, `choice`, or `many` for several choices
    choices: function that returns the value, label and group, if any, of each choice
    initial: function that returns the initial value
    most: maximum number of characters of a long text, which determines the size of its input
    optional: True if the answer may be empty
    dialogue: dialogue of the chat whose texts the question shares
    marked: True to show buttons that format a long text
    is_more: True to fold the question away behind “More”
    """

    name: str
    parse: Parser
    kind: str = "text"
    choices: Callable[[Visit, "Target"], Awaitable[Sequence[tuple[str, ...]]]] | None = None
    initial: Callable[["Target"], str] | None = None
    most: int = 0
    optional: bool = False
    dialogue: str = ""
    marked: bool = False
    is_more: bool = False


@dataclass(frozen=True)
class Target:
    """Subject of a command. name: displayed name. url: page that shows the subject. facts: values for texts."""

    id: str
    name: str
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


FormFields = Mapping[str, str]


@dataclass(frozen=True)
class ResultPage:
    """Page with a command's result that is shown only once. facts: data for the page's template."""

    page: Page
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Redirection:
    """Result of a command that redirects to another page. notice: key of the text under `notice`."""

    notice: str
    url: str


@dataclass(frozen=True, kw_only=True)
class TodayFigure:
    """Figure of the current month on the page Today. amount: the figure as text. label: name of the figure. note: text
    about the figure's change. url: page with the details.
    """

    amount: str
    label: str
    note: str
    url: str


@dataclass(frozen=True)
class Beside:
    """Facts about the subject of a command, shown in the command's form.

    template: template of the feature
    facts: data for the template, available as `beside.facts`
    feature: name of the feature, which is set when the facts are read
    """

    template: str
    facts: object
    feature: str = ""


@dataclass(frozen=True)
class Action:
    """Command with a form and a preview. name: key of the command's texts under `action.{name}`.

    find: function that returns the subject; None if the subject no longer exists or the command no longer applies
    run: function that carries out the command and returns the key of the result's text under `done`, or a result page
        or redirection; raises InvalidInput or Wrong for an invalid answer
    at_once: True to skip the preview, because the command does not affect customers
    look: function that returns the preview as titles and texts, shown instead of the answers; raises Wrong
    effect: function that returns a sentence about the command's effect, shown with the answers; raises the same errors
        as `run`
    beside: function that returns the facts about the subject that stay visible
    takes_file: True if the form accepts a file
    previews_at_once: True if the form begins with its preview
    is_dangerous: True to set the command's button apart
    """

    name: str
    action: Permission
    find: Callable[[Visit, str], Awaitable[Target | None]]
    run: Callable[[Visit, Target, FormFields, UUID], Awaitable[str | ResultPage | Redirection]]
    fields: tuple[Field, ...] = ()
    at_once: bool = False
    look: Callable[[Visit, Target, FormFields], Awaitable[Sequence[tuple[str, ...]]]] | None = None
    effect: Callable[[Visit, Target, FormFields], Awaitable[str]] | None = None
    beside: Callable[[Visit, Target], Awaitable[Beside | None]] | None = None
    takes_file: bool = False
    previews_at_once: bool = False
    is_dangerous: bool = False
