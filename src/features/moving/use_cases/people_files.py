"""Parser of customer files exported by other systems. It returns import rows, and the errors of invalid rows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, NamedTuple

from subscriptions.application.dto.yaml_file import FileMapping
from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId
from subscriptions.domain.services.csv_table import TableRow, heading, read_table
from subscriptions.domain.services.zones import read_end

MOST: Final = 100_000
"""Maximum number of rows in a file."""
FIELDS: Final = ("key", "telegram_id", "username", "name", "plan", "until")
_SPAN: Final = 200
_SAMPLE: Final = datetime(2031, 11, 23, 12, tzinfo=UTC)
_VALUES_SHOWN: Final = 12
_USERNAME: Final = re.compile(r"(?:(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me)/|@)([^/?#]*).*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """Row of a file exported by another system: a person, a plan, and the end of the paid time.

    key: key that identifies the row in repeated imports
    access_end: end of the time that was paid in the other system
    """

    line: int
    key: str
    telegram_id: TelegramId | None
    username: str | None
    name: str
    plan: str
    access_end: datetime


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Error in a row of the file. `field`: name of the column in the file."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Options for parsing an export.

    columns: headings in the file, keyed by our field; the default is the field's name
    plans: plan slugs, keyed by the names in the file
    only: accepted values, keyed by heading; other rows are ignored
    forever: words in `until` that mean access without an end
    dates: date format for `strptime`; empty for ISO 8601
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    forever: Sequence[str] = ()
    dates: str = ""

    @classmethod
    def from_record(cls, record: object) -> "Reading":
        """Parse the content of a mapping file. Raises InvalidInput naming the invalid part."""
        if record is None:
            return cls()
        if not isinstance(record, Mapping) or not set(record) <= set(cls.__dataclass_fields__):
            unknown = min(set(record) - set(cls.__dataclass_fields__)) if isinstance(record, Mapping) else ""
            problem = f"{unknown or 'it'}: must hold some of {', '.join(cls.__dataclass_fields__)}"
            raise _wrong(record, "mapping", unknown, problem)
        columns, plans = _texts(record, "columns"), _texts(record, "plans")
        unknown_fields = sorted(set(columns) - set(FIELDS))
        if unknown_fields:
            problem = f"{', '.join(unknown_fields)}: there are {', '.join(FIELDS)}"
            raise _wrong(record["columns"], "columns", unknown_fields[0], problem)
        constraint = record.get("only") or {}
        if not isinstance(constraint, Mapping) or not all(_are_texts(values) for values in constraint.values()):
            raise _wrong(record, "only", "only", "must be headings, each with a list of values")
        twin = next((name for name in constraint if [*map(heading, constraint)].count(heading(name)) > 1), None)
        if twin is not None:
            raise _wrong(constraint, "only", twin, f"names the column {twin} twice; write its values in one list")
        forever = record.get("forever") or []
        if not _are_texts(forever):
            raise _wrong(record, "forever", "forever", "must be a list of words")
        dates = record.get("dates") or ""
        if not isinstance(dates, str) or (dates and not _is_date_form(dates)):
            raise _wrong(record, "dates", "dates", "must be a form with day, month and year, like %d/%m/%Y")
        return cls(columns=columns, plans=plans, only=constraint, forever=forever, dates=dates)


class PeopleFile(NamedTuple):
    """Content of an export.

    left_out: number of rows that `only` leaves out, by the heading and the value that it does not accept
    """

    rows: Sequence[ImportRow]
    faults: Sequence[Fault]
    left_out: Mapping[tuple[str, str], int]


def read_people(text: str, reading: Reading, now: datetime, zone: tzinfo) -> PeopleFile:
    """Parse the file into import rows and errors. Raises InvalidInput if the file as a whole is invalid, and if `only`
    leaves out every row.

    Every column that the mapping names must be in the file. Headings are compared without regard to case and
    surrounding spaces, and empty rows are skipped. If two rows have the same key, the later end counts. `zone`: the
    shop's time zone, in which a date without a time ends.
    """
    table = read_table(text)
    heads = {name: heading(reading.columns.get(name, name)) for name in FIELDS}
    only = {heading(name): values for name, values in reading.only.items()}
    named = [heads[name] for name in ("plan", "until", *reading.columns)]
    columns_missing = [each for each in dict.fromkeys([*named, *only]) if each not in table.headings]
    if columns_missing:
        raise InvalidInput("file", f"has no column {', '.join(columns_missing)}, but {', '.join(table.headings)}")
    table.refuse_twins([*heads.values(), *only])
    import_rows, faults, count, left_out = dict[str, ImportRow](), list[Fault](), 0, Counter[tuple[str, str]]()
    for row in table:
        excluded = next((name for name, values in only.items() if row.cells.get(name, "") not in values), None)
        if excluded is not None:
            left_out[excluded, row.cells.get(excluded, "")] += 1
            continue
        if count >= MOST:
            raise InvalidInput("file", f"has more than {MOST} lines: split it")
        count += 1
        try:
            if row.surplus:
                problem = (
                    f"{row.surplus[0]!r} is beyond the last column; put values with a separator in quotation marks"
                )
                raise InvalidInput("surplus", problem)
            import_row = _import_row(row, heads, reading, now, zone)
            import_rows[import_row.key] = _later(import_rows.get(import_row.key), import_row)
        except InvalidInput as error:
            name = heads.get(error.field, error.field)
            faults.append(Fault(line=row.line, field=name, reason=error.problem))
    if left_out and not count:
        problem = f"leaves out all {left_out.total()} lines; the file has {described(left_out)}"
        raise InvalidInput("only", f"{problem}. Write the values as the file does, in the same case")
    return PeopleFile(list(import_rows.values()), faults, left_out)


def described(left_out: Mapping[tuple[str, str], int]) -> str:
    """Return the values that `only` does not accept, the most frequent first, such as `status: Expired (3)`."""
    most = sorted(left_out.items(), key=lambda each: -each[1])
    shown = [f"{name}: {value[:40] or 'empty'} ({number})" for (name, value), number in most[:_VALUES_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(most) > _VALUES_SHOWN else [])])


def _later(known: ImportRow | None, import_row: ImportRow) -> ImportRow:
    """Return the row with the later end. Raises InvalidInput if one key is used for two people or plans."""
    if known is None:
        return import_row
    if (known.telegram_id, known.plan) != (import_row.telegram_id, import_row.plan):
        raise InvalidInput("key", f"{import_row.key!r} is in line {known.line} already, about another person or plan")
    return import_row if import_row.access_end >= known.access_end else known


def _import_row(row: TableRow, heads: Mapping[str, str], reading: Reading, now: datetime, zone: tzinfo) -> ImportRow:
    cells = {name: row.cells.get(head, "") for name, head in heads.items()}
    person = _telegram_id(cells["telegram_id"])
    plan = reading.plans.get(cells["plan"], cells["plan"])
    if not plan:
        raise InvalidInput("plan", "is empty")
    key = cells["key"] or (f"{person}:{plan}" if person is not None else "")
    if not key:
        raise InvalidInput("key", "is empty, and so is the Telegram id: nothing tells this line from others")
    if not key.isprintable() or len(key) > _SPAN:
        raise InvalidInput("key", f"must be at most {_SPAN} printable characters")
    return ImportRow(
        line=row.line,
        key=key,
        telegram_id=person,
        username=_USERNAME.sub(r"\1", cells["username"])[:_SPAN] or None,
        name=cells["name"][:_SPAN],
        plan=plan,
        access_end=_parse_end(cells["until"], reading, now, zone),
    )


def _telegram_id(text: str) -> TelegramId | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) < TELEGRAM_ID_LIMIT):
        raise InvalidInput("telegram_id", f"{text[:40]!r} is no number of a person at Telegram")
    return TelegramId(int(text))


def _parse_end(text: str, reading: Reading, now: datetime, zone: tzinfo) -> datetime:
    if text in reading.forever:
        return now + timedelta(days=DURATION_LIMIT)
    try:
        moment = read_end(text, zone, reading.dates)
    except (ValueError, OverflowError) as error:
        dates = reading.dates or "2026-12-31 or 2026-12-31T18:00:00Z"
        raise InvalidInput("until", f"{text[:40]!r} is no date like {dates}") from error
    if moment > now + timedelta(days=DURATION_LIMIT):
        raise InvalidInput("until", f"is more than {DURATION_LIMIT} days ahead")
    return moment


def _texts(record: Mapping[str, Any], name: str) -> Mapping[str, str]:
    part = record.get(name) or {}
    if not isinstance(part, Mapping) or not _are_texts([*part.values()]):
        raise _wrong(record, name, name, "must be names, each with another")
    return part


def _is_date_form(form: str) -> bool:
    """Return True if a date that is written in the form can be read back: it has a day, a month and a year."""
    try:
        return read_end(_SAMPLE.strftime(form), UTC, form).date() == _SAMPLE.date()
    except ValueError:
        return False


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)


def _wrong(record: object, field: str, key: str, problem: str) -> InvalidInput:
    """Return the error about a part of a mapping, with the line of the key if the mapping is from a file."""
    return InvalidInput(field, record.at(key, problem) if isinstance(record, FileMapping) else problem)


def members(ids: Sequence[str], plan: str, access_end: datetime) -> Iterator[ImportRow]:
    """Yield import rows for people of whom only the Telegram id is known, all with the same plan and end of access."""
    for number, person in enumerate(ids, start=1):
        telegram_id = _telegram_id(person)
        yield ImportRow(
            line=number,
            key=f"member:{person}:{plan}",
            telegram_id=telegram_id,
            username=None,
            name="",
            plan=plan,
            access_end=access_end,
        )
