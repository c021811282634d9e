"""Documents in the documents table.

{org}#doc#{id}       document       the immutable document
                     state          what changes: status, paid, open attempt
{org}#of#{contract}  {id}           its lines in short, for reconciliation, and its place among the contract's documents
                     head           counts the contract's documents: issuing demands the version it read, so two
                                    runs can never issue for one contract at once; `as_of` is the moment that the
                                    last of them was billed at
{org}#documents      {id}           list entry
{org}#number#{entity}#{kind}  counter   the last number given
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from usance.invoicing.document import Document, DocumentKind, Status
from usance.invoicing.line import LineKind
from usance.invoicing.numbering import DEFAULT_ENTITY
from usance.invoicing.reconcile import IssuedLine
from usance.kernel.errors import NotFound
from usance.kernel.instant import parse_instant, show_instant
from usance.kernel.money import Money
from usance.ports import Body, Item, Key, Put, Table, Tables

HEAD = "head"


def document_key(organisation: str, document: str) -> Key:
    """Where the immutable document is."""
    return Key(Table.DOCUMENTS, f"{organisation}#doc#{document}", "document")


def state_key(organisation: str, document: str) -> Key:
    """Where what changes about a document is."""
    return Key(Table.DOCUMENTS, f"{organisation}#doc#{document}", "state")


def head_key(organisation: str, contract: str) -> Key:
    """Where a contract's count of documents is."""
    return Key(Table.DOCUMENTS, f"{organisation}#of#{contract}", HEAD)


def short_key(organisation: str, contract: str, document: str) -> Key:
    """Where a document's lines in short are."""
    return Key(Table.DOCUMENTS, f"{organisation}#of#{contract}", document)


def list_key(organisation: str, document: str) -> Key:
    """Where a document's list entry is."""
    return Key(Table.DOCUMENTS, f"{organisation}#documents", document)


