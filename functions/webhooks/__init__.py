"""Webhooks of payment providers: taken in, and applied from a queue."""
