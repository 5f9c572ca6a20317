"""Screens of the panel about the room `resources`."""
