"""Columns of lists. A column defines how its values are read, shown, sorted, written to a file, and returned to
programs.

The interfaces (console, file, API, command line) call only the base class and depend on no subclass.
"""

import json
import re
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Flag, StrEnum, auto
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row


class Interface(Flag):
    """Interface that shows a column.

    STAFF: staff in the console and in files
    ROW: staff on the card of one row, which has more room
    PROGRAMS: programs through the API
    EVENTS: endpoints that receive webhook events
    """

    STAFF = auto()
    ROW = auto()
    PROGRAMS = auto()
    EVENTS = auto()
    OUTSIDE = PROGRAMS | EVENTS
    ALL = STAFF | OUTSIDE


CARD: Final = Interface.STAFF | Interface.ROW
"""Interfaces of columns that staff see both in the list and on the card of one row."""


class Look(StrEnum):
    """Style in which a part of a cell is shown."""

    PLAIN = "plain"
    QUIET = "quiet"
    CODE = "code"
    BELOW = "below"
    """Code on its own line, below a text for the same value."""
    LABEL = "label"
    """Short label on its own line, above the text that explains it."""
    TAG = "tag"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Piece:
    """Part of a cell as shown to people.

    text: value to show
    look: style of the part
    link: page that the part links to, relative to the console's root
    at: timestamp that the part shows
    mark: state that determines the color of a tag
    """

    text: object
    look: Look = Look.PLAIN
    link: str | None = None
    at: datetime | None = None
    mark: str = ""


class Speaker(Protocol):
    """Formatter of values in the reader's language."""

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text with this key, with the facts inserted."""

    def one_of(self, table: str, name: object) -> str:
        """Return the text for the value `name` from a table of texts."""

    def moment(self, at: datetime | None) -> str:
        """Return the timestamp formatted as a date and time."""

    def day(self, at: datetime | None) -> str:
        """Return the timestamp formatted as a date."""

    def whole_day(self, whole: date) -> str:
        """Return the formatted date, which does not depend on a time zone."""

    def number(self, count: float) -> str:
        """Return the formatted number."""

    def decimal(self, number: Decimal) -> str:
        """Return the formatted number with its decimals."""

    def format_stored(self, text: str) -> str:
        """Return the formatted percentage or amounts, given as stored text."""

    def event(self, note: str) -> str:
        """Return the text for the result of processing a payment event, given as stored note."""

    def why(self, reason: str) -> str:
        """Return the text for the reason that was given for a staff command."""

    def refusal(self, reason: str) -> str:
        """Return the text for the reason why an external call failed."""

    def provider(self, code: str) -> str:
        """Return the display name of a provider."""

    def alarm(self, kind: str, facts: object) -> str:
        """Return the text of an alarm."""

    def did(self, action: str, facts: object) -> tuple[str, bool]:
        """Return a sentence about a staff command that was run. The second value is False if only the command's name is
        available.
        """


@dataclass(frozen=True)
class Sort:
    """Sort order of a list.

    name: name in a URL
    sql: expression to sort by, which is never null
    type: type of the expression in the database
    """

    name: str
    sql: str
    type: str = "timestamptz"


@dataclass(frozen=True)
class Field:
    """Field of an object in the API.

    type: type annotation for pydantic
    description: meaning of the field
    """

    type: Any
    description: str = ""
    example: object = None


ALL: Final = "all"
"""Text shown instead of the missing rights of a bot if no right is missing."""
GIVES_BACK: Final = "kept"
"""Text shown instead of the missing rights of a bot if the owning account restores them."""
DASH: Final = Piece("–", Look.QUIET)
UNREADABLE: Final = Piece("⚠ ?", Look.TAG)
"""Text shown in place of an unreadable cell."""
_EXAMPLES: Final[Mapping[Any, object]] = {
    UUID: "0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e11",
    datetime: "2026-11-22T09:30:00Z",
    date: "2026-12-31",
    bool: False,
    int: 2999,
    str: "",
}


@dataclass(frozen=True)
class Column(ABC):
    """Column of a list.

    name: name of the main cell, whose title is `column.{name}`
    sql: SQL expression of the cell; empty if the page supplies its rows itself
    more: SQL of other cells that the column needs, keyed by name
    interfaces: interfaces that show the column
    words: table of texts for the column's values
    type, null, description, example: documentation for programs
    """

    name: str
    sql: str = ""
    more: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    sort: Sort | None = field(default=None, kw_only=True)
    interfaces: Interface = field(default=Interface.STAFF, kw_only=True)
    words: str = field(default="", kw_only=True)
    type: Any = field(default=str, kw_only=True)
    null: bool = field(default=False, kw_only=True)
    description: str = field(default="", kw_only=True)
    example: object = field(default=None, kw_only=True)
    kind: ClassVar[str] = "text"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        """Return the SQL expressions of the cells that the column needs, keyed by the cells' names."""
        return {self.name: self.sql, **self.more} if self.sql else {}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return the parts of the cell to show."""
        value = row.get(self.name)
        return (DASH,) if value is None or value == "" else (self.piece(value, say),)

    def pieces(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return the parts of the cell to show, or a placeholder if the cell cannot be read, so that the rest of the
        list is shown.
        """
        try:
            with reading(self.name, row.get("id")):
                return self.show(row, say)
        except Unreadable:
            return (UNREADABLE,)

    def written(self, row: Row) -> Sequence[object]:
        """Return the column's cells in a file, or placeholders for cells that cannot be read."""
        try:
            with reading(self.name, row.get("id")):
                return self.cells(row)
        except Unreadable:
            return (UNREADABLE.text,) * len(self.titles())

    def piece(self, value: Any, say: Speaker) -> Piece:
        """Return the part to show for a cell that is not empty."""
        return Piece(say.one_of(self.words, value) if self.words else value)

    def titles(self) -> Sequence[str]:
        """Return the titles of the column's cells in a file."""
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        """Return the column's cells in a file."""
        return (plain(row.get(self.name)),)

    def fields(self) -> Mapping[str, Field]:
        """Return the fields of the column in the API."""
        example = _EXAMPLES.get(self.type, next(iter(self.type), None) if isinstance(self.type, type(StrEnum)) else "")
        sample = example if self.example is None else self.example
        return {self.name: Field(self.type | None if self.null else self.type, self.description, sample)}

    def values(self, row: Row) -> Mapping[str, object]:
        """Return the values of the column's API fields, keyed by field."""
        return {self.name: row[self.name]}


