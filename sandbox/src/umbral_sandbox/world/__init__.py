"""The sandbox's world: one durable state, one clock, one log of wire calls, and the rules of Telegram."""
