"""Matrix prices on figures worked by hand."""

import pytest

from tests.unit.pricing.rated import amount, charge, labels, quantities, refused
from usance.kernel.errors import CannotBill


def tiers(*unit_amounts):
    return [{"up_to": bound, "unit_amount": one} for bound, one in zip((500, 2000, None), unit_amounts, strict=True)]


STORAGE = {
    "model": "matrix",
    "dimensions": ["region"],
    "rows": [
        {"match": {"region": "us-east"}, "tiers": tiers("0.10", "0.08", "0.05")},
        {"match": {"region": "eu-west"}, "tiers": tiers("0.12", "0.10", "0.07")},
        {"match": {"region": "apac"}, "tiers": tiers("0.15", "0.12", "0.10")},
    ],
}
COMPUTE = {
    "model": "matrix",
    "dimensions": ["region", "size"],
    "rows": [
        {"match": {"region": "us", "size": "small"}, "unit_amount": "0.05"},
        {"match": {"region": "us", "size": "large"}, "unit_amount": "0.20"},
        {"match": {"region": "eu", "size": "large"}, "unit_amount": "0.25"},
        {"default": True, "unit_amount": "0.30"},
    ],
}


def by_region(**parts):
    groups = [({"region": region.replace("_", "-")}, quantity) for region, quantity in parts.items()]
    return quantities(sum(parts.values()), groups)


def test_the_rate_of_the_row_and_of_the_bracket_its_quantity_reaches():
    # 1,500 in the second bracket of its row: 0.10
    assert amount(by_region(eu_west=1500), **STORAGE) == "150"


def test_each_row_looks_at_its_own_quantity():
    # 400 x 0.10 in the first bracket, 2,500 x 0.07 in the last, 500 x 0.15: the bound is still the first
    assert amount(by_region(us_east=400, eu_west=2500, apac=500), **STORAGE) == "290"


def test_combinations_of_dimensions():
    groups = [
        ({"region": "us", "size": "small"}, 100),  # 5
        ({"region": "us", "size": "large"}, 10),  # 2
        ({"region": "eu", "size": "large"}, 4),  # 1
        ({"region": "eu", "size": "small"}, 10),  # named by no row: 3
        ({"region": "", "size": "small"}, 1),  # without a region: 0.30
    ]
    made = charge(quantities(125, groups), **COMPUTE)
    assert made.amount * 100 == 1130
    assert labels(made.derivation)[0] == "region=us, size=small"
    assert labels(made.derivation)[-1] == "region=none, size=small"


def test_dimensions_that_the_price_does_not_name_do_not_matter():
    groups = [({"region": "apac", "tier": one}, 300) for one in ("a", "b")]
    # 600 together are in the row's second bracket: 600 x 0.12
    assert amount(quantities(600, groups), **STORAGE) == "72"


def test_values_that_no_row_names_are_never_free():
    with pytest.raises(CannotBill, match="region=mars; region=moon"):
        charge(by_region(mars=3, moon=2, apac=1), **STORAGE)


def test_many_of_them_are_counted():
    with pytest.raises(CannotBill, match="region=m4 and 2 more"):
        charge(by_region(**{f"m{number}": 1 for number in range(7)}), **STORAGE)


def test_a_quantity_of_zero_needs_no_row():
    assert amount(by_region(mars=0, apac=1), **STORAGE) == "0.15"
    assert amount("0", **STORAGE) == "0"


def test_no_value_no_row_and_no_flat_amount():
    rows = [{"default": True, "tiers": [{"up_to": None, "unit_amount": 1, "flat_amount": 5}]}]
    assert amount("0", model="matrix", dimensions=["region"], rows=rows) == "0"


def test_a_dimension_that_a_part_does_not_have_is_an_empty_value():
    rows = [{"match": {"region": ""}, "unit_amount": 2}, {"default": True, "unit_amount": 9}]
    assert amount(quantities(3, [({"other": "x"}, 3)]), model="matrix", dimensions=["region"], rows=rows) == "6"


def test_what_is_not_counted_is_all_that_there_is():
    with pytest.raises(CannotBill) as refusal:
        charge(by_region(**{f"m{number}": 1 for number in range(5)}), **STORAGE)
    names = "; ".join(f"region=m{number}" for number in range(5))
    assert refusal.value.detail == (f"no row of the matrix price names {names}: add a row, or mark one `default: true`")


def test_a_quantity_without_groups_belongs_to_the_default_row():
    assert amount("10", **COMPUTE) == "3"
    with pytest.raises(CannotBill, match="no dimension values"):
        charge("10", **STORAGE)


def test_a_row_may_be_named_and_the_default_at_once():
    rows = [
        {"match": {"region": "us"}, "unit_amount": 1, "default": True},
        {"match": {"region": "eu"}, "unit_amount": 2},
    ]
    # 3 x 1 + 5 x 2 + 7 x 1
    assert amount(by_region(us=3, eu=5, asia=7), model="matrix", dimensions=["region"], rows=rows) == "20"


