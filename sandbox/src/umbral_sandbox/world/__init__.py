"""World of the sandbox: one durable state, one clock, one log of the product's calls, and Telegram's rules."""
