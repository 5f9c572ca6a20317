"""Declaration of the feature."""

from typing import Final

from subscriptions.application.features import Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="bingo",
    title=phrase("Bingo", "Bingo (es)"),
    about=phrase("Say what it does for the shop.", "Di qué hace por la tienda."),
    default_for=frozenset(),
)
