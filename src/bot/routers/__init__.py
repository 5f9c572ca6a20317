"""The conversation by area; every router is made anew for each dispatcher."""
