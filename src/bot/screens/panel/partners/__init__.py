"""Screens of partners in the panel."""
