"""Worker process: payment events and scheduled work."""
