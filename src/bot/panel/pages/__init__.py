"""The panel's places and dialogues, one module per area, gathered by `bot.panel.index`."""
