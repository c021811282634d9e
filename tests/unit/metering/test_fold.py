"""Folding: copies count once, the first of two contents is kept, and what is settled stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from usance.metering.fold import Conflict, fold
from usance.metering.line import Line, encode_line, from_body, pack, to_body, unpack

T1 = datetime(2025, 7, 1, 1, tzinfo=UTC)
T2 = datetime(2025, 7, 1, 2, tzinfo=UTC)


def line(id, at, hours="1", customer="acme", timestamp=T1):
    return Line(id, customer, timestamp, {"hours": hours}, at)


def test_copies_count_once_and_order_is_by_customer_time_and_id():
    folded = fold(
        [], [line("b", "2"), line("a", "1", customer="zeta"), line("b", "3", "1.0"), line("c", "1", timestamp=T2)]
    )
    assert [(one.customer, one.id, one.at) for one in folded.lines] == [
        ("acme", "b", "2"),
        ("acme", "c", "1"),
        ("zeta", "a", "1"),
    ]
    assert folded.conflicts == ()


def test_the_first_content_of_an_id_is_kept_and_the_other_reported():
    folded = fold([], [line("a", "2", "20"), line("a", "1", "10")])
    assert [one.data["hours"] for one in folded.lines] == ["10"]
    assert folded.conflicts == (Conflict("a", "1", "2"),)


def test_what_is_in_the_bucket_stays_even_against_an_earlier_arrival():
    folded = fold([line("a", "2", "20")], [line("a", "1", "10")])
    assert [one.data["hours"] for one in folded.lines] == ["20"]
    assert folded.conflicts == (Conflict("a", "2", "1"),)


def test_within_a_minute_content_decides_whatever_the_order():
    one, other = line("a", "1", "10"), line("a", "1", "20")
    assert fold([], [one, other]).lines == fold([], [other, one]).lines == (one,)
    assert fold([other], [one]).lines == (other,)


def test_kept_forms_are_read_back_exactly():
    lines = [line("a", "20250701T0000", "0.10"), Line("b", "é", T2, {"x": [1, True, None, {"y": "z"}]})]
    assert unpack(pack([encode_line(one) for one in lines])) == lines
    assert [from_body(to_body(one)) for one in lines] == lines


def test_a_fraction_kept_as_a_json_number_is_read_as_its_text():
    (read,) = unpack(pack([b'{"id":"a","customer":"b","timestamp":"2025-07-01T01:00:00Z","data":{"x":0.10}}']))
    assert read.data == {"x": "0.10"}


@pytest.mark.parametrize("content", [b"", b"junk", pack([b"{}"]), pack([b"{"])])
def test_what_cannot_be_read_is_an_error(content):
    with pytest.raises(ValueError, match="cannot be read"):
        unpack(content)
    with pytest.raises(ValueError, match="cannot be read"):
        from_body({"id": 1})
