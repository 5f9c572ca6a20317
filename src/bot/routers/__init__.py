"""Routers of the chat by area. Each dispatcher needs new instances."""
