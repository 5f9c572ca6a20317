"""Panel screens of staff, API keys, settings and features."""