def plain(value: object) -> object:
    """Return a value as it is written to a file."""
    match value:
        case Money():
            return value.decimal
        case datetime():
            return value.isoformat(timespec="seconds")
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return value


class Text(Column):
    """Column of a text or a number, or of a value that is shown as its text in the table `words`."""


class Terms(Column):
    """Column of a long text."""

    kind = "terms"


class Opens(Terms):
    """Column of a plan's resources: the titles of their chats, or a fixed text for resources without a title, such as
    personal channels.
    """

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(", ".join(say.one_of(self.words, each) for each in str(value).split(", ")))


class Abilities(Terms):
    """Column of several values, stored as one text separated by spaces and shown as their texts in the
    table `words`.
    """

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(", ".join(say.one_of(self.words, each) for each in str(value).split()))


class Code(Column):
    """Column of an identifier, shown as code."""

    kind = "code"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        value = row.get(self.name)
        return (Piece("–" if value is None else value, Look.CODE),)


class NamedCode(Code):
    """Column of an object's name, with the object's code below."""

    kind = "code"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        name = row[self.name]
        # The name of a job for one account ends with the account's number.
        kind = name.rstrip(".0123456789")
        words = say.one_of(self.words, kind)
        return (Piece(words), Piece(name, Look.BELOW)) if words != kind else (Piece(name, Look.CODE),)


class Prefix(Column):
    """Column of a code of which only the first characters are shown."""

    kind = "prefix"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return (Piece(f"{row[self.name] or ''}…", Look.CODE),)


class Moment(Column):
    """Timestamp column, rendered as a date and time."""

    kind = "moment"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.moment(value), at=value)


class Day(Column):
    """Timestamp column, rendered as a date."""

    kind = "day"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.day(value), at=value)


class WholeDay(Column):
    """Column of a date that is independent of time zones. `sql`: expression for a date."""

    kind = "day"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.whole_day(value))


class State(Column):
    """Column of a state, shown as its text in the state's color."""

    kind = "state"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return tag(value, say, self.words)


