"""Losing everything, and coming back: backups by the clock, and what follows when one was brought back."""
