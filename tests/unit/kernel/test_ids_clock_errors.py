"""Ids, clocks and the error tree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from usance.kernel import errors
from usance.kernel.clock import FixedClock, SystemClock
from usance.kernel.errors import Fault, InvalidInput, UsanceError
from usance.kernel.ids import derived_id, new_id

AT = datetime(2025, 7, 3, 10, tzinfo=UTC)


def test_an_id_is_a_prefix_and_26_characters() -> None:
    assert re.fullmatch(r"inv_[0-9a-hjkmnp-tv-z]{26}", new_id("inv", AT))


def test_the_time_part_counts_milliseconds() -> None:
    assert new_id("inv", datetime(1970, 1, 1, 0, 0, 0, 33000, tzinfo=UTC))[4:14] == "0000000011"
    assert new_id("inv", datetime(1960, 1, 1, tzinfo=UTC))[4:14] == "0000000000"


def test_the_last_microsecond_of_a_far_second_is_not_the_next_second() -> None:
    late = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert new_id("x", late)[:12] < new_id("x", late + timedelta(microseconds=1))[:12]


def test_fresh_ids_differ_and_derived_ids_do_not() -> None:
    assert new_id("inv", AT) != new_id("inv", AT)
    assert derived_id("inv", AT, "ctr_1", "2025-07") == derived_id("inv", AT, "ctr_1", "2025-07")
    assert derived_id("inv", AT, "ctr_1", "2025-07") != derived_id("inv", AT, "ctr_1", "2025-08")
    assert derived_id("inv", AT, "ab", "c") != derived_id("inv", AT, "a", "bc")


def test_a_derived_id_stays_what_it_was() -> None:
    # The tail is ten bytes of a SHA-256, five bits to a character:
    # printf 'ctr_1\0372025-07' | sha256sum    begins with faf7a69ee5dbb9cd6155
    # faf7a69e... in fives: 11111 01011 11011 11010 01101 00111 ..., which is z b v t d 7 ...
    assert derived_id("inv", AT, "ctr_1", "2025-07")[14:] == "zbvtd7q5vewwtran"


def test_clocks() -> None:
    clock = FixedClock(AT)
    assert clock.now() == AT
    clock.move(AT + timedelta(days=31))
    assert clock.now() == datetime(2025, 8, 3, 10, tzinfo=UTC)
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().utcoffset() == timedelta(0)


def _tree(root: type[UsanceError]) -> list[type[UsanceError]]:
    return [root, *(found for child in root.__subclasses__() for found in _tree(child))]


def test_codes_are_stable_words_and_statuses_are_http() -> None:
    tree = [error for error in _tree(UsanceError) if error.__module__ == errors.__name__]
    assert len({error.code for error in tree}) == len(tree)
    for error in tree:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
        assert 400 <= error.status <= 599
        assert error.title


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = dict(re.findall(r"(\w+)\s+\d{3}\s+(\w+)", str(errors.__doc__)))
    assert drawn == {error.__name__: error.code for error in _tree(UsanceError) if error.__module__ == errors.__name__}


def test_an_error_says_all_of_it() -> None:
    error = InvalidInput(
        "2 faults", [Fault("/a", "required", "is missing"), Fault("", "unknown", "is not known").under("/b")]
    )
    assert [fault.pointer for fault in error.faults] == ["/a", "/b"]
    assert str(error) == "2 faults\n  /a: is missing [required]\n  /b: is not known [unknown]"
    assert str(InvalidInput()) == InvalidInput.title
    assert error.args == ("2 faults",)
    assert InvalidInput().args == (InvalidInput.title,)
    assert (
        str(InvalidInput("1 fault", [Fault("", "unknown", "is not known")])) == "1 fault\n  /: is not known [unknown]"
    )
    with pytest.raises(UsanceError):
        raise error
