"""The control plane, previews, invoices and their hosted page."""
