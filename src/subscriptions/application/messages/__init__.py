"""What customers are told, each message once."""
