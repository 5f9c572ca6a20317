"""Panel screens of custom texts."""
