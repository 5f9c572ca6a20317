"""Declaration of the watermarks feature: its name, description and command, and the pictures that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="marks",
    title=phrase("Watermarks in picks", "Marcas de agua en los picks"),
    about=phrase(
        "Each customer's copy of a pick carries its own watermark, which identifies the customer if the copy is"
        " leaked.",
        "La copia de un pick de cada cliente lleva una marca propia, que dice de quién es si se filtra.",
    ),
    default_for=frozenset({"tips", "signals"}),
    own_setting="PICK_MARKS",
    commands={"leak": "identify the customer whose copy of a pick was leaked"},
    live_rows=(LiveRows(name=phrase("marked pictures", "imágenes con marca"), table="pick_pictures"),),
)
