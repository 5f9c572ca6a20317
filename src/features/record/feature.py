"""Declaration of the tip record feature: its name, description, command and jobs, and the tips that prevent switching
it off completely.
"""

from typing import Final

from subscriptions.application.features import DEFAULT_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="record",
    title=phrase("Record of tips", "Historial de pronósticos"),
    about=phrase(
        "Tips with their results, public and impossible to rewrite, with figures, reminders and a file that proves"
        " them.",
        "Pronósticos con su resultado, públicos e imposibles de modificar, con cifras, recordatorios y un archivo que"
        " los acredita.",
    ),
    needs=("picks",),
    default_for=frozenset({"tips", "signals"}),
    used_when=("SELECT FROM public.record_entries",),
    commands={"record": "publish and settle tips, and verify their record"},
    jobs=frozenset({"core.ask_results", "bot.post_publicly"}),
    live_rows=(
        LiveRows(
            name=phrase("tips without a result", "pronósticos sin resultado"),
            table="record_entries",
            condition="kind = 'published' AND NOT EXISTS (SELECT FROM public.record_entries AS later"
            " WHERE later.tip_id = record_entries.tip_id AND (later.kind = 'settled'"
            " OR (later.kind = 'withdrawn' AND later.at < later.starts_at)))",
        ),
    ),
)


def sells_tips(vertical: str) -> bool:
    """Return True for the vertical (kind of shop) that sells tips. Its customers see the tip record."""
    return vertical == DEFAULT_VERTICAL
