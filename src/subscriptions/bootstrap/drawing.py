"""Drawing functions for the processes that create pictures: charts in the bot, and figures and link previews in the
web.
"""

from subscriptions.infrastructure.drawing import render_png
from subscriptions.infrastructure.drawing.charts import ACCENT, Series, chart, of_money
from subscriptions.infrastructure.drawing.record_picture import curve_points, record_picture
from subscriptions.infrastructure.drawing.scale import Scale

__all__ = [
    "ACCENT",
    "Scale",
    "Series",
    "chart",
    "curve_points",
    "of_money",
    "record_picture",
    "render_png",
]
