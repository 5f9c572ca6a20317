"""One module per area: its pages under `PAGES`, its actions under `ACTIONS`; gathered in `web.console.index`."""