class PaymentState(State):
    """Column of a payment's state. A payment that grants no access automatically also shows its review reason."""

    kind = "paid"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        reason = row["flag"]
        return (*super().show(row, say), *((Piece(say.one_of("flag", reason), Look.QUIET),) if reason else ()))


class Active(Column):
    """Column that shows whether a plan is on sale, with the reason if it can't be sold."""

    kind = "active"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        missing = row.get("missing_titles") if row[self.name] else None
        if missing:
            reason = say.one_of("plan_state", "missing_of_plan")
            return tag("unsold_plan", say, "plan_state"), Piece(f"{reason} {missing}", Look.QUIET)
        return (tag("active_plan" if row[self.name] else "inactive_plan", say, "plan_state"),)


class Amount(Column):
    """Column of an amount of money. `sql`: prefix of its two SQL expressions, to which `_minor` and `_currency` are
    appended.
    """

    kind = "money"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        if not self.sql:
            return {}
        return {f"{self.name}_{part}": f"{self.sql}_{part}" for part in ("minor", "currency")} | dict(self.more)

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        value = row.get(self.name)
        return (Piece("–" if value is None else value, Look.AMOUNT),)

    def titles(self) -> Sequence[str]:
        return (self.name, f"{self.name}_currency")

    def cells(self, row: Row) -> Sequence[object]:
        value = row.get(self.name)
        return (value.decimal, value.currency) if isinstance(value, Money) else ("", "")

    def fields(self) -> Mapping[str, Field]:
        minor = Field(int, self.description or "In the currency's smallest unit.", 2999)
        return {f"{self.name}_minor": minor, f"{self.name}_currency": Field(str, "ISO 4217, or XTR.", "EUR")}

    def values(self, row: Row) -> Mapping[str, object]:
        return {f"{self.name}_minor": row[self.name].minor, f"{self.name}_currency": row[self.name].currency}


class ReturnedAmount(Amount):
    """Column of a payment's refunded amount, in the payment's currency. `sql`: expression for the sum."""

    kind = "back"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        return {f"{self.name}_minor": self.sql, **self.more}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        value = row[self.name]
        return (Piece(value, Look.AMOUNT) if value.minor else DASH,)

    def titles(self) -> Sequence[str]:
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        return (plain(row[self.name]),)

    def fields(self) -> Mapping[str, Field]:
        return {"refunded_minor": Field(int, self.description, 0)}

    def values(self, row: Row) -> Mapping[str, object]:
        return {"refunded_minor": row[self.name].minor}


class Link(Terms):
    """Column of a URL that staff can pass on."""


class Sums(Column):
    """Column of amounts in one or several currencies. `sql`: expression for a JSON object of minor units, keyed by
    currency.
    """

    kind = "money"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        sums = money_of(row[self.name])
        return [Piece(each, Look.AMOUNT) for each in sums] or (DASH,)

    def cells(self, row: Row) -> Sequence[object]:
        return (", ".join(f"{each.decimal} {each.currency}" for each in money_of(row[self.name])),)


def money_of(value: object) -> Sequence[Money]:
    """Return the amounts from minor units keyed by currency, in any form in which the driver returns the JSON object.
    The result is empty for None.
    """
    sums = json.loads(value) if isinstance(value, str) else value
    return [Money(int(minor), currency) for currency, minor in sorted(sums.items())] if isinstance(sums, dict) else ()


class Price(Amount):
    """Column of a plan's price, with its period."""

    kind = "price"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return (Piece(row[self.name], Look.AMOUNT), *self._length(row, say))

    def _length(self, row: Row, say: Speaker) -> Sequence[Piece]:
        count, unit = row["interval_count"], row["interval"]
        if unit and row["recurring"]:
            each = say.one_of("interval", unit) if count == 1 else f"{count} {say.one_of('intervals', unit)}"
            return (Piece(f"/ {each}"),)
        if row["ends_on"]:
            return (Piece(f"· {say('cell.until', day=say.whole_day(row['ends_on']))}"),)
        return (Piece(f"· {say('cell.days', n=row['duration_days'])}"),) if row["duration_days"] else ()

    def titles(self) -> Sequence[str]:
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        return (plain(row[self.name]),)