def counter_key(organisation: str, kind: DocumentKind, entity: str = DEFAULT_ENTITY) -> Key:
    """Where the last number given for a kind of document is."""
    return Key(Table.DOCUMENTS, f"{organisation}#number#{entity}#{kind.value}", "counter")


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What changes about an issued document. `version` is the stored item's, for the next write's condition.

    `wallet_applied` is what the wallet paid when it was issued, `paid` what payments have settled since.
    """

    status: Status
    customer: str
    contract: str
    number: str
    issued_on: date
    due_on: date
    total: Money
    paid: Money
    token: str
    wallet_applied: Money
    open_attempt: str | None = None
    attempts: int = 0
    settled_at: datetime | None = None
    """Since when nothing is left to be paid."""
    version: int = 1

    @property
    def amount_due(self) -> Money:
        """What is still to be paid; zero for what is void or was discarded, and never negative."""
        settled = self.paid + self.wallet_applied
        if self.status in (Status.VOID, Status.DISCARDED) or self.total <= settled:
            return Money.zero(self.total.currency)
        return self.total - settled

    def to_json(self) -> dict[str, Any]:
        """The body of the state item."""
        return {
            "status": self.status.value,
            "customer": self.customer,
            "contract": self.contract,
            "number": self.number,
            "issued_on": self.issued_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "currency": self.total.currency,
            "total": str(self.total),
            "paid": str(self.paid),
            "wallet_applied": str(self.wallet_applied),
            "token": self.token,
            "open_attempt": self.open_attempt,
            "attempts": self.attempts,
            "settled_at": show_instant(self.settled_at) if self.settled_at else None,
        }

    @classmethod
    def read(cls, item: Item) -> DocumentState:
        """The state in a stored item."""
        body, currency = item.body, item.body["currency"]
        return cls(
            status=Status(body["status"]),
            customer=body["customer"],
            contract=body["contract"],
            number=body["number"],
            issued_on=date.fromisoformat(body["issued_on"]),
            due_on=date.fromisoformat(body["due_on"]),
            total=Money.parse(body["total"], currency),
            paid=Money.parse(body["paid"], currency),
            token=body["token"],
            wallet_applied=Money.parse(body.get("wallet_applied", "0"), currency),
            open_attempt=body["open_attempt"],
            attempts=body["attempts"],
            settled_at=parse_instant(body["settled_at"]) if body.get("settled_at") else None,
            version=item.version,
        )


def initial_state(document: Document, token: str, at: datetime) -> DocumentState:
    """The state of a document issued at an instant; one of which nothing is left to be paid is paid at once.

    `token` makes the hosted page's address and must not be guessable.
    """
    if document.number is None:
        raise ValueError("a document is issued with its number")
    open_ = bool(document.amount_due) or document.total.minor < 0
    return DocumentState(
        status=Status.APPROVED if open_ else Status.PAID,
        settled_at=None if open_ else at,
        customer=document.customer,
        contract=document.contract,
        number=document.number,
        issued_on=document.issued_on,
        due_on=document.due_on,
        total=document.total,
        paid=Money.zero(document.currency),
        token=token,
        wallet_applied=document.wallet_applied,
    )


def put_state(organisation: str, document: str, state: DocumentState) -> Put:
    """Write a state over the version it was read at."""
    return Put(state_key(organisation, document), state.to_json(), expect=state.version)


def issue_puts(document: Document, state: DocumentState, place: int) -> list[Put]:
    """The new items of an issued document, the place-th of its contract: itself, its state, its short form and its list
    entry."""
    organisation = document.organisation
    return [
        Put(document_key(organisation, document.id), document.to_json()),
        Put(state_key(organisation, document.id), state.to_json()),
        Put(short_key(organisation, document.contract, document.id), _short(document, place)),
        Put(list_key(organisation, document.id), _list_entry(document)),
    ]


def _short(document: Document, place: int) -> Body:
    return {
        "place": place,
        "bill_on": document.bill_on.isoformat(),
        "currency": document.currency,
        "lines": [
            IssuedLine.of(line, document.id).to_json() for line in document.lines if line.kind is not LineKind.TAX
        ],
    }


def _list_entry(document: Document) -> Body:
    return {
        "kind": document.kind.value,
        "number": document.number,
        "customer": document.customer,
        "contract": document.contract,
        "issued_on": document.issued_on.isoformat(),
        "due_on": document.due_on.isoformat(),
        "currency": document.currency,
        "total": str(document.total),
    }


@dataclass(frozen=True, slots=True)
class ContractDocuments:
    """What the issued documents of a contract carry. `head_version` is None when it has none yet."""

    lines: tuple[IssuedLine, ...]
    documents_on: Mapping[date, int]
    head_version: int | None
    billed_at: datetime | None = None
    """The moment up to which the last document was billed."""


def documents_of(tables: Tables, organisation: str, contract: str) -> ContractDocuments:
    """Read a contract's documents in short, with the head whose version the next issue demands.

    The head is read before the documents: one issued in between makes the head's version old, so that issuing on what
    was read is refused.
    """
    head = tables.get(head_key(organisation, contract))
    lines: list[IssuedLine] = []
    documents_on: dict[date, int] = {}
    known = [item for item in tables.query(Table.DOCUMENTS, f"{organisation}#of#{contract}") if item.key.sort != HEAD]
    # In the order in which they were issued: several of one day have ids in no order.
    for item in sorted(known, key=lambda item: item.body.get("place", 0)):
        day = date.fromisoformat(item.body["bill_on"])
        documents_on[day] = documents_on.get(day, 0) + 1
        lines += _issued_lines(item)
    if head is None:
        return ContractDocuments(tuple(lines), documents_on, None)
    as_of = head.body.get("as_of")
    return ContractDocuments(tuple(lines), documents_on, head.version, parse_instant(as_of) if as_of else None)


def _issued_lines(item: Item) -> list[IssuedLine]:
    currency = item.body["currency"]
    return [IssuedLine.from_json(line, currency, item.key.sort) for line in item.body["lines"]]


def read_document(tables: Tables, organisation: str, document: str) -> Document:
    """An issued document. Raises NotFound."""
    item = tables.get(document_key(organisation, document))
    if item is None:
        raise NotFound(f"there is no invoice {document!r}")
    return Document.from_json(item.body)


def read_state(tables: Tables, organisation: str, document: str) -> DocumentState:
    """The state of an issued document. Raises NotFound."""
    item = tables.get(state_key(organisation, document))
    if item is None:
        raise NotFound(f"there is no invoice {document!r}")
    return DocumentState.read(item)


def read_states(tables: Tables, organisation: str, documents: Sequence[str]) -> dict[str, DocumentState]:
    """The states of several documents."""
    found = tables.get_many([state_key(organisation, document) for document in documents])
    return {key.partition.rsplit("#", 1)[1]: DocumentState.read(item) for key, item in found.items()}


def list_documents(
    tables: Tables, organisation: str, *, after: str | None, limit: int, newest_first: bool = False
) -> Iterator[tuple[str, Body]]:
    """List entries in order of id, which is order of issue day."""
    partition = f"{organisation}#documents"
    for item in tables.query(Table.DOCUMENTS, partition, after=after, limit=limit, newest_first=newest_first):
        yield item.key.sort, item.body


def evidence_name(organisation: str, document: str, content: bytes) -> str:
    """Where the events behind a document's lines are kept: named by their content, so that they never change."""
    return f"documents/{organisation}/{document}/{hashlib.sha256(content).hexdigest()}.jsonl.zst"
