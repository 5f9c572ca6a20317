"""Simulators of payment providers, and their shared parts: webhook deliveries, hosted pages, a provider-neutral
interface.
"""
