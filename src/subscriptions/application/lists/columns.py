"""Columns of lists: each knows how it is read, shown, sorted, written to a file, and told to programs.

A face (the console, a file, the API, the command line) asks the column and knows no kind of it.
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

from subscriptions.domain.entities.tip import written_odds
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row


class Face(Flag):
    """Who reads a list: staff in the console and in files, staff on the card of one row, where there is room, programs
    by the API, receivers of outgoing events."""

    STAFF = auto()
    ROW = auto()
    PROGRAMS = auto()
    EVENTS = auto()
    OUTSIDE = PROGRAMS | EVENTS
    ALL = STAFF | OUTSIDE


CARD: Final = Face.STAFF | Face.ROW
"""What staff has of one row by itself."""


class Look(StrEnum):
    """How a piece of a cell looks."""

    PLAIN = "plain"
    QUIET = "quiet"
    CODE = "code"
    BELOW = "below"
    """Code on a line of its own below the words that say the same to people."""
    TAG = "tag"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Piece:
    """Part of what a cell shows. link: a page below the console's root that it leads to; at: the moment it tells;
    mark: the state that colours a tag."""

    text: object
    look: Look = Look.PLAIN
    link: str | None = None
    at: datetime | None = None
    mark: str = ""


class Speaker(Protocol):
    """The reader's language."""

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return a text."""

    def one_of(self, table: str, name: object) -> str:
        """Return the word of a table for a value."""

    def moment(self, at: datetime | None) -> str:
        """Return a day and an hour."""

    def day(self, at: datetime | None) -> str:
        """Return a day."""

    def whole_day(self, whole: date) -> str:
        """Return a day that is the same everywhere."""

    def number(self, count: float) -> str:
        """Return a number."""

    def decimal(self, number: Decimal) -> str:
        """Return a number with its decimals."""

    def format_stored(self, text: str) -> str:
        """Return a percentage or amounts that were kept as text, as the language writes them."""

    def event(self, note: str) -> str:
        """Return what came of a payment event."""

    def why(self, reason: str) -> str:
        """Return why staff did something."""

    def refusal(self, reason: str) -> str:
        """Return what came of something that was sent outside."""

    def provider(self, code: str) -> str:
        """Return what a provider is called."""

    def alarm(self, kind: str, facts: object) -> str:
        """Return what is wrong by an alarm."""

    def did(self, action: str, facts: object) -> tuple[str, bool]:
        """Return what staff did, and whether there are words for it."""


@dataclass(frozen=True)
class Sort:
    """An order. name: in an address; sql: what is compared, never null; type: its type in the database."""

    name: str
    sql: str
    type: str = "timestamptz"


@dataclass(frozen=True)
class Field:
    """A member of an object as programs have it. type: as pydantic reads it; description: what it means."""

    type: Any
    description: str = ""
    example: object = None


ALL: Final = "all"
"""In the place of missing rights: there are none."""
GIVES_BACK: Final = "kept"
"""The same where the account that owns a chat gives back what is missing."""
DASH: Final = Piece("–", Look.QUIET)
UNREADABLE: Final = Piece("⚠ ?", Look.TAG)
"""In place of a cell that cannot be read."""
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
    """name: of its main cell, and its words under `column.{name}`. sql: how that is read, empty where the page brings
    its rows itself; more: other cells that it needs. faces: who has it. words: the table of words for its values.

    type, description, example: how programs have it.
    """

    name: str
    sql: str = ""
    more: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    sort: Sort | None = field(default=None, kw_only=True)
    faces: Face = field(default=Face.STAFF, kw_only=True)
    words: str = field(default="", kw_only=True)
    type: Any = field(default=str, kw_only=True)
    null: bool = field(default=False, kw_only=True)
    description: str = field(default="", kw_only=True)
    example: object = field(default=None, kw_only=True)
    kind: ClassVar[str] = "text"

    def reads(self, face: Face) -> Mapping[str, str]:
        """Return the cells that it is read into, with their SQL."""
        return {self.name: self.sql, **self.more} if self.sql else {}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return what people see."""
        value = row.get(self.name)
        return (DASH,) if value is None or value == "" else (self.piece(value, say),)

    def pieces(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """Return what people see; of a cell that cannot be read, that it cannot: the rest of the list is shown."""
        try:
            with reading(self.name, row.get("id")):
                return self.show(row, say)
        except Unreadable:
            return (UNREADABLE,)

    def written(self, row: Row) -> Sequence[object]:
        """Return its cells in a file, likewise."""
        try:
            with reading(self.name, row.get("id")):
                return self.cells(row)
        except Unreadable:
            return (UNREADABLE.text,) * len(self.titles())

    def piece(self, value: Any, say: Speaker) -> Piece:
        """Return what people see of a value that is there."""
        return Piece(say.one_of(self.words, value) if self.words else value)

    def titles(self) -> Sequence[str]:
        """Return the heads of its cells in a file."""
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        """Return its cells in a file."""
        return (plain(row.get(self.name)),)

    def fields(self) -> Mapping[str, Field]:
        """Return the members that programs have of it."""
        example = _EXAMPLES.get(self.type, next(iter(self.type), None) if isinstance(self.type, type(StrEnum)) else "")
        sample = example if self.example is None else self.example
        return {self.name: Field(self.type | None if self.null else self.type, self.description, sample)}

    def values(self, row: Row) -> Mapping[str, object]:
        """Return what stands in those members."""
        return {self.name: row[self.name]}


def plain(value: object) -> object:
    """Return a value as a file has it."""
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
    """Words, a number, or a value that has a word in `words`."""


class Terms(Column):
    """A sentence, which may be long."""

    kind = "terms"


class Opens(Terms):
    """What a plan opens, by the titles of chats; what has none, as a channel of each customer's own, by its word."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(", ".join(say.one_of(self.words, each) for each in str(value).split(", ")))


class Odds(Column):
    """Decimal odds. sql: as decimal text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.decimal(written_odds(Decimal(value))))


