"""SQL function that returns the time span in which a new entry of a plan's tip record must be dated.

The database compares an entry's time with its own clock, so no login can backdate an entry. Only the owner of the
tables can change the span.
"""

from typing import Final

_NOW: Final = "clock_timestamp()"
_MINUTE: Final = "interval '1 minute'"


def statement(*, clock_moves: bool = False) -> str:
    """Return the SQL that creates or replaces `umbral_present()`, which the trigger of migration `seal_records` calls.

    clock_moves: the installation follows a clock that may be set ahead but never back (CLOCK_URL), so an entry may be
    later than the database's clock, but not earlier
    """
    upper_bound = "NULL" if clock_moves else f"{_NOW} + {_MINUTE}"
    return definition(f"tstzrange({_NOW} - {_MINUTE}, {upper_bound})")


def definition(span: str) -> str:
    """Return the SQL of a function that returns the given `tstzrange`. `span`: constant SQL, never user input."""
    return (
        "CREATE OR REPLACE FUNCTION public.umbral_present() RETURNS tstzrange LANGUAGE sql VOLATILE"
        f" SET search_path = pg_catalog AS $present$ SELECT {span} $present$"
    )
