"""What crosses the application's borders: commands in, views out, and the job payloads between processes."""
