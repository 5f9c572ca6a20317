"""Pictures, for the processes that draw: the bot its numbers, the web figures and what a link to it shows elsewhere."""

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
