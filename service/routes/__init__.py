"""Routes of the service: one module for each thing one asks about."""
