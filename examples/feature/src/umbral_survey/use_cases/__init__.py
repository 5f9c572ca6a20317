"""Use cases of the survey: storing answers, and sending the question."""
