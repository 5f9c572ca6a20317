"""A channel of the operator's that all who pay for it share."""
