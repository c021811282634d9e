"""What a scenario's customer is given, played to the use cases over a world: discounts, coupons, grants by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from usance.catalog.coupon import CustomerDiscount
from usance.catalog.entitlement import ManualGrant
from usance.kernel.errors import Conflict
from usance.kernel.instant import local_day, parse_instant
from usance.records.contracts import read_contract, recorded_grants
from usance.records.coupons import Redemption, put_redemption, read_redemptions
from usance.records.organisations import read_organisation
from usance.usecases.coupons import RedemptionOrder, create_coupon, redeem_coupon
from usance.usecases.grants import give_grant
from usance.usecases.registry import Intent

BEFORE = parse_instant("1970-01-02T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Named(Intent):
    """A request that makes things of ids like those of scenarios."""

    name: str = ""

    def id(self, prefix: str) -> str:
        return self.name or f"{prefix}_{'_'.join(self.seed)}"


class PlayedCustomer:
    """The customer of a scenario and its contract in a world."""

    def __init__(self, world: Any, organisation: str, scenario: Any, contract: str) -> None:
        self.world, self.organisation, self.scenario, self.contract = world, organisation, scenario, contract
        self.customer = scenario.customer.id
        for place, terms in enumerate(scenario.customer.discounts):
            owned = CustomerDiscount(str(place), terms)
            given = Redemption(owned, f"own-{place}", f"own-{place}", self.customer, 1, BEFORE, version=None)
            world.tables.transact([put_redemption(organisation, given)])
        for coupon in scenario.coupons:
            create_coupon(world.control, organisation, Named(BEFORE, (coupon.code,)), coupon)

    def redeem(self, code: str, at: datetime) -> None:
        """Redeem a coupon; one that cannot be redeemed changes nothing."""
        coupon = next(one for one in self.scenario.coupons if one.code.upper() == code.upper())
        known = read_redemptions(self.world.tables, self.organisation, self.customer)
        times = sum(1 for one in known if one.code == coupon.code)
        order = RedemptionOrder(customer=self.customer, on=local_day(at, self.scenario.zone))
        organisation = read_organisation(self.world.control, self.organisation)
        intent = Named(at, name=f"{coupon.code}:{times}")
        try:
            redeem_coupon(self.world.control, self.world.tables, organisation, intent, code, order, at)
        except Conflict:
            return

    def grant(self, given: ManualGrant, at: datetime) -> None:
        """Give the contract something by hand."""
        record = read_contract(self.world.control, self.organisation, self.contract)
        give_grant(
            self.world.control,
            self.world.tables,
            read_organisation(self.world.control, self.organisation),
            self.contract,
            given,
            id=f"grant:{len(recorded_grants(record))}",
            as_of=at,
            version=None,
        )