class Stake(Column):
    """Units, as decimal text."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.decimal(Decimal(value)))


class Abilities(Terms):
    """Several words of `words`, kept with blanks between them."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(", ".join(say.one_of(self.words, each) for each in str(value).split()))


class Code(Column):
    """An identifier."""

    kind = "code"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        value = row.get(self.name)
        return (Piece("–" if value is None else value, Look.CODE),)


class NamedCode(Code):
    """What something is, beside what programs call it."""

    kind = "code"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        name = row[self.name]
        # A job of one account's bears its number.
        kind = name.rstrip(".0123456789")
        words = say.one_of(self.words, kind)
        return (Piece(words), Piece(name, Look.BELOW)) if words != kind else (Piece(name, Look.CODE),)


class Prefix(Column):
    """The first characters of a code."""

    kind = "prefix"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        return (Piece(f"{row[self.name] or ''}…", Look.CODE),)


class Moment(Column):
    """A day and an hour."""

    kind = "moment"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.moment(value), at=value)


class Day(Column):
    """A moment of which people are told the day."""

    kind = "day"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.day(value), at=value)


class WholeDay(Column):
    """A day that is the same everywhere. sql: a date."""

    kind = "day"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.whole_day(value))


class State(Column):
    """A state, with its word and its colour."""

    kind = "state"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return tag(value, say, self.words)


class PaymentState(State):
    """A payment's state, and why it gives no access by itself."""

    kind = "paid"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        reason = row["flag"]
        return (*super().show(row, say), *((Piece(say.one_of("flag", reason), Look.QUIET),) if reason else ()))


