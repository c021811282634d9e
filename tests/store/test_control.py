"""What both control planes promise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from infra.local.emulator import REGION
from usance.kernel.errors import BodyTooLarge, Conflict
from usance.ports import Kind, Page, Record
from usance.store.control import DynamoControlPlane

CREATED = datetime(2025, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def customer(org):
    def make(id_="cus_1", external_id=None, *, organisation=org, kind=Kind.CUSTOMER, version=1, **body):
        return Record(organisation, kind, id_, body, CREATED, external_id, version)

    return make


def test_a_record_is_found_by_its_id_and_by_the_callers_own(control, customer, org):
    record = customer("cus_1", "acme", name="ACME Inc.", tags=["a", {"b": None}], seats=3)
    control.create(record)
    assert control.get(org, Kind.CUSTOMER, "cus_1") == record
    assert control.get(org, Kind.CUSTOMER, "acme") == record


def test_a_record_without_an_external_id(control, customer, org):
    control.create(customer("cus_1", name="ACME"))
    assert control.get(org, Kind.CUSTOMER, "cus_1") == customer("cus_1", name="ACME")


def test_what_is_not_there_is_none(control, customer, org):
    control.create(customer("cus_1", "acme"))
    for organisation, kind, reference in [
        (org, Kind.CUSTOMER, "cus_2"),
        (org, Kind.CUSTOMER, "Acme"),
        (org, Kind.CONTRACT, "cus_1"),
        (org, Kind.CONTRACT, "acme"),
        (org + "x", Kind.CUSTOMER, "cus_1"),
        (org + "x", Kind.CUSTOMER, "acme"),
    ]:
        assert control.get(organisation, kind, reference) is None


@pytest.mark.parametrize("reference", ["", "x" * 1025, "\ud800", "cus_" + "é" * 600])
def test_a_reference_that_nothing_can_have_is_not_found(control, customer, org, reference):
    control.create(customer("cus_1", "acme"))
    assert control.get(org, Kind.CUSTOMER, reference) is None


def test_an_id_that_is_taken_is_a_conflict_and_changes_nothing(control, customer, org):
    control.create(customer("cus_1", "acme", name="first"))
    for again in (customer("cus_1"), customer("cus_1", "other"), customer("cus_1", "acme", name="first")):
        with pytest.raises(Conflict, match="the id cus_1 is taken"):
            control.create(again)
    assert control.get(org, Kind.CUSTOMER, "cus_1") == customer("cus_1", "acme", name="first")
    assert control.get(org, Kind.CUSTOMER, "other") is None


def test_an_external_id_that_is_taken_is_a_conflict_and_changes_nothing(control, customer, org):
    control.create(customer("cus_1", "acme", name="first"))
    with pytest.raises(Conflict, match="external id 'acme' is taken"):
        control.create(customer("cus_2", "acme", name="second"))
    assert control.get(org, Kind.CUSTOMER, "acme") == customer("cus_1", "acme", name="first")
    assert control.get(org, Kind.CUSTOMER, "cus_2") is None
    assert [record.id for record in control.list(org, Kind.CUSTOMER).records] == ["cus_1"]


def test_ids_belong_to_one_kind_in_one_organisation(control, customer, org):
    records = [
        customer("cus_1", "acme", name="a"),
        customer("cus_1", "acme", kind=Kind.CONTRACT, name="b"),
        customer("cus_1", "acme", organisation=org + "x", name="c"),
    ]
    for record in records:
        control.create(record)
    for record in records:
        assert control.get(record.organisation, record.kind, "cus_1") == record
        assert control.get(record.organisation, record.kind, "acme") == record
        assert control.list(record.organisation, record.kind).records == (record,)


def test_what_looks_like_an_id_is_an_id_first(control, customer, org):
    control.create(customer("cus_1", "cus_2", name="first"))
    assert control.get(org, Kind.CUSTOMER, "cus_2").id == "cus_1"
    control.create(customer("cus_2", "cus_1", name="second"))
    assert control.get(org, Kind.CUSTOMER, "cus_1").id == "cus_1"
    assert control.get(org, Kind.CUSTOMER, "cus_2").id == "cus_2"
    control.create(customer("plain", name="third"))
    assert control.get(org, Kind.CUSTOMER, "plain").id == "plain"
    control.create(customer("cus_4", "plain"))
    assert control.get(org, Kind.CUSTOMER, "plain").id == "cus_4"


def test_of_many_at_once_one_gets_the_external_id(control, customer, org):
    def create(number):
        try:
            control.create(customer(f"cus_{number}", "acme"))
        except Conflict:
            return None
        return f"cus_{number}"

    with ThreadPoolExecutor(8) as pool:
        winners = [name for name in pool.map(create, range(8)) if name is not None]
    assert len(winners) == 1
    assert [record.id for record in control.list(org, Kind.CUSTOMER).records] == winners
    assert control.get(org, Kind.CUSTOMER, "acme").id == winners[0]


# -- successors ------------------------------------------------------------------------------------------------------


def test_a_successor_replaces_its_predecessor(control, customer, org):
    control.create(customer("cus_1", "acme", name="first", gone=True))
    control.replace(customer("cus_1", "acme", version=2, name="second"))
    control.replace(customer("cus_1", "acme", version=3, name="third"))
    expected = customer("cus_1", "acme", version=3, name="third")
    assert control.get(org, Kind.CUSTOMER, "cus_1") == expected
    assert control.get(org, Kind.CUSTOMER, "acme") == expected
    assert control.list(org, Kind.CUSTOMER).records == (expected,)


@pytest.mark.parametrize("version", [2, 4])
def test_a_successor_of_another_version_is_a_conflict(control, customer, org, version):
    control.create(customer("cus_1", name="first"))
    control.replace(customer("cus_1", version=2, name="second"))
    with pytest.raises(Conflict, match="at version 2"):
        control.replace(customer("cus_1", version=version, name="second"))
    assert control.get(org, Kind.CUSTOMER, "cus_1") == customer("cus_1", version=2, name="second")


def test_a_successor_of_nothing_is_a_conflict(control, customer, org):
    with pytest.raises(Conflict, match="does not exist"):
        control.replace(customer("cus_1", version=2))
    assert control.get(org, Kind.CUSTOMER, "cus_1") is None


@pytest.mark.parametrize(("before", "after"), [("acme", "other"), ("acme", None), (None, "acme")])
def test_the_external_id_stays(control, customer, org, before, after):
    control.create(customer("cus_1", before))
    with pytest.raises(Conflict, match="must not change"):
        control.replace(customer("cus_1", after, version=2))
    assert control.get(org, Kind.CUSTOMER, "cus_1") == customer("cus_1", before)


def test_of_many_successors_at_once_one_wins_each_time(control, customer, org):
    control.create(customer("cus_1"))

    def replace_it(version):
        try:
            control.replace(customer("cus_1", version=version))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for version in range(2, 7):
            assert sum(pool.map(replace_it, [version] * 8)) == 1
    assert control.get(org, Kind.CUSTOMER, "cus_1").version == 6


# -- lists -----------------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_in_order_of_id(control, customer, org):
    ids = ["cus_A", "cus_a", "cus_a1", "cus_b", "cus_é", "cus_\ufffd", "cus_😀"]
    for number, id_ in enumerate(reversed(ids)):
        control.create(customer(id_, f"external {number}" if number % 2 else None))
    assert [record.id for record in control.list(org, Kind.CUSTOMER).records] == ids
    assert control.list(org, Kind.CUSTOMER, limit=7).next_after is None
    for limit in (1, 2, 3, 6):
        seen, after = [], None
        while True:
            page = control.list(org, Kind.CUSTOMER, limit=limit, after=after)
            seen.append([record.id for record in page.records])
            after = page.next_after
            if after is None:
                break
            assert after == seen[-1][-1]
        assert seen == [ids[start : start + limit] for start in range(0, 7, limit)]
    assert [record.id for record in control.list(org, Kind.CUSTOMER, after="cus_aa").records] == ids[3:]
    assert control.list(org, Kind.CUSTOMER, after="cus_😀") == Page((), None)
    assert control.list(org, Kind.PRODUCT) == Page((), None)


@pytest.mark.parametrize("how", [{"limit": 0}, {"limit": -1}, {"after": ""}, {"after": "x" * 1025}])
def test_pages_that_cannot_be_are_refused(control, org, how):
    with pytest.raises(ValueError, match=r"at least one|key of 1 to"):
        control.list(org, Kind.CUSTOMER, **how)


# -- organisations ---------------------------------------------------------------------------------------------------


def test_an_organisation_is_listed_once_it_is_recorded(control, customer, org):
    assert org not in control.organisations()
    control.create(customer("cus_1"))
    assert org not in control.organisations()
    record = customer(org, "our own name", kind=Kind.ORGANISATION, name="ACME")
    control.create(record)
    control.create(customer(org + "x", organisation=org + "x", kind=Kind.ORGANISATION))
    listed = list(control.organisations())
    assert listed == sorted(listed)
    assert {org, org + "x"} <= set(listed)
    assert control.get(org, Kind.ORGANISATION, org) == control.get(org, Kind.ORGANISATION, "our own name") == record
    with pytest.raises(Conflict):
        control.create(record)
    control.replace(replace(record, version=2, body={"name": "Other"}))
    assert list(control.organisations()).count(org) == 1


def test_an_organisation_is_recorded_in_its_own_name(control, customer, org):
    with pytest.raises(ValueError, match="in its own name"):
        control.create(customer(org + "x", kind=Kind.ORGANISATION))
    assert list(control.list(org, Kind.ORGANISATION).records) == []


@pytest.mark.parametrize("organisation", ["", "org#cus", "~organisations", "~"])
def test_no_organisation_reaches_into_another_partition(control, customer, organisation):
    record = customer(organisation=organisation)
    for attempt in (
        lambda: control.create(record),
        lambda: control.replace(replace(record, version=2)),
        lambda: control.get(organisation, Kind.CUSTOMER, "cus_1"),
        lambda: control.list(organisation, Kind.CUSTOMER),
    ):
        with pytest.raises(ValueError, match="no id of an organisation"):
            attempt()


# -- bodies and bounds -----------------------------------------------------------------------------------------------


def test_bodies_are_copied_on_the_way_in_and_out(control, customer, org):
    body: Any = {"list": [1, {"deep": "yes"}]}
    record = replace(customer("cus_1", "acme"), body=body)
    control.create(record)
    body["list"][1]["deep"] = "no"
    control.get(org, Kind.CUSTOMER, "cus_1").body["list"].append(2)
    control.get(org, Kind.CUSTOMER, "acme").body["list"].append(3)
    control.list(org, Kind.CUSTOMER).records[0].body["list"].append(4)
    assert control.get(org, Kind.CUSTOMER, "cus_1").body == {"list": [1, {"deep": "yes"}]}


def test_floats_are_refused_and_nothing_is_written(control, customer, org):
    with pytest.raises(TypeError, match="price"):
        control.create(customer("cus_1", "acme", price=0.5))
    control.create(customer("cus_1", "acme", price="0.5"))
    with pytest.raises(TypeError, match="price"):
        control.replace(customer("cus_1", "acme", version=2, price=0.5))
    assert control.get(org, Kind.CUSTOMER, "acme") == customer("cus_1", "acme", price="0.5")


def test_the_moment_of_creation_is_kept_in_utc_to_the_microsecond(control, customer, org):
    there = CREATED.astimezone(timezone(timedelta(hours=-3)))
    control.create(replace(customer("cus_1"), created_at=there))
    found = control.get(org, Kind.CUSTOMER, "cus_1").created_at
    assert found == CREATED
    assert found.utcoffset() == timedelta()


def test_what_cannot_be_stored_is_refused(control, customer, org):
    for record, kind, match in [
        (customer("cus_1", x="a" * 409_600), BodyTooLarge, "cus_1"),
        (customer(""), ValueError, "key of 1 to"),
        (customer("x" * 1025), ValueError, "key of 1 to"),
        (customer("cus_1", ""), ValueError, "key of 1 to"),
        (customer("cus_1", "x" * 1025), ValueError, "key of 1 to"),
        (customer("cus_1", version=2), ValueError, "version 1"),
        (replace(customer("cus_1"), created_at=CREATED.replace(tzinfo=None)), ValueError, "time zone"),
    ]:
        with pytest.raises(kind, match=match):
            control.create(record)
    with pytest.raises(ValueError, match="version 2 or more"):
        control.replace(customer("cus_1"))
    assert control.list(org, Kind.CUSTOMER) == Page((), None)


def test_the_table_is_found_by_the_environment_as_boto3_finds_it(aws, customer, org, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    DynamoControlPlane(aws.control_table).create(customer("cus_1", "acme"))
    elsewhere = DynamoControlPlane(aws.control_table, region=REGION, endpoint=aws.endpoint)
    assert elsewhere.get(org, Kind.CUSTOMER, "acme") == customer("cus_1", "acme")