_PERSON: Final = {
    "customer_id": "customers.id",
    **{cell: f"customers.{cell}" for cell in ("first_name", "last_name", "username", "telegram_id")},
}


class Person(Column):
    """Column of a customer, with a link to the customer's page. `sql`: expression for the id of the customer, which is
    the value for programs.
    """

    kind = "person"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        return _PERSON if Interface.STAFF in interface else super().reads(interface)

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        customer_id = row["customer_id"]
        if not customer_id:
            return (DASH,)
        name = f"@{row['username']}" if row["username"] else row["telegram_id"]
        return (Piece(_full_name(row) or "–", link=self.page_of(row)), Piece(name, Look.QUIET))

    def page_of(self, row: Row) -> str:
        """Return the page to which the name links."""
        return f"/customers/{row['customer_id']}"

    def titles(self) -> Sequence[str]:
        return (self.name, f"{self.name}_telegram_id", f"{self.name}_username")

    def cells(self, row: Row) -> Sequence[object]:
        return _full_name(row), row["telegram_id"], row["username"]


def _full_name(row: Row) -> str:
    return " ".join(filter(None, (row["first_name"], row["last_name"])))


_OURS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_PREFIX_LENGTH: Final = 8


class Subject(Person):
    """Column of the object on which a staff command acted: a customer, or the kind of object with the beginning of its
    id.
    """

    kind = "subject"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        return {**_PERSON, self.name: self.sql}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        if row["customer_id"]:
            return super().show(row, say)
        subject, (what, _, _) = str(row[self.name]), str(row["action"]).partition(".")
        if not _OURS.fullmatch(subject):
            # If the subject is a permission, its text is shown. Any other subject that is no id is shown unchanged.
            words = say.one_of("chat.commands.choice", subject) if what == "staff" else subject
            return (Piece(words), Piece(subject, Look.BELOW)) if words != subject else (Piece(subject, Look.CODE),)
        # An id means nothing to a reader, so the kind of object is shown, with enough of the id to distinguish two
        # objects.
        return (Piece(say.one_of("subject", what)), Piece(subject[:_PREFIX_LENGTH], Look.CODE))

    def titles(self) -> Sequence[str]:
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        return (row[self.name],)


@dataclass(frozen=True)
class Plan(Column):
    """Column of a plan, which is shown to people by name and returned to programs by slug. `soft_id`: SQL expression
    for the slug.
    """

    soft_id: str = field(default="", kw_only=True)

    def reads(self, interface: Interface) -> Mapping[str, str]:
        return {self.name: self.sql if Interface.STAFF in interface else self.soft_id}


class Plans(Plan):
    """Column of a customer's current plans."""

    kind = "plans"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        plans = row[self.name]
        return (Piece(", ".join(plans)) if plans else Piece(say("cell.no_plan"), Look.QUIET),)


class Marks(Column):
    """Column of labels for a customer's special states: staff role, barred from buying, bot blocked or never opened."""

    kind = "marks"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        role = row["staff_role"]
        states = [name for name in ("barred", "blocked", "unopened") if row[f"{name}_at"]]
        tags = [tag(each, say, "customer_state") for each in states]
        return [*([tag(role, say, "chat.panel.role")] if role else []), *tags]

    def reads(self, interface: Interface) -> Mapping[str, str]:
        return self.more

    def titles(self) -> Sequence[str]:
        return tuple(self.more)

    def cells(self, row: Row) -> Sequence[object]:
        return [plain(row[each]) for each in self.more]


class Tags(Column):
    """Column of the tags that staff gave a customer."""

    kind = "marks"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return [Piece(f"#{each}", Look.QUIET) for each in row[self.name]]


class Count(Column):
    """Column of a number of objects."""

    kind = "count"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.number(value))


