"""What whole screens show, read across the rooms below."""
