"""Pool of userbot accounts that own channels."""
