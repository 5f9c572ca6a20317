"""Simulators of payment providers, and their shared parts: webhook deliveries, hosted pages, one neutral interface."""
