"""Adapters for databases, providers and Telegram. Imported by `bootstrap` only."""
