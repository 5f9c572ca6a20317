"""Let a customer who lost a Telegram account continue with a second one."""
