"""Re-export of the drawing functions for the processes that create pictures: charts in the bot, and charts and link
previews in the web process.
"""

from subscriptions.infrastructure.drawing import FONT, render_png
from subscriptions.infrastructure.drawing.charts import ACCENT, Series, chart, of_money
from subscriptions.infrastructure.drawing.profit_curve import ProfitCurve, profit_curve
from subscriptions.infrastructure.drawing.scale import Scale

__all__ = [
    "ACCENT",
    "FONT",
    "ProfitCurve",
    "Scale",
    "Series",
    "chart",
    "of_money",
    "profit_curve",
    "render_png",
]
