"""Texts of the operator's with places to fill in."""

from string import Formatter

from subscriptions.domain.entities.spoken import phrase


def template(value: str | None, *parts: str) -> str | None:
    """The text itself. Raises ValueError, which names what may be filled in, where it asks for anything else.

    Names alone will do: nothing of what a name stands for (`{brand.__class__}`), no width, which could fill the memory.
    """
    try:
        placeholders = [
            (name, format_spec, width)
            for _, name, width, format_spec in Formatter().parse(value or "")
            if name is not None
        ]
    except ValueError:
        placeholders = [("", None, "")]
    if any(name not in parts or format_spec or width for name, format_spec, width in placeholders):
        names = ", ".join("{" + part + "}" for part in parts)
        raise ValueError(phrase(f"may use only {names}", f"solo puede usar {names}"))
    return value