def test_each_combination_of_the_default_row_is_looked_up_by_itself():
    rows = [
        {
            "default": True,
            "tiers": [{"up_to": 10, "flat_amount": 5, "unit_amount": 1}, {"up_to": None, "flat_amount": 9}],
        }
    ]
    price = {"model": "matrix", "dimensions": ["region"], "rows": rows}
    assert amount(by_region(us=3, eu=4), **price) == "17"  # (3 x 1 + 5) + (4 x 1 + 5)
    assert amount(by_region(us=8, eu=12), **price) == "22"  # (8 x 1 + 5) + 9: only eu is in the second bracket
    assert amount(by_region(us=0), **price) == "5"
    assert amount(by_region(us=0), **price, charge_at_zero=False) == "0"


def test_corrections():
    # by unit the negative of the size: -10 x 0.05 + 4 x 0.25
    groups = [({"region": "us", "size": "small"}, -10), ({"region": "eu", "size": "large"}, 4)]
    assert amount(quantities(-6, groups), **COMPUTE) == "0.5"
    # with tiers it is reported: 10 x 0.15
    made = charge(by_region(us_east=-4, apac=10), **STORAGE)
    assert (made.amount * 10, made.unpriced) == (15, -4)


def test_corrections_of_several_rows_are_reported_together():
    tiers = [{"up_to": None, "unit_amount": 1}]
    rows = [{"match": {"region": region}, "tiers": tiers} for region in ("us", "eu")]
    made = charge(by_region(us=-4, eu=-3), model="matrix", dimensions=["region"], rows=rows)
    assert (made.amount, made.unpriced) == (0, -7)


def test_values_may_be_written_as_numbers_and_booleans():
    rows = [{"match": {"zone": 1, "spot": True}, "unit_amount": 2}]
    groups = [({"zone": "1", "spot": "true"}, 3)]
    assert amount(quantities(3, groups), model="matrix", dimensions=["zone", "spot"], rows=rows) == "6"


class TestRefused:
    def rows(self, *rows):
        return refused(model="matrix", dimensions=["region", "size"], rows=list(rows))

    def test_every_fault_of_the_rows(self):
        assert self.rows(
            {"match": {"region": "us"}, "unit_amount": 1},
            {"match": {"region": "us", "size": "s", "colour": "red"}, "unit_amount": 1},
            {"match": {"region": "us", "size": "m"}, "unit_amount": 1, "default": True},
            {"match": {"size": "m", "region": "us"}, "unit_amount": 2},
            {"unit_amount": 1, "default": True},
            {"unit_amount": 1},
        ) == [
            ("/rows/0/match", "missing_dimension"),
            ("/rows/1/match/colour", "unknown_dimension"),
            ("/rows/3/match", "duplicate_row"),
            ("/rows/4/default", "second_default"),
            ("/rows/5/match", "missing_dimension"),
        ]

    def test_a_rate_is_a_unit_amount_or_tiers(self):
        tiers = [{"up_to": None, "unit_amount": 1}]
        assert self.rows(
            {"default": True}, {"match": {"region": "us", "size": "m"}, "unit_amount": 1, "tiers": tiers}
        ) == [
            ("/rows/0", "one_of"),
            ("/rows/1", "one_of"),
        ]

    def test_faults_of_rows_by_themselves_and_with_others_at_once(self):
        match = {"region": "us", "size": "m"}
        assert self.rows({"match": match, "unit_amount": "-1"}, {"match": match, "unit_amount": 1, "colour": 2}) == [
            ("/rows/0/unit_amount", "invalid_value"),
            ("/rows/1/colour", "unknown_member"),
            ("/rows/1/match", "duplicate_row"),
        ]

    @pytest.mark.parametrize("rows", ["us", {"us": 1}, [7, None, "x"], [{"match": 3, "unit_amount": 1}]])
    def test_rows_that_are_none(self, rows):
        assert refused(model="matrix", dimensions=["region"], rows=rows)

    def test_tiers_of_a_row_are_a_sound_table(self):
        assert self.rows({"default": True, "tiers": [{"up_to": 5}]}) == [("/rows/0/tiers/0/up_to", "last_tier_closed")]

    def test_a_dimension_twice_and_no_rows(self):
        assert refused(model="matrix", dimensions=["a", "a"], rows=[]) == [
            ("/dimensions/1", "duplicate_dimension"),
            ("/rows", "wrong_length"),
        ]

    def test_a_value_with_a_binary_fraction(self):
        assert self.rows({"match": {"region": 0.5, "size": "m"}, "unit_amount": 1})[0][0] == "/rows/0/match/region"
