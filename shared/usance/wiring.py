"""The composition root: settings to clients to ports. Nothing else makes a client.

Everything is made once for a process and kept, so a warm function makes no connections. boto3 finds the local runtime
by its own environment variables; nothing here knows where it runs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from usance.kernel.clock import Clock, SystemClock
from usance.ports import (
    ControlPlane,
    GatewayOf,
    Machine,
    Objects,
    PaymentGateway,
    Queue,
    Queues,
    Secrets,
    Table,
    Tables,
    Workflows,
)

if TYPE_CHECKING:
    from usance.settings import Settings
    from usance.store.secrets import SecretsManagerSecrets
    from usance.tax.rates import TaxEngine
    from usance.usecases.bill import Billing
    from usance.usecases.directory import Directory


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    import boto3
    from botocore.config import Config

    return boto3.client(service, config=Config(retries={"mode": "standard", "max_attempts": 4}))  # type: ignore[call-overload]


@cache
def clock() -> Clock:
    """The wall clock."""
    return SystemClock()


@cache
def tables(settings: Settings) -> Tables:
    """The hot tables."""
    from usance.store.dynamo import DynamoTables

    names = {
        Table.USAGE: settings.usage_table,
        Table.DOCUMENTS: settings.documents_table,
        Table.LEDGER: settings.ledger_table,
    }
    return DynamoTables(_client("dynamodb"), names)


@cache
def control_plane(settings: Settings) -> ControlPlane:
    """The control table."""
    from usance.store.control import DynamoControlPlane

    return DynamoControlPlane(settings.control_table)


def tax_engine(settings: Settings) -> TaxEngine:
    """Who knows the tax rates: the organisations' own tables."""
    from usance.records.tax_rates import RecordedTaxRates

    return RecordedTaxRates(control_plane(settings))


@cache
def objects(settings: Settings) -> Objects:
    """The bucket."""
    from usance.store.objects import S3Objects

    return S3Objects(_client("s3"), settings.bucket)


@cache
def directory(settings: Settings) -> Directory:
    """Records of the control plane that this process remembers for a minute."""
    from usance.usecases.directory import Directory

    return Directory(control_plane(settings), clock())


@cache
def queues(**urls: str) -> Queues:
    """The queues a function may send to, by name: `queues(bill=url)`."""
    from usance.store.queues import SqsQueues

    return SqsQueues(_client("sqs"), {Queue(name): url for name, url in urls.items()})


@cache
def workflows(**arns: str) -> Workflows:
    """The state machines a function may start, by name: `workflows(collect_payment=arn)`."""
    from usance.store.workflows import StepWorkflows

    return StepWorkflows(_client("stepfunctions"), {Machine(name): arn for name, arn in arns.items()})


@cache
def _secrets_manager() -> SecretsManagerSecrets:
    from usance.store.secrets import SecretsManagerSecrets

    return SecretsManagerSecrets(_client("secretsmanager"), clock())


def secrets() -> Secrets:
    """Provider credentials."""
    return _secrets_manager()


def operator_key(secret: str) -> str | None:
    """The operator's key by the name of its secret, read at most every five minutes; None when there is none."""
    values = _secrets_manager().read_named(secret)
    return values.get("key") if values else None


@cache
def billing(settings: Settings) -> Billing:
    """What billing needs: contracts, documents, evidence and usage."""
    from usance.usecases.bill import Billing
    from usance.usecases.read_usage import UsageReader

    # It remembers buckets, which never change, from one contract to the next.
    read = UsageReader(tables(settings), objects(settings))
    return Billing(control_plane(settings), tables(settings), objects(settings), read)


@cache
def gateway_of(stripe_api_base: str) -> GatewayOf:
    """Organisations' gateways to payment providers, by their own credentials; None for one that is not connected."""

    def of(organisation: str, provider: str) -> PaymentGateway | None:
        values = secrets().read(organisation, provider) if provider == "stripe" else None
        if values is None:
            return None
        webhook_secrets = (values.get("webhook_secret", ""), values.get("webhook_secret_previous", ""))
        return _stripe(values["api_key"], webhook_secrets, stripe_api_base)

    return of


@lru_cache(maxsize=256)
def _stripe(api_key: str, webhook_secrets: tuple[str, ...], base: str) -> PaymentGateway:
    from usance.gateways.stripe import StripeGateway

    return StripeGateway(api_key, webhook_secrets, base)
