"""Declaration of the feature."""

from typing import Final

from subscriptions.application.features import Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="survey",
    title=phrase("Survey after cancellation", "Encuesta al cancelar"),
    about=phrase(
        "Asks customers who cancelled why, and counts the answers.",
        "Pregunta el motivo a quien cancela y cuenta las respuestas.",
    ),
    default_for=frozenset(),
)
