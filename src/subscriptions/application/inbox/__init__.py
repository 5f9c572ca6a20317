"""Inbox: external events and updates, stored before they are handled."""
