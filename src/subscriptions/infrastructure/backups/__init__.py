"""Backups of the database: create, store, verify and restore them."""
