"""Pages of the console, one module per area with its `PAGES` and `ACTIONS`, collected in `web.console.index`."""
