"""Screens of the record."""
