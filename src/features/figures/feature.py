"""Declaration of the statistics feature: its name and description."""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="figures",
    title=phrase("Figures", "Cifras"),
    about=phrase(
        "Revenue, recurring revenue, retention and the reasons why people leave, by month, with charts and files.",
        "Ingresos, ingresos recurrentes, retención y motivos de baja, mes a mes, con gráficos y archivos.",
    ),
    default_for=ALL_VERTICALS,
)
