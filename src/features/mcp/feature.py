"""Declaration of the MCP feature: its name, description and command, and its dependency on the API feature."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="mcp",
    title=phrase("Language models (MCP)", "Modelos de lenguaje (MCP)"),
    about=phrase(
        "A language model reads your shop, and changes it if you allow it, through the Model Context Protocol.",
        "Un modelo de lenguaje consulta tu tienda, y la modifica si lo permites, con el Model Context Protocol.",
    ),
    needs=("api",),
    default_for=NO_VERTICAL,
    commands={"mcp": "let a language model read the shop through the Model Context Protocol"},
)
