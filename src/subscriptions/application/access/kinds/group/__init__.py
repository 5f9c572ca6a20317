"""A supergroup that all who pay for it share."""
