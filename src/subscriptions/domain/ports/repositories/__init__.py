"""What the use cases ask of the database, by room. Nothing here commits; `lock` holds the row until the end."""
