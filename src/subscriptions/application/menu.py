"""Sections of the staff menus in the console and the panel."""

from enum import StrEnum


class MenuSection(StrEnum):
    """Section of the menus, in menu order. The texts are `section.{value}`."""

    TODAY = "today"
    """Section with the tasks that staff must do now, and the activity since yesterday."""
    CUSTOMERS = "customers"
    MONEY = "money"
    OFFER = "offer"
    """Section with plans, promotions and other offers."""
    CHATS = "chats"
    MESSAGES = "messages"
    FIGURES = "figures"
    SETTINGS = "settings"
