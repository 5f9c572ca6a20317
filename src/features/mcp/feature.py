"""Declaration of the feature."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="mcp",
    title=phrase("Language models (MCP)", "Modelos de lenguaje (MCP)"),
    about=phrase(
        "A language model reads the shop, and changes it where you allow that, by the Model Context Protocol.",
        "Un modelo de lenguaje lee la tienda, y la cambia si lo permites, por el Model Context Protocol.",
    ),
    needs=("api",),
    default_for=NO_VERTICAL,
    commands={"mcp": "let a language model read the shop, by the Model Context Protocol"},
)
