"""World of the sandbox: one durable state, one clock, one log of wire calls, and Telegram's rules."""
