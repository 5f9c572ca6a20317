"""Feature: a customer who lost a Telegram account continues with a second one."""
