"""Join requests, member audits and removals in channels, handled by the userbot account that owns the channel."""
