"""Personal channels: creation, setup, maintenance and deletion by the userbot accounts that own them."""
