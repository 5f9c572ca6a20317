"""Export files of other systems: the rows that are read, and the errors reported for wrong lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.moving.use_cases import people_files
from features.moving.use_cases.people_files import Reading, read_people
from subscriptions.application.dto.yaml_file import read_yaml
from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.errors import InvalidInput
from tests.fakes.samples import NOON

MADRID = ZoneInfo("Europe/Madrid")
EXAMPLES = Path(__file__).parents[3] / "examples" / "moving"


def read(text: str, **reading: object) -> tuple[list[tuple[object, ...]], list[tuple[int, str, str]]]:
    import_rows, faults, _ = read_people(text, Reading.from_record(reading or None), NOON, MADRID)
    reported = [(each.line, each.telegram_id, each.plan, each.access_end) for each in import_rows]
    return reported, [(fault.line, fault.field, fault.reason) for fault in faults]


def test_file_with_default_column_names_is_read_without_a_mapping() -> None:
    reported, faults = read("telegram_id,plan,until\n7000000001,retabet,2026-12-31\n")
    assert reported == [(2, 7000000001, "retabet", datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC))]
    assert faults == []


def test_file_with_custom_columns_separators_and_dates_is_read_with_a_mapping() -> None:
    reported, faults = read(
        "Id;Producto;Fin;Estado\n7;Premium;31/12/2026 18:00;activo\n8;Premium;Nunca;activo\n9;Premium;x;baja\n",
        columns={"telegram_id": "Id", "plan": "Producto", "until": "Fin"},
        plans={"Premium": "retabet"},
        only={"Estado": ["activo"]},
        forever=["Nunca"],
        dates="%d/%m/%Y %H:%M",
    )
    assert reported == [
        (2, 7, "retabet", datetime(2026, 12, 31, 17, tzinfo=UTC)),
        (3, 8, "retabet", NOON + timedelta(days=DURATION_LIMIT)),
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("a,x,retabet,2026-12-31", "telegram_id"),
        ("a,-5,retabet,2026-12-31", "telegram_id"),
        ("a,99999999999999999999999,retabet,2026-12-31", "telegram_id"),
        ("a,5,,2026-12-31", "plan"),
        ("a,5,retabet,", "until"),
        ("a,5,retabet,tomorrow", "until"),
        ("a,5,retabet,9999-12-31", "until"),
        (",,retabet,2026-12-31", "key"),
        ("first,6,retabet,2026-12-31", "key"),
        ("a" * 201 + ",6,retabet,2026-12-31", "key"),
    ],
)
def test_wrong_line_is_reported_with_its_field(line: str, field: str) -> None:
    reported, faults = read(f"key,telegram_id,plan,until\nfirst,5,retabet,2026-12-31\n{line}\n")
    assert [each[0] for each in reported] == [2]
    assert [(number, name) for number, name, _ in faults] == [(3, field)]
    assert faults[0][2]


@pytest.mark.parametrize("text", ["", "name,until\nAna,2026-12-31\n", "plan,until\n" + "x" * 200_000])
def test_invalid_import_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_people(text, Reading(), NOON, MADRID)
    assert refused.value.field == "file"


def test_mapped_column_that_the_file_lacks_is_refused_with_its_headings() -> None:
    with pytest.raises(InvalidInput, match="has no column nick, but telegram_id, plan, until"):
        read_people("telegram_id,plan,until\n", Reading(columns={"username": "Nick"}), NOON, MADRID)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "mapping"),
        ({"colums": {}}, "mapping"),
        ({"columns": {"email": "E-mail"}}, "columns"),
        ({"columns": ["Id"]}, "columns"),
        ({"only": {"Status": "active"}}, "only"),
        ({"forever": "Lifetime"}, "forever"),
        ({"forever": [None]}, "forever"),
        ({"plans": {"VIP": None}}, "plans"),
        ({"only": {"Status": ["a"], "status": ["b"]}}, "only"),
        ({"dates": ["%d"]}, "dates"),
        ({"dates": "%d/%m"}, "dates"),
        ({"dates": "%B %Y"}, "dates"),
        ({"dates": "dd/mm/yyyy"}, "dates"),
        ("VIP", "mapping"),
    ],
)
def test_wrong_import_mapping_is_refused(given: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Reading.from_record(given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "field", "line"),
    [
        ("columns: {plan: Plan}\ncolums: {}", "mapping", 2),
        ("columns:\n  plan: Plan\n  email: Mail", "columns", 3),
        ("only:\n  Status: active", "only", 1),
        ("plans:\n  VIP: retabet\n  VIP: other", "file", 3),
    ],
)
def test_refused_mapping_file_names_the_line(text: str, field: str, line: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Reading.from_record(read_yaml(text))
    assert refused.value.field == field
    assert refused.value.problem.startswith(f"line {line}: ")


def test_words_of_a_mapping_file_are_kept_as_written() -> None:
    reading = Reading.from_record(read_yaml("plans: {No: 007}\nonly: {Status: [Yes, 1.0]}\nforever: [0]"))
    assert (reading.plans, reading.only, reading.forever) == ({"No": "007"}, {"Status": ["Yes", "1.0"]}, ["0"])


@pytest.mark.parametrize("name", ["invitemember", "launchpass", "memberpass"])
def test_example_export_of_another_system_is_read_with_its_example_mapping(name: str) -> None:
    reading = Reading.from_record(read_yaml((EXAMPLES / f"{name}.yaml").read_text()))
    import_rows, faults, _ = read_people((EXAMPLES / f"{name}.csv").read_text(), reading, NOON, MADRID)
    assert faults == []
    assert [(each.telegram_id is None, each.plan) for each in import_rows] == [(name == "launchpass", "retabet")] * 2


@pytest.mark.parametrize("wrong", [0, 2])
def test_file_above_the_line_limit_is_refused(wrong: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_files, "MOST", 3)
    lines = [*["7,,2026-12-31"] * wrong, *(f"{number},retabet,2026-12-31" for number in range(1, 4 - wrong))]
    full = "\n".join(["telegram_id,plan,until", *lines])
    reported, faults = read(full)
    assert (len(reported), len(faults)) == (3 - wrong, wrong)
    with pytest.raises(InvalidInput, match="more than 3 lines"):
        read(f"{full}\n9,retabet,2026-12-31")


def test_invalid_lines_of_a_file_with_ten_thousand_lines_are_reported_by_number() -> None:
    """`umbral import` imports nothing if a line is wrong."""
    lines = [f"m{number},{number},retabet,2026-12-31" for number in range(1, 10_001)]
    lines[0], lines[4_999], lines[-1] = (
        "m1,x,retabet,2026-12-31",
        "m5000,5000,,2026-12-31",
        "m10000,10000,retabet,tomorrow",
    )
    reported, faults = read("\n".join(["key,telegram_id,plan,until", *lines]))
    assert [(line, field) for line, field, _ in faults] == [(2, "telegram_id"), (5_001, "plan"), (10_001, "until")]
    assert [line for line, *_ in reported] == [line for line in range(3, 10_001) if line != 5_001]


def test_longest_allowed_access_is_accepted_and_one_second_more_is_refused() -> None:
    latest = NOON + timedelta(days=DURATION_LIMIT)
    reported, faults = read(f"telegram_id,plan,until\n7,retabet,{latest:%Y-%m-%dT%H:%M:%SZ}\n")
    assert (reported, faults) == ([(2, 7, "retabet", latest)], [])
    reported, faults = read(f"telegram_id,plan,until\n7,retabet,{latest + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}\n")
    assert (reported, [each[:2] for each in faults]) == ([], [(2, "until")])


HEAD = "telegram_id,username,name,plan,until"
LAST_OF_2027 = datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        f"sep=;\n{HEAD.replace(',', ';')}\n7;ana;Ana;retabet;2027-12-31\n",
        f"SEP=,\r\n{HEAD}\r\n7,ana,Ana,retabet,2027-12-31\r\n",
        f"{HEAD}\n7,ana,Ana,retabet,2027-12-31\n,,,,\n , ,,,\n",
        f"{HEAD}\n7,ana,Ana,retabet,2027-11-30\n7,ana,Ana,retabet,2027-12-31\n",
        f"{HEAD}\n7,ana,Ana,retabet,2027-12-31\n7,ana,Ana,retabet,2027-11-30\n",
        "Telegram_ID, Username, Name, Plan, Until\n7, ana, Ana, retabet, 2027-12-31\n",
        "TELEGRAM_ID;USERNAME;NAME;PLAN;UNTIL\n7;@ana;Ana;retabet;2027-12-31\n",
        f"{HEAD}\n7,https://t.me/ana,Ana,retabet,2027-12-31\n",
        f"{HEAD}\n7,t.me/ana,Ana,retabet,2027-12-31T23:59:59+01:00\n",
        f"{HEAD}\n7,ana,Ana,retabet,2027-12-31\n".replace("\n", "\r"),
        f'\ufeff\n"sep=|"\n{HEAD}\n7,ana,Ana,retabet,2027-12-31\n'.replace(",", "|"),
        f"{HEAD}\n7,ana,Ana,retabet,2027-12-31\n".replace(",", "\t"),
    ],
)
def test_spreadsheet_export_can_be_read(text: str) -> None:
    import_rows, faults, _ = read_people(text, Reading(), NOON, MADRID)
    assert faults == []
    assert [(each.telegram_id, each.username, each.access_end) for each in import_rows] == [(7, "ana", LAST_OF_2027)]


def test_duplicate_key_in_an_import_file_is_refused() -> None:
    _, faults = read("key,telegram_id,plan,until\na,5,retabet,2026-12-31\na,6,retabet,2026-12-31\n")
    assert [(line, field) for line, field, _ in faults] == [(3, "key")]


@pytest.mark.parametrize(
    ("written", "dates", "end"),
    [
        ("2026-12-31", "", "2026-12-31T22:59:59+00:00"),
        ("2026-07-31", "", "2026-07-31T21:59:59+00:00"),
        ("20261231", "", "2026-12-31T22:59:59+00:00"),
        *((f"2026-12-31{hour}", "", "2026-12-31T22:59:59+00:00") for hour in ("T00:00:00", " 00:00", " 00:00:00.000")),
        ("2026-12-31T00:00:00+01:00", "", "2026-12-31T22:59:59+00:00"),
        ("2026-12-31T00:00:00Z", "", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T00:00:00+02:00", "", "2026-12-30T22:00:00+00:00"),
        ("2026-12-31 18:00", "", "2026-12-31T17:00:00+00:00"),
        ("2026-07-31 18:00", "", "2026-07-31T16:00:00+00:00"),
        ("2026-12-31T18:00:00+02:00", "", "2026-12-31T16:00:00+00:00"),
        ("31/12/2026", "%d/%m/%Y", "2026-12-31T22:59:59+00:00"),
        ("31/12/2026 00:00", "%d/%m/%Y %H:%M", "2026-12-31T22:59:59+00:00"),
        ("12/31/2026 12:00 AM", "%m/%d/%Y %I:%M %p", "2026-12-31T22:59:59+00:00"),
        ("31/12/2026 18:00", "%d/%m/%Y %H:%M", "2026-12-31T17:00:00+00:00"),
        ("31/12/2026 18:00 +0200", "%d/%m/%Y %H:%M %z", "2026-12-31T16:00:00+00:00"),
    ],
)
def test_day_or_midnight_means_the_end_of_that_day_in_the_shops_time_zone(written: str, dates: str, end: str) -> None:
    reported, faults = read(f"telegram_id,plan,until\n7,retabet,{written}\n", dates=dates)
    assert faults == []
    assert reported[0][3] == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    "name", ["https://t.me/ana", "HTTP://www.t.me/ana", "t.me/ana?start=1", "telegram.me/ana/", "@ana", "ana"]
)
def test_link_to_a_person_is_read_as_the_username(name: str) -> None:
    (import_row,), _, _ = read_people(
        f"telegram_id,username,plan,until\n5,{name},retabet,2026-12-31\n", Reading(), NOON, MADRID
    )
    assert import_row.username == "ana"


@pytest.mark.parametrize("column", ["username", "name"])
def test_characters_that_the_database_refuses_are_removed(column: str) -> None:
    (import_row,), _, _ = read_people(
        f"telegram_id,{column},plan,until\n5,A\0na,retabet,2026-12-31\n", Reading(), NOON, MADRID
    )
    assert getattr(import_row, column) == "Ana"


def test_file_whose_first_line_is_not_csv_is_refused() -> None:
    with pytest.raises(InvalidInput, match="line 1 is no CSV"):
        read("x" * 200_000)


def test_quotation_that_never_ends_is_named_with_its_line() -> None:
    with pytest.raises(InvalidInput, match="line 3 is no CSV"):
        read(
            'telegram_id,name,plan,until\n5,Ana,retabet,2026-12-31\n6,"Eva,retabet,2026-12-31\n7,Leo,retabet,2026-12-31'
        )


def test_line_with_more_values_than_columns_is_reported() -> None:
    reported, faults = read("telegram_id,plan,until,name\n5,retabet,2026-12-31,Pérez, Ana\n")
    assert (reported, [each[:2] for each in faults]) == ([], [(2, "surplus")])


def test_column_that_occurs_twice_is_refused_if_it_is_read() -> None:
    with pytest.raises(InvalidInput, match="the column plan occurs twice"):
        read("telegram_id,plan,plan,until\n5,a,retabet,2026-12-31\n")
    reported, faults = read("telegram_id,notes,plan,notes,until\n5,a,retabet,b,2026-12-31\n")
    assert (len(reported), faults) == (1, [])


STATES = "telegram_id,plan,status,until\n" + "".join(
    f"{number},retabet,{status},2026-12-31\n" for number, status in ((5, "Active"), (6, "Active"), (7, ""))
)


def test_filter_that_takes_nothing_is_refused_with_the_values_of_the_column() -> None:
    with pytest.raises(InvalidInput) as refused:
        read(STATES, only={"Status": ["active"]})
    assert refused.value.field == "only"
    assert "leaves out all 3 lines; the file has status: Active (2), status: empty (1)" in refused.value.problem


def test_rows_that_a_filter_leaves_out_are_counted_by_value() -> None:
    found = read_people(STATES, Reading(only={"status": ["Active"]}), NOON, MADRID)
    assert (len(found.rows), found.left_out) == (2, {("status", ""): 1})
