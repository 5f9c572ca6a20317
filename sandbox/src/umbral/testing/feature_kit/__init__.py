"""Rules that every feature must pass, whether first-party or third-party."""
