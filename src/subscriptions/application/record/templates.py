"""Which template a reader is told tips in."""

from subscriptions.application.record.tip_text import HOME_LANGUAGE, TEMPLATES, Template
from subscriptions.domain.entities.spoken import nearest


def template_of(language: str) -> Template:
    """The nearest one to a language; the first where there is none."""
    return nearest(TEMPLATES, language) or TEMPLATES[HOME_LANGUAGE]