class BotRights(Abilities):
    """Column of the rights that the bot lacked in a chat at its last check; `all` if none is missing.

    sql: expression for the names of the rights, separated by spaces; programs receive the missing rights
    more: expression of `looked_at`, the time of the check
    """

    kind = "terms"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        looked_at = row["looked_at"]
        look_pieces = (
            (Piece(say("cell.looked", at=say.moment(looked_at)), Look.QUIET, at=looked_at),) if looked_at else ()
        )
        return (*super().show(row, say), *look_pieces)

    def titles(self) -> Sequence[str]:
        return (self.name, "looked_at")

    def cells(self, row: Row) -> Sequence[object]:
        return (row[self.name], plain(row["looked_at"]))

    def fields(self) -> Mapping[str, Field]:
        return {
            "missing_rights": Field(list[str] | None, self.description, []),
            "looked_at": Field(datetime | None, "Time of the last check.", _EXAMPLES[datetime]),
        }

    def values(self, row: Row) -> Mapping[str, object]:
        words = (
            None if row[self.name] in {None, GIVES_BACK} else [each for each in row[self.name].split() if each != ALL]
        )
        return {"missing_rights": words, "looked_at": row["looked_at"]}


class Guests(Count):
    """Column of the number of known members without access.

    `more`: expressions of `unnamed`, the number of further members who can't be identified, and of `counted_at`, the
        time at which they were last counted
    """

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        unnamed_count, counted_at = row["unnamed"], row["counted_at"]
        if not unnamed_count:
            return super().show(row, say)
        more = say("cell.unnamed", n=unnamed_count, at=say.moment(counted_at))
        return (*super().show(row, say), Piece(more, Look.QUIET, at=counted_at))

    def titles(self) -> Sequence[str]:
        return (self.name, "unnamed", "counted_at")

    def cells(self, row: Row) -> Sequence[object]:
        return (row[self.name], row["unnamed"], plain(row["counted_at"]))

    def fields(self) -> Mapping[str, Field]:
        more = "Number of further members, unknown to the bot; null before the first count."
        return {
            self.name: Field(int, self.description, 2),
            "unnamed": Field(int | None, more, 3),
            "counted_at": Field(datetime | None, "Time of the last count.", _EXAMPLES[datetime]),
        }

    def values(self, row: Row) -> Mapping[str, object]:
        return {name: row[name] for name in self.fields()}


class Length(Column):
    """Column of a number of days."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say("cell.days", n=value))


class PeopleOfPlan(Column):
    """Column of a plan's number of subscribers, with a link to their list."""

    kind = "people"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.number(value))

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return (Piece(say.number(row[self.name]), link=f"/subscriptions?state=live&plan={row['soft_id']}"),)


class PageLink(Column):
    """Column of a text that links to the row's page."""

    kind = "way"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return (Piece(row[self.name] or "–", link=row["way"]),)


class Provider(Column):
    """Column of a payment method, by its display name."""

    kind = "provider"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.provider(value))


class EventNote(Column):
    """Column of the result of processing a payment event."""

    kind = "event"

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.event(value))


class Refusal(Text):
    """Column of the reason why an external call failed. A file contains the external system's own text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.refusal(value))


class Fault(Text):
    """Column of a failure's cause: the translated kind of error, then the original error message for developers.
    `more`: expression of `error_kind`.
    """

    kind = "terms"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        error_kind, detail = row["error_kind"], row[self.name]
        if not error_kind:
            return (DASH,)
        words = say.one_of(self.words, error_kind)
        if words == error_kind:
            # For an internal error without a text, the kind of error is shown together with the message.
            words, detail = say.one_of(self.words, "other"), f"{error_kind}: {detail}"
        return (Piece(words), Piece(detail, Look.BELOW))


class AlarmText(Column):
    """Column of an alarm's text, with a link to the alarm."""

    kind = "alarm"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        return (Piece(say.alarm(row[self.name], row["facts"]), link=f"/alarms/{row['id']}"),)


class Why(Text):
    """Column of the reason given for a staff command: text typed by the staff member, or a fixed text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        return Piece(say.why(value))


class Actor(Column):
    """Column of the staff member or program that ran a command."""

    kind = "actor"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        name = row["actor_name"]
        return (*((Piece(name),) if name else ()), Piece(row[self.name], Look.QUIET))


class Command(Column):
    """Column of a staff command that was run, described by a sentence or by the command's name."""

    kind = "did"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        text, is_sentence = say.did(row[self.name], row["facts"])
        return (Piece(text, Look.PLAIN if is_sentence else Look.CODE),)


def tag(value: object, say: Speaker, words: str) -> Piece:
    """Return a tag with the label of a state, colored by the state."""
    return Piece(say.one_of(words or "state", value), Look.TAG, mark=str(value))
