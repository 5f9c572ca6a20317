"""Panel screens of customers, alarms and userbot accounts."""
