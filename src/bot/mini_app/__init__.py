"""The chat's screens, shown in the Mini App."""
