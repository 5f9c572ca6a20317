"""Paths of the public pages and pictures of tip records."""

from web.pages import Page


def record_page(plan: str) -> Page:
    """Return the page of a plan's tip record."""
    return Page("record", f"historial/{plan}")


def record_picture_path(page: Page, language: str) -> str:
    """Return the path of a tip record's picture, used in link previews and by other sites."""
    return f"{page.paths[language]}.png"
