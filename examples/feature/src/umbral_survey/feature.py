"""Declaration of the feature `survey`: its name, its description, and the jobs that it handles."""

from typing import Final

from subscriptions.application.features import Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="survey",
    title=phrase("Survey after cancellation", "Encuesta al cancelar"),
    about=phrase(
        "Asks customers why they cancelled, some days later, and counts the answers.",
        "Pregunta el motivo a quien cancela, unos días después, y cuenta las respuestas.",
    ),
    default_for=frozenset(),
    jobs=frozenset({"worker.note_cancellation"}),
)
