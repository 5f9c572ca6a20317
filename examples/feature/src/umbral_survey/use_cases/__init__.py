"""Use cases of the survey."""
