"""Routers, one per concern, each with only the use cases it calls."""
