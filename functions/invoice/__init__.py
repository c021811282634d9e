"""Invoices: the steps of the billing run, billing chunks of contracts, collecting payment, sweeping up."""
