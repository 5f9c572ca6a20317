"""Panel pages of customers, alarms, bulk expiry and userbot accounts."""
