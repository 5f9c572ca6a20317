"""Sections of the menus that staff sees, in console and panel."""

from enum import StrEnum


class MenuSection(StrEnum):
    """One of the eight sections, in the order in which menus list them. Texts are `section.{value}`."""

    TODAY = "today"
    """What needs a person now, and what happened since yesterday."""
    CUSTOMERS = "customers"
    MONEY = "money"
    OFFER = "offer"
    """Plans, promotions, and everything else by which people buy."""
    CHATS = "chats"
    MESSAGES = "messages"
    FIGURES = "figures"
    SETTINGS = "settings"
