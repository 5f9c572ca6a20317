"""Data that crosses the application's boundary: commands, views, and the job payloads between processes."""
