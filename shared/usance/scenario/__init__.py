"""Scenario files: a contract as code, run in memory under a clock that the file controls."""
