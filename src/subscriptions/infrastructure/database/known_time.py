"""Time span in which the database accepts record entries. It is based on the clock that the installation follows.

The database uses its own clock, so no login can backdate an entry. Only the owner of the tables changes the span.
"""

from typing import Final

_NOW: Final = "clock_timestamp()"
_MINUTE: Final = "interval '1 minute'"


def statement(*, clock_moves: bool = False) -> str:
    """Return the SQL that recreates `umbral_present()`, which the trigger of migration `seal_records` calls.

    clock_moves: the installation follows a clock that is set ahead and never back (CLOCK_URL), so an entry may be dated
    later than the database's clock, but not earlier
    """
    upper_bound = "NULL" if clock_moves else f"{_NOW} + {_MINUTE}"
    return definition(f"tstzrange({_NOW} - {_MINUTE}, {upper_bound})")


def definition(span: str) -> str:
    """Return the SQL that makes the function return a `tstzrange`. span: our own constant SQL."""
    return (
        "CREATE OR REPLACE FUNCTION public.umbral_present() RETURNS tstzrange LANGUAGE sql VOLATILE"
        f" SET search_path = pg_catalog AS $present$ SELECT {span} $present$"
    )