class Active(Column):
    """Whether a plan is on offer, and what keeps one on offer from being sold."""

    kind = "active"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        missing = row.get("missing_titles") if row[self.name] else None
        if missing:
            reason = say.one_of("plan_state", "missing_of_plan")
            return tag("unsold_plan", say, "plan_state"), Piece(f"{reason} {missing}", Look.QUIET)
        return (tag("active_plan" if row[self.name] else "inactive_plan", say, "plan_state"),)


class Amount(Column):
    """Money. sql: what comes before `_minor` and `_currency`."""

    kind = "money"

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        if not self.sql:
            return {}
        return {f"{self.name}_{part}": f"{self.sql}_{part}" for part in ("minor", "currency")} | dict(self.more)

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        value = row.get(self.name)
        return (Piece("–" if value is None else value, Look.AMOUNT),)

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name, f"{self.name}_currency")

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        value = row.get(self.name)
        return (value.decimal, value.currency) if isinstance(value, Money) else ("", "")

    def fields(self) -> Mapping[str, Field]:
        """See the base."""
        minor = Field(int, self.description or "In the currency's smallest unit.", 2999)
        return {f"{self.name}_minor": minor, f"{self.name}_currency": Field(str, "ISO 4217, or XTR.", "EUR")}

    def values(self, row: Row) -> Mapping[str, object]:
        """See the base."""
        return {f"{self.name}_minor": row[self.name].minor, f"{self.name}_currency": row[self.name].currency}


class ReturnedAmount(Amount):
    """What went back of a payment, in its currency. sql: the sum."""

    kind = "back"

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        return {f"{self.name}_minor": self.sql, **self.more}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        value = row[self.name]
        return (Piece(value, Look.AMOUNT) if value.minor else DASH,)

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (plain(row[self.name]),)

    def fields(self) -> Mapping[str, Field]:
        """See the base."""
        return {"refunded_minor": Field(int, self.description, 0)}

    def values(self, row: Row) -> Mapping[str, object]:
        """See the base."""
        return {"refunded_minor": row[self.name].minor}


class Gives(Column):
    """What a promotion takes off a price, or the days that it gives on top. sql: the table."""

    kind = "terms"

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        cells = ("percent", "amount_minor", "amount_currency", "days")
        return {f"{self.name}_{cell}": f"{self.sql}.{cell}" for cell in cells}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        percent, amount = row[f"{self.name}_percent"], row[f"{self.name}_amount"]
        if percent is not None:
            return (Piece(say("chat.promotions.percent", percent=percent)),)
        if amount is not None:
            return (Piece(say("chat.promotions.amount", amount=amount)),)
        return (Piece(say("chat.promotions.days", days=say("cell.days", n=row[f"{self.name}_days"]))),)

    def titles(self) -> Sequence[str]:
        """See the base."""
        return tuple(f"{self.name}_{cell}" for cell in ("percent", "amount", "currency", "days"))

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        amount = row[f"{self.name}_amount"]
        money = (amount.decimal, amount.currency) if amount is not None else ("", "")
        return (row[f"{self.name}_percent"], *money, row[f"{self.name}_days"])


class Link(Terms):
    """An address to hand over."""


class Sums(Column):
    """Money in one or several currencies. sql: a JSON object of minor units by currency."""

    kind = "money"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        sums = money_of(row[self.name])
        return [Piece(each, Look.AMOUNT) for each in sums] or (DASH,)

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (", ".join(f"{each.decimal} {each.currency}" for each in money_of(row[self.name])),)


def money_of(value: object) -> Sequence[Money]:
    """Return sums of minor units by currency as money, however the driver gives the object; nothing of None."""
    sums = json.loads(value) if isinstance(value, str) else value
    return [Money(int(minor), currency) for currency, minor in sorted(sums.items())] if isinstance(sums, dict) else ()


class Price(Amount):
    """What a plan costs, for how long."""

    kind = "price"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
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
        """See the base."""
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (plain(row[self.name]),)


_PERSON: Final = {
    "customer_id": "customers.id",
    **{cell: f"customers.{cell}" for cell in ("first_name", "last_name", "username", "telegram_id")},
}


