"""Tax numbers of customers: whether they can be real, by their form and check digits alone. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from usance.catalog.tax import TaxId
from usance.kernel.errors import Fault

_MODULES: Final = {
    "eu_vat": ("eu", "vat"),
    "gb_vat": ("gb", "vat"),
    "ch_vat": ("ch", "vat"),
    "no_vat": ("no", "mva"),
    "in_gst": ("in", "gstin"),
    "au_abn": ("au", "abn"),
    "nz_gst": ("nz", "ird"),
    "ca_bn": ("ca", "bn"),
    "us_ein": ("us", "ein"),
    "br_cnpj": ("br", "cnpj"),
    "sg_uen": ("sg", "uen"),
}
"""Where python-stdnum has each type: country and number."""

# fmt: off
EU: Final = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on
"""Member states of the European Union by ISO code, with which VAT numbers begin but for Greece's EL."""


def valid(tax_id: TaxId) -> bool:
    """Whether a number has the form and the check digits of its type."""
    if tax_id.type not in _MODULES:
        return True
    # Takes a twentieth of a second, which only who has such a customer should wait for.
    from stdnum import get_cc_module  # noqa: PLC0415

    number = get_cc_module(*_MODULES[tax_id.type])
    return number is not None and bool(number.is_valid(tax_id.value))


def tax_id_faults(tax_ids: Sequence[TaxId]) -> Iterator[Fault]:
    """A fault for each number that cannot be real."""
    for place, tax_id in enumerate(tax_ids):
        if not valid(tax_id):
            why = f"{tax_id.value!r} is no {tax_id.type} number: check its length, prefix and digits, or use type other"
            yield Fault(f"/{place}/value", "invalid_tax_id", why)


def vat_country(tax_id: TaxId) -> str | None:
    """The EU member state that a VAT number belongs to, by ISO code; None for other numbers and impossible ones."""
    if tax_id.type != "eu_vat" or not valid(tax_id):
        return None
    prefix = tax_id.value.strip()[:2].upper()
    country = "GR" if prefix == "EL" else prefix
    return country if country in EU else None
