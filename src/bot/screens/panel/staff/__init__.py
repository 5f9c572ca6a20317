"""What staff does, and by which programs, as the panel shows it."""
