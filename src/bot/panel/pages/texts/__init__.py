"""Panel pages of custom texts."""
