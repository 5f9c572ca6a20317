"""People of another system, as its export names them: each line read, or what is wrong with it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId

MOST: Final = 100_000
"""Lines of one file."""
FIELDS: Final = ("key", "telegram_id", "username", "name", "plan", "until")
_SPAN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One line. key: by which the line is known when it comes again. access_end: to when they have paid elsewhere."""

    line: int
    key: str
    telegram_id: TelegramId | None
    username: str | None
    name: str
    plan: str
    access_end: datetime


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line. field: the column, as the file calls it."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How an export is read. columns: by our fields the file's headings; without one a field's own name. plans: by the
    file's names our soft ids. only: by heading the values that count; other lines are left out. forever: words
    in `until` that mean no end. dates: as `strptime` reads them, empty for ISO 8601.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    forever: Sequence[str] = ()
    dates: str = ""

    @classmethod
    def from_record(cls, record: object) -> "Reading":
        """From what a file of settings holds. Raises InvalidInput naming the part that is wrong."""
        if record is None:
            return cls()
        if not isinstance(record, Mapping) or not set(record) <= set(cls.__dataclass_fields__):
            raise InvalidInput("mapping", f"must hold some of {', '.join(cls.__dataclass_fields__)}")
        columns, plans = _texts(record, "columns"), _texts(record, "plans")
        unknown_fields = sorted(set(columns) - set(FIELDS))
        if unknown_fields:
            raise InvalidInput("columns", f"{', '.join(unknown_fields)}: there are {', '.join(FIELDS)}")
        constraint = record.get("only") or {}
        if not isinstance(constraint, Mapping) or not all(isinstance(values, list) for values in constraint.values()):
            raise InvalidInput("only", "must be headings, each with a list of values")
        forever = record.get("forever") or []
        if not isinstance(forever, list):
            raise InvalidInput("forever", "must be a list of words")
        return cls(
            columns=columns,
            plans=plans,
            only={str(name): [str(value) for value in values] for name, values in constraint.items()},
            forever=[str(word) for word in forever],
            dates=str(record.get("dates") or ""),
        )


def read_people(text: str, reading: Reading, now: datetime) -> tuple[Sequence[Arrival], Sequence[Fault]]:
    """All lines that count, and all that is wrong. Raises InvalidInput for what is no such file at all."""
    rows = csv.DictReader(io.StringIO(text), dialect=_dialect(text), restkey="")
    heads = {name: reading.columns.get(name, name) for name in FIELDS}
    columns_missing = [heads[name] for name in ("plan", "until") if heads[name] not in (rows.fieldnames or ())]
    columns_needed = [
        *columns_missing,
        *(name for name in reading.only if name not in (rows.fieldnames or ())),
    ]
    if columns_needed:
        raise InvalidInput("file", f"has no column {', '.join(columns_needed)}, but {', '.join(rows.fieldnames or ())}")
    arrivals, faults, line_by_key = list[Arrival](), list[Fault](), dict[str, int]()
    try:
        for row in rows:
            if len(arrivals) + len(faults) >= MOST:
                raise InvalidInput("file", f"has more than {MOST} lines: split it")
            if any((row.get(name) or "").strip() not in values for name, values in reading.only.items()):
                continue
            try:
                arrival = _arrival(rows.line_num, row, heads, reading, now)
                if arrival.key in line_by_key:
                    raise InvalidInput("key", f"{arrival.key!r} stands in line {line_by_key[arrival.key]} already")
            except InvalidInput as error:
                name = heads.get(error.field, error.field)
                faults.append(Fault(line=rows.line_num, field=name, reason=error.problem))
                continue
            line_by_key[arrival.key] = arrival.line
            arrivals.append(arrival)
    except csv.Error as error:
        raise InvalidInput("file", f"line {rows.line_num} is no CSV: {error}") from error
    return arrivals, faults


def _arrival(line: int, row: Mapping[str, Any], heads: Mapping[str, str], reading: Reading, now: datetime) -> Arrival:
    cells = {name: str(row.get(head) or "").strip() for name, head in heads.items()}
    person = _telegram_id(cells["telegram_id"])
    plan = reading.plans.get(cells["plan"], cells["plan"])
    if not plan:
        raise InvalidInput("plan", "is empty")
    key = cells["key"] or (f"{person}:{plan}" if person is not None else "")
    if not key:
        raise InvalidInput("key", "is empty, and so is the Telegram id: nothing tells this line from others")
    if not key.isprintable() or len(key) > _SPAN:
        raise InvalidInput("key", f"must be at most {_SPAN} printable characters")
    return Arrival(
        line=line,
        key=key,
        telegram_id=person,
        username=cells["username"].removeprefix("@")[:_SPAN] or None,
        name=cells["name"][:_SPAN],
        plan=plan,
        access_end=_parse_end(cells["until"], reading, now),
    )


def _telegram_id(text: str) -> TelegramId | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) < TELEGRAM_ID_LIMIT):
        raise InvalidInput("telegram_id", f"{text[:40]!r} is no number of a person at Telegram")
    return TelegramId(int(text))


def _parse_end(text: str, reading: Reading, now: datetime) -> datetime:
    if text in reading.forever:
        return now + timedelta(days=DURATION_LIMIT)
    try:
        moment = _moment(text, reading.dates)
    except (ValueError, OverflowError) as error:
        dates = reading.dates or "2026-12-31 or 2026-12-31T18:00:00Z"
        raise InvalidInput("until", f"{text[:40]!r} is no date like {dates}") from error
    if moment > now + timedelta(days=DURATION_LIMIT):
        raise InvalidInput("until", f"is more than {DURATION_LIMIT} days ahead")
    return moment


def _moment(text: str, form: str) -> datetime:
    """In UTC, which is meant where there is no zone."""
    if "%z" in form:
        return datetime.strptime(text, form).astimezone(UTC)
    if form:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _dialect(text: str) -> type[csv.Dialect]:
    """By whichever separator the headings have most of."""
    head = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=head.count)

    class Dialect(csv.excel):
        delimiter = separator

    return Dialect


def _texts(part_texts: Mapping[Any, Any], name: str) -> dict[str, str]:
    part = part_texts.get(name) or {}
    if not isinstance(part, Mapping):
        raise InvalidInput(name, "must be names, each with another")
    return {str(key): str(right) for key, right in part.items()}


def members(ids: Sequence[str], plan: str, access_end: datetime) -> Iterator[Arrival]:
    """People that are known by their number alone, as lines of a file."""
    for number, person in enumerate(ids, start=1):
        telegram_id = _telegram_id(person)
        yield Arrival(
            line=number,
            key=f"member:{person}:{plan}",
            telegram_id=telegram_id,
            username=None,
            name="",
            plan=plan,
            access_end=access_end,
        )
