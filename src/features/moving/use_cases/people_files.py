"""Parser of customer files exported by other systems. It returns import rows, and the errors of invalid rows."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, TelegramId
from subscriptions.domain.services.zones import read_end

MOST: Final = 100_000
"""Maximum number of rows in a file."""
FIELDS: Final = ("key", "telegram_id", "username", "name", "plan", "until")
_SPAN: Final = 200
_SEPARATOR_LINE: Final = re.compile(r"sep=(?P<separator>[,;\t|])", re.IGNORECASE)
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


def read_people(
    text: str, reading: Reading, now: datetime, zone: tzinfo
) -> tuple[Sequence[ImportRow], Sequence[Fault]]:
    """Parse the file into import rows and errors. Raises InvalidInput if the file as a whole is invalid.

    Headings are compared without regard to case and surrounding spaces, and empty rows are skipped. If two rows have
    the
    same key, the later end counts. `zone`: the shop's time zone, in which a date without a time ends.
    """
    rows = _rows(text)
    heads = {name: _heading(reading.columns.get(name, name)) for name in FIELDS}
    only = {_heading(name): values for name, values in reading.only.items()}
    columns_needed = [heads["plan"], heads["until"], *only]
    columns_missing = [each for each in columns_needed if each not in (rows.fieldnames or ())]
    if columns_missing:
        raise InvalidInput(
            "file", f"has no column {', '.join(columns_missing)}, but {', '.join(rows.fieldnames or ())}"
        )
    import_rows, faults, count = dict[str, ImportRow](), list[Fault](), 0
    try:
        for row in rows:
            if not any(str(cell or "").strip() for cell in row.values()):
                continue
            if count >= MOST:
                raise InvalidInput("file", f"has more than {MOST} lines: split it")
            if any((row.get(name) or "").strip() not in values for name, values in only.items()):
                continue
            count += 1
            try:
                import_row = _import_row(rows.line_num, row, heads, reading, now, zone)
                import_rows[import_row.key] = _later(import_rows.get(import_row.key), import_row)
            except InvalidInput as error:
                name = heads.get(error.field, error.field)
                faults.append(Fault(line=rows.line_num, field=name, reason=error.problem))
    except csv.Error as error:
        raise InvalidInput("file", f"line {rows.line_num} is no CSV: {error}") from error
    return list(import_rows.values()), faults


def _rows(text: str) -> "csv.DictReader[str]":
    """Return the rows, keyed by normalized heading. A first line `sep=` that names the separator, as Excel writes it,
    is skipped.
    """
    first, _, rest = text.partition("\n")
    separator = _SEPARATOR_LINE.fullmatch(first.strip())
    body = rest if separator else text
    rows = csv.DictReader(
        io.StringIO(body), dialect=_dialect(body, separator["separator"] if separator else ""), restkey=""
    )
    try:
        rows.fieldnames = [_heading(name) for name in rows.fieldnames or ()]
    except csv.Error as error:
        raise InvalidInput("file", f"line 1 is no CSV: {error}") from error
    return rows


def _heading(name: str) -> str:
    return name.strip().casefold()


def _later(known: ImportRow | None, import_row: ImportRow) -> ImportRow:
    """Return the row with the later end. Raises InvalidInput if one key is used for two people or plans."""
    if known is None:
        return import_row
    if (known.telegram_id, known.plan) != (import_row.telegram_id, import_row.plan):
        raise InvalidInput("key", f"{import_row.key!r} is in line {known.line} already, about another person or plan")
    return import_row if import_row.access_end >= known.access_end else known


def _import_row(
    line: int, row: Mapping[str, Any], heads: Mapping[str, str], reading: Reading, now: datetime, zone: tzinfo
) -> ImportRow:
    # PostgreSQL stores no NUL.
    cells = {name: str(row.get(head) or "").replace("\0", "").strip() for name, head in heads.items()}
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
        line=line,
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


def _dialect(text: str, given_separator: str) -> type[csv.Dialect]:
    """Return a CSV dialect with the separator that the file names, or otherwise the most frequent separator in the
    headings.
    """
    head = text.partition("\n")[0]
    separator = given_separator or max((",", ";", "\t"), key=head.count)

    class Dialect(csv.excel):
        delimiter = separator

    return Dialect


def _texts(part_texts: Mapping[Any, Any], name: str) -> dict[str, str]:
    part = part_texts.get(name) or {}
    if not isinstance(part, Mapping):
        raise InvalidInput(name, "must be names, each with another")
    return {str(key): str(right) for key, right in part.items()}


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
