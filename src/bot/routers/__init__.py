"""Routers of the chat, one module per area. A router belongs to one dispatcher, so each dispatcher
needs new routers.
"""
