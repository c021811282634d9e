"""Usance: billing as a data pipeline.

    events -> quantities -> charges -> documents -> payments
                                 |
                                 +-> journal -> revenue schedules

The packages follow that order, and imports point one way (pyproject.toml, `tool.importlinter`):

kernel      money, amounts, periods, recurrence, clock, ids, errors, derivations
ledger      accounts, balanced journal entries, balances
catalog     metrics and prices as people write them
contract    contracts as recorded amendments; timeline and billing schedule
metering    usage events and what a metric makes of them
pricing     quantities -> charges, one file for each price model
invoicing   charges -> lines -> documents, by reconciliation with what was issued
payments    payments, attempts, what to do after each answer of a provider
revenue     revenue schedules and their recognition
pipeline    pure: (facts, as_of) -> what should exist
ports       protocols with more than one implementation
usecases    plain functions that read facts, ask the pipeline, and record
store       DynamoDB, S3 and in-memory storage behind the ports
gateways    payment providers behind the ports
documents   invoice pages
settings, observability, wiring, scenario, cli   the edges
"""
