"""Panel pages of staff commands, features and business settings."""
