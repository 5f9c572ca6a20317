"""Payment providers' stand-ins, and what they share: webhook deliveries, hosted pages, one neutral surface."""
