"""Pictures, for the processes that draw: the bot its numbers, the web figures and what a link to it shows elsewhere."""

from subscriptions.infrastructure.drawing import render_png
from subscriptions.infrastructure.drawing.charts import Series, chart, of_money
from subscriptions.infrastructure.drawing.scale import Scale

__all__ = ["Scale", "Series", "chart", "of_money", "render_png"]
