"""The composition roots: settings become adapters, adapters become use cases. One module per process.

Only this package imports `infrastructure`; each process imports its own module here and nothing of the others, so that
the web's image needs no Telethon and the userbot's no FastAPI.
"""
