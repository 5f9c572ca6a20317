"""Validation of the operator's text templates."""

from string import Formatter

from subscriptions.domain.entities.spoken import phrase


def template(value: str | None, *parts: str) -> str | None:
    """Return the template unchanged. Raises ValueError if it has placeholders other than the allowed `parts`.

    Only plain names are allowed: no attributes (`{brand.__class__}`), which could reveal internal data, and no width,
    which could exhaust the memory.
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
