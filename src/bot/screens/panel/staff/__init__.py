"""Panel screens of features, business settings, and secrets that are shown only once."""
