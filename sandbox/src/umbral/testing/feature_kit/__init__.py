"""Rules that every feature has to pass, whoever wrote it."""
