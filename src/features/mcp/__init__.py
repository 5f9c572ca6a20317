"""Feature: MCP server that gives language models access to the shop's API (Model Context Protocol)."""