class Person(Column):
    """A customer, with a link to their page. sql: their id, which programs have."""

    kind = "person"

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        return _PERSON if Face.STAFF in face else super().reads(face)

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        customer_id = row["customer_id"]
        if not customer_id:
            return (DASH,)
        name = f"@{row['username']}" if row["username"] else row["telegram_id"]
        return (Piece(_full_name(row) or "–", link=self.page_of(row)), Piece(name, Look.QUIET))

    def page_of(self, row: Row) -> str:
        """Return the page that the name leads to."""
        return f"/customers/{row['customer_id']}"

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name, f"{self.name}_telegram_id", f"{self.name}_username")

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return _full_name(row), row["telegram_id"], row["username"]


def _full_name(row: Row) -> str:
    return " ".join(filter(None, (row["first_name"], row["last_name"])))


class Asker(Person):
    """The customer who asked. Their name leads to the question, which has their story beside it."""

    def page_of(self, row: Row) -> str:
        """See the base."""
        return f"/questions/{row['id']}"


_OURS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_PREFIX_LENGTH: Final = 8


class Subject(Person):
    """What staff acted on: a customer, else what its id is."""

    kind = "subject"

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        return {**_PERSON, self.name: self.sql}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        if row["customer_id"]:
            return super().show(row, say)
        subject, (what, _, _) = str(row[self.name]), str(row["action"]).partition(".")
        if not _OURS.fullmatch(subject):
            # What was refused is a permission, which has words; any other is named by them already.
            words = say.one_of("chat.commands.choice", subject) if what == "staff" else subject
            return (Piece(words), Piece(subject, Look.BELOW)) if words != subject else (Piece(subject, Look.CODE),)
        # An id says nothing to a person: what it is of does, and enough of it to tell two apart.
        return (Piece(say.one_of("subject", what)), Piece(subject[:_PREFIX_LENGTH], Look.CODE))

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name,)

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (row[self.name],)


@dataclass(frozen=True)
class Plan(Column):
    """A plan: people are told its name, programs its soft id. soft_id: the SQL of that."""

    soft_id: str = field(default="", kw_only=True)

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        return {self.name: self.sql if Face.STAFF in face else self.soft_id}


class Plans(Plan):
    """The plans somebody has now."""

    kind = "plans"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        plans = row[self.name]
        return (Piece(", ".join(plans)) if plans else Piece(say("cell.no_plan"), Look.QUIET),)


class Marks(Column):
    """What is special about a customer: their role, that they are barred, that they blocked the bot."""

    kind = "marks"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        role = row["staff_role"]
        states = [name for name in ("barred", "blocked") if row[f"{name}_at"]]
        tags = [tag(each, say, "customer_state") for each in states]
        return [*([tag(role, say, "chat.panel.role")] if role else []), *tags]

    def reads(self, face: Face) -> Mapping[str, str]:
        """See the base."""
        return self.more

    def titles(self) -> Sequence[str]:
        """See the base."""
        return tuple(self.more)

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return [plain(row[each]) for each in self.more]


class Count(Column):
    """A number of things."""

    kind = "count"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.number(value))


class BotRights(Abilities):
    """What the bot may not do in a chat, as it saw it last; `all` where nothing is missing. sql: words with blanks
    between them, of which programs have those that say what is missing. more: `looked_at`.
    """

    kind = "terms"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        looked_at = row["looked_at"]
        look_pieces = (
            (Piece(say("cell.looked", at=say.moment(looked_at)), Look.QUIET, at=looked_at),) if looked_at else ()
        )
        return (*super().show(row, say), *look_pieces)

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name, "looked_at")

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (row[self.name], plain(row["looked_at"]))

    def fields(self) -> Mapping[str, Field]:
        """See the base."""
        return {
            "missing_rights": Field(list[str] | None, self.description, []),
            "looked_at": Field(datetime | None, "When the bot looked last.", _EXAMPLES[datetime]),
        }

    def values(self, row: Row) -> Mapping[str, object]:
        """See the base."""
        words = (
            None if row[self.name] in {None, GIVES_BACK} else [each for each in row[self.name].split() if each != ALL]
        )
        return {"missing_rights": words, "looked_at": row["looked_at"]}


