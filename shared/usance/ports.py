"""Protocols of everything outside: storage, objects, queues, workflows, secrets, payment providers.

Only what has a second implementation is a port: each of these has one on AWS and one in memory (`store.memory`),
and one suite of tests runs on both. All keys begin with the organisation's id (or `~` for what belongs to the
installation itself), so that a role can be limited to one tenant by its leading keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from usance.kernel.money import Money
from usance.payments.outcome import ChargeResult

Body = Mapping[str, Any]
"""JSON values without floats: text, whole numbers, booleans, null, lists and objects."""


# -- tables ----------------------------------------------------------------------------------------------------------


class Table(StrEnum):
    """The three hot tables. The fourth, control, is behind `ControlPlane`."""

    USAGE = "usage"
    DOCUMENTS = "documents"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Key:
    """Where an item is. `partition` begins with the organisation id."""

    table: Table
    partition: str
    sort: str


@dataclass(frozen=True, slots=True)
class Item:
    """A stored fact. `version` counts its writes from 1. `expires_at` lets the table drop it some time later."""

    key: Key
    body: Body
    version: int = 1
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Write an item. `expect` None: only if nothing is there; a number: only over that version."""

    key: Key
    body: Body
    expect: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item if it still has that version; absent already is success."""

    key: Key
    expect: int


@dataclass(frozen=True, slots=True)
class Require:
    """Write nothing, but demand that the item has that version (None: that nothing is there)."""

    key: Key
    expect: int | None


Change = Put | Delete | Require


class TransactionRefused(Exception):  # noqa: N818 - an answer, not a fault: the caller reads again and decides
    """A condition did not hold, so nothing was written. `keys` are those that failed, as far as is known.

    A write whose answer was lost and that the SDK repeated is refused too: read the keys again, and what carries
    this very change is success.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        super().__init__("condition failed for " + ", ".join(f"{key.partition}/{key.sort}" for key in keys))


class Tables(Protocol):
    """Items by key, read consistently, written all together or not at all."""

    def get(self, key: Key) -> Item | None:
        """The item as last written."""
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist, for any number of keys."""
        ...

    def query(
        self,
        table: Table,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """Items of a partition by sort key: those that begin with `prefix`, lie past `after` (exclusive, in the
        direction of travel) and not past `until` (inclusive), at most `limit` of them, page by page as needed."""
        ...

    def transact(self, changes: Sequence[Change]) -> None:
        """Make 1 to 100 changes of distinct keys, all or none. Raises TransactionRefused."""
        ...


# -- control plane ---------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """Kinds of control-plane records; the value is the prefix of their ids."""

    ORGANISATION = "org"
    API_KEY = "key"
    CUSTOMER = "cus"
    EVENT_TYPE = "evt"
    METRIC = "met"
    PRODUCT = "prd"
    CONTRACT = "ctr"
    PAYMENT_METHOD = "pm"
    PROVIDER = "prv"
    COUPON = "cpn"
    ENTITLEMENT = "ent"
    ALERT = "alr"
    TAX_CATEGORY = "txc"
    TAX_RATE = "txr"


@dataclass(frozen=True, slots=True)
class Record:
    """A control-plane record. `external_id` is the caller's own id, unique for its kind in the organisation."""

    organisation: str
    kind: Kind
    id: str
    body: Body
    created_at: datetime
    external_id: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order, and the id after which the next page begins (None: there is none)."""

    records: tuple[Record, ...]
    next_after: str | None


class ControlPlane(Protocol):
    """Records by organisation, kind and id."""

    def create(self, record: Record) -> None:
        """Add a record. Raises Conflict when its id or its external id is taken."""
        ...

    def get(self, organisation: str, kind: Kind, reference: str) -> Record | None:
        """A record by id or by external id."""
        ...

    def list(self, organisation: str, kind: Kind, *, limit: int = 100, after: str | None = None) -> Page:
        """Records in order of id."""
        ...

    def replace(self, record: Record) -> None:
        """Write `record` as the successor of version `record.version - 1`. Raises Conflict if that is not the
        stored one. The external id must not change."""
        ...

    def organisations(self) -> Iterator[str]:
        """Ids of all organisations of this installation; for scheduled functions only."""
        ...


# -- objects, queues, workflows, secrets -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Name and size of an object."""

    name: str
    size: int


class Objects(Protocol):
    """Content-named objects that are written once."""

    def put_new(self, name: str, content: bytes, content_type: str = "application/octet-stream") -> bool:
        """Write an object; False when one of that name exists, which for a content-named object is success."""
        ...

    def get(self, name: str) -> bytes | None: ...

    def list(self, prefix: str, *, after: str | None = None) -> Iterator[StoredObject]:
        """Objects by name from a prefix on, past `after`."""
        ...


class Queue(StrEnum):
    """The queues. Each has a dead-letter queue."""

    BILL = "bill"
    HOOK = "hook"


class Queues(Protocol):
    """At-least-once messages."""

    def send(self, queue: Queue, messages: Sequence[Body]) -> None: ...


class Machine(StrEnum):
    """The state machines."""

    BILLING_RUN = "billing_run"
    COLLECT_PAYMENT = "collect_payment"
    SCHEDULE_REVENUE = "schedule_revenue"


class Workflows(Protocol):
    """Starting state machines."""

    def start(self, machine: Machine, name: str, payload: Body) -> bool:
        """Start an execution; False when one of that name was started before, which is success too."""
        ...


class Secrets(Protocol):
    """Provider credentials, by organisation and provider. Never in logs, never in environment variables."""

    def read(self, organisation: str, name: str) -> Mapping[str, str] | None: ...

    def write(self, organisation: str, name: str, values: Mapping[str, str]) -> None: ...


# -- payment providers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One attempt to take money. `attempt` is our id and the provider's idempotency key."""

    attempt: str
    invoice: str
    amount: Money
    provider_customer: str
    payment_method: str


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    """What a verified webhook says, in our words. `attempt` is our id from the provider's metadata."""

    event: str
    type: str
    created_at: datetime
    attempt: str | None = None
    result: ChargeResult | None = None


class PaymentGateway(Protocol):
    """A payment provider. Nothing here is retried; that is the caller's decision."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Charge off-session. Never raises for a decline; an unclear outcome is `Outcome.UNKNOWN`.
        Raises ProviderRefused when the configuration is at fault."""
        ...

    def find(self, attempt: str, reference: str | None, provider_customer: str | None = None) -> ChargeResult | None:
        """What became of an attempt; None when the provider knows of none (which is not proof), and
        `Outcome.UNKNOWN` when it does not answer. Raises ProviderRefused as `charge` does."""
        ...

    def read_notice(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderNotice | None:
        """Verify a webhook on its raw bytes and read it; None when the signature or its age is not right."""
        ...


GatewayOf = Callable[[str, str], PaymentGateway | None]
"""The gateway of an organisation (first) to a provider (second); None when it is not connected."""
