"""The facts of a contract: everything recorded anywhere that decides what it is billed.

Billing, previews, balances and alerts all read them here, so that they see the same contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from usance.contract.contract import Contract
from usance.invoicing.granted import all_terms
from usance.pipeline import ContractFacts, counted_events
from usance.ports import ControlPlane, Objects, Record, Tables
from usance.records.contracts import contract_facts
from usance.records.coupons import customer_discounts
from usance.records.documents import ContractDocuments, documents_of, read_document, read_states
from usance.records.evidence import read_evidence
from usance.records.tax_rates import RecordedTaxRates, tax_facts
from usance.tax.customer import TaxFacts
from usance.tax.rates import TaxEngine


def read_facts(
    control: ControlPlane, tables: Tables, objects: Objects, record: Record, *, engine: TaxEngine | None = None
) -> tuple[ContractFacts, ContractDocuments]:
    """The facts of a recorded contract, with the documents it has. Raises CannotBill when a metric is missing."""
    documents = documents_of(tables, record.organisation, record.id)
    facts = complete(control, tables, contract_facts(control, record, documents), engine=engine)
    return replace(facts, counted=_counted(tables, objects, facts)), documents


def complete(
    control: ControlPlane, tables: Tables, facts: ContractFacts, *, engine: TaxEngine | None = None
) -> ContractFacts:
    """Facts with what is recorded about the customer: discounts, tax, and which invoices were paid."""
    return replace(
        facts,
        discounts=customer_discounts(tables, facts.organisation, facts.customer),
        tax=_tax(control, engine, facts),
        paid=_paid(tables, facts),
    )


def _counted(tables: Tables, objects: Objects, facts: ContractFacts) -> Mapping[tuple[str, date], frozenset[str]]:
    """The events that billing periods were billed from; read only for contracts that ignore what comes later."""
    if facts.contract.late_usage != "ignore" or not any(item.metered for item in facts.contract.all_items):
        return {}
    counted: dict[tuple[str, date], frozenset[str]] = {}
    for name in dict.fromkeys(line.document for line in facts.issued):
        issued = read_document(tables, facts.organisation, name)
        evidence = read_evidence(objects, issued)
        ids = {place: [event.id for event in events] for place, events in evidence.items()}
        for key, events in counted_events(facts.contract, issued, ids).items():
            counted[key] = counted.get(key, frozenset()) | events
    return counted


def _tax(control: ControlPlane, engine: TaxEngine | None, facts: ContractFacts) -> TaxFacts | None:
    categories = {item.product.tax_category for item in facts.contract.all_items if item.product.tax_category}
    if not categories and not _is_taxed(facts.contract):
        return None
    table = engine or RecordedTaxRates(control)
    return tax_facts(control, table, facts.organisation, facts.customer, categories)


def _is_taxed(contract: Contract) -> bool:
    taxes = [contract.tax, *(phase.tax for phase in contract.phases), *(item.tax for item in contract.all_items)]
    return any(tax is not None for tax in taxes)


def _paid(tables: Tables, facts: ContractFacts) -> Mapping[str, datetime]:
    """When documents were paid in full; read only for contracts that grant something on payment."""
    if not any(terms.on == "payment" for terms in all_terms(facts.contract)):
        return {}
    documents = list(dict.fromkeys(line.document for line in facts.issued))
    states = read_states(tables, facts.organisation, documents)
    return {name: state.settled_at for name, state in states.items() if state.settled_at is not None}
