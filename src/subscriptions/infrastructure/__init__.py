"""Adapters: everything that speaks to a database, a provider or Telegram. Imported by `bootstrap` only."""
