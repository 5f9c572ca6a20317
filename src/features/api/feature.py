"""Declaration of the API feature: its name and description, and the API keys that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="api",
    title=phrase("API for your programs", "API para tus programas"),
    about=phrase(
        "Your own programs read customers and payments, and run staff commands, each with its own key.",
        "Tus programas leen clientes y pagos, y ejecutan acciones del equipo, cada uno con su propia clave.",
    ),
    default_for=NO_VERTICAL,
    used_when=("SELECT FROM public.api_keys",),
    commands={"keys": "create, list and revoke API keys for your own programs"},
    live_rows=(LiveRows(name=phrase("API keys", "claves de API"), table="api_keys"),),
)
