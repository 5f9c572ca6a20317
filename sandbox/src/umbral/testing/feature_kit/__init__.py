"""Rules that every feature has to pass, first-party or third-party."""
