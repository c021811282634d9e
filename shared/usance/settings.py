"""Settings of each Lambda function, read once from the environment and validated when it starts.

The infrastructure reads the same models: a function whose environment lacks a setting, or has one that no setting
takes, cannot be synthesised (`infra/constructs/function.py`).
"""

from __future__ import annotations

import os
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What every function is told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    control_table: str = Field(description="table of organisations, keys, customers, catalog and contracts")
    usage_table: str = Field(description="table of small batches, single events, manifests and quantities")
    documents_table: str = Field(description="table of documents, numbers, payments, attempts and the outbox")
    ledger_table: str = Field(description="table of journal entries and revenue schedules")
    bucket: str = Field(description="bucket of raw, folded, documents and exports")

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raises pydantic's ValidationError naming every setting that is missing."""
        return cls.model_validate({name: value for name in cls.model_fields if (value := os.environ.get(name.upper()))})

    @classmethod
    def environment_names(cls) -> frozenset[str]:
        """The environment variables this model reads."""
        return frozenset(name.upper() for name in cls.model_fields)


class IngestSettings(Settings):
    """functions/ingest/handler.py"""


class FoldSettings(Settings):
    """functions/aggregate/fold.py"""


class AlertSettings(Settings):
    """functions/aggregate/alerts.py"""


class RunSettings(Settings):
    """functions/invoice/run.py: the steps of the billing run"""

    bill_queue_url: str


class BillSettings(Settings):
    """functions/invoice/bill.py: chunks of contracts from the queue"""

    collect_payment_arn: str
    schedule_revenue_arn: str


class SweepSettings(BillSettings):
    """functions/invoice/sweep.py: what should be under way and is not"""

    bill_queue_url: str


class CollectSettings(Settings):
    """functions/invoice/collect.py: the steps of collecting a payment"""

    stripe_api_base: str = "https://api.stripe.com"
    test_clock_poll_seconds: int = Field(60, ge=1, description="how often a workflow of a test organisation looks")


class RevenueSettings(Settings):
    """functions/revrec/handler.py: the steps of scheduling and recognising revenue"""


class HookSettings(Settings):
    """functions/webhooks/app.py: inbound provider webhooks"""

    hook_queue_url: str
    stripe_api_base: str = "https://api.stripe.com"


class ApplySettings(Settings):
    """functions/webhooks/apply.py: applies verified webhooks"""

    stripe_api_base: str = "https://api.stripe.com"


class ApiSettings(Settings):
    """functions/api/handler.py: the control plane"""

    operator_secret: str = Field(description='name or ARN of the secret {"key": ...} of the operator')
    billing_run_arn: str
    stripe_api_base: str = "https://api.stripe.com"
