"""What comes from outside, kept before anything is done about it."""
