"""Composition roots, which wire settings to adapters and adapters to use cases. One module per process.

Only this package imports `infrastructure`. Each process imports only its own module, so that the web image needs no
Telethon and the userbot image no FastAPI.
"""