class Guests(Count):
    """Who is inside without a right to be, as far as that is known. more: `unnamed`, how many more are inside whom
    nobody can name, and `counted_at`, when they were counted last.
    """

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        unnamed_count, counted_at = row["unnamed"], row["counted_at"]
        if not unnamed_count:
            return super().show(row, say)
        more = say("cell.unnamed", n=unnamed_count, at=say.moment(counted_at))
        return (*super().show(row, say), Piece(more, Look.QUIET, at=counted_at))

    def titles(self) -> Sequence[str]:
        """See the base."""
        return (self.name, "unnamed", "counted_at")

    def cells(self, row: Row) -> Sequence[object]:
        """See the base."""
        return (row[self.name], row["unnamed"], plain(row["counted_at"]))

    def fields(self) -> Mapping[str, Field]:
        """See the base."""
        more = "How many more are inside whom the bot cannot name; null while nobody counted."
        return {
            self.name: Field(int, self.description, 2),
            "unnamed": Field(int | None, more, 3),
            "counted_at": Field(datetime | None, "When they were counted.", _EXAMPLES[datetime]),
        }

    def values(self, row: Row) -> Mapping[str, object]:
        """See the base."""
        return {name: row[name] for name in self.fields()}


class Length(Column):
    """So many days."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say("cell.days", n=value))


class PeopleOfPlan(Column):
    """How many have a plan, with a link to them."""

    kind = "people"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.number(value))

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        return (Piece(say.number(row[self.name]), link=f"/subscriptions?state=live&plan={row['soft_id']}"),)


class Way(Column):
    """Words that lead to the row's own page."""

    kind = "way"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        return (Piece(row[self.name] or "–", link=row["way"]),)


class Provider(Column):
    """A way to pay, by its name."""

    kind = "provider"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.provider(value))


class EventNote(Column):
    """What came of a payment event."""

    kind = "event"

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.event(value))


class Refusal(Text):
    """What came of something that was sent outside; a file has what was said of it there."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.refusal(value))


class Fault(Text):
    """Why something failed: a word for the kind of error, then what the error says, which is for programs. more:
    `error_kind`."""

    kind = "terms"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        error_kind, detail = row["error_kind"], row[self.name]
        if not error_kind:
            return (DASH,)
        words = say.one_of(self.words, error_kind)
        if words == error_kind:
            # A fault of the program's own: its kind is half of what there is to know.
            words, detail = say.one_of(self.words, "other"), f"{error_kind}: {detail}"
        return (Piece(words), Piece(detail, Look.BELOW))


class AlarmText(Column):
    """What is wrong, with a link to the alarm."""

    kind = "alarm"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        return (Piece(say.alarm(row[self.name], row["facts"]), link=f"/alarms/{row['id']}"),)


class Why(Text):
    """Why staff did something: as they typed it, or words of ours."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """See the base."""
        return Piece(say.why(value))


class Actor(Column):
    """Who of staff, or which program."""

    kind = "actor"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        name = row["actor_name"]
        return (*((Piece(name),) if name else ()), Piece(row[self.name], Look.QUIET))


class Act(Column):
    """What staff did."""

    kind = "did"

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        """See the base."""
        text, is_sentence = say.did(row[self.name], row["facts"])
        return (Piece(text, Look.PLAIN if is_sentence else Look.CODE),)


def tag(value: object, say: Speaker, words: str) -> Piece:
    """Return the word for a state, coloured by it."""
    return Piece(say.one_of(words or "state", value), Look.TAG, mark=str(value))
