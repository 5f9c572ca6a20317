"""Drawing of tip records as pictures. The module is imported when the first picture is needed."""

from typing import Final

from bot.texts import Texts
from features.record.adapters.record_picture import record_picture
from features.record.screens.record import drawn_figures
from features.record.use_cases.read_record import RecordView
from subscriptions.bootstrap.drawing import ACCENT, profit_curve, render_png
from subscriptions.domain.entities.spoken import text_for

_SHARPNESS: Final = 3
"""Number of pixels per unit of the drawing, to suit the resolution of a phone's screen."""


def draw_record(t: Texts, view: RecordView, brand: str) -> bytes:
    """Return a tip record as a PNG, with the same content as its web page."""
    return render_png(
        record_picture(
            brand=brand,
            accent=ACCENT,
            heading=f"{text_for(view.plan.name, t.language)} · {t.plain('record.drawn.heading')}",
            figures=drawn_figures(t, view),
            curve=profit_curve(view.figures.curve, view.months, t.language),
            foot=t.plain("record.care"),
        ),
        _SHARPNESS,
    )
