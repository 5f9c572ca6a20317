"""The panel's pages and dialogues, one module per area, collected by `bot.panel.index`."""
