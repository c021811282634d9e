"""Text to values without floats, dates or guesses."""

import pytest

from usance.kernel.errors import MalformedBody
from usance.scenario.reading import Unquoted, read_json, read_yaml


def test_yaml_keeps_text_text():
    values = read_yaml("[2025-07-01, 2025-07-01T10:00:00Z, no, on, 12:30, 02134, '1', 1_000, NO]")
    assert values == ["2025-07-01", "2025-07-01T10:00:00Z", "no", "on", "12:30", "02134", "1", "1_000", "NO"]


def test_yaml_knows_whole_numbers_booleans_and_null():
    assert read_yaml("[12, -3, true, False, null, ~, ]") == [12, -3, True, False, None, None]


@pytest.mark.parametrize("text", ["0.1", "12.50", "-0.5", ".5", "1e3", "1.5E-3", "-.inf", ".nan"])
def test_yaml_keeps_the_text_of_other_numbers(text):
    assert read_yaml(f"a: {text}") == {"a": Unquoted(text)}


@pytest.mark.parametrize("text", ["0.1", "12.50", "-0.5", "1e3", "0.30000000000000004", "1E400"])
def test_json_keeps_the_text_of_other_numbers(text):
    assert read_json(f'{{"a": {text}}}') == {"a": Unquoted(text)}


def test_json_keeps_large_whole_numbers():
    assert read_json("123456789012345678901234567890") == 123456789012345678901234567890


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3", "twice"),
        ("[1, 2", "line"),
        ("a: !!python/name:os.system", "tag"),
        ("? [a]\n: b", "key must be text"),
        ("a: 1\n---\nb: 2", "another document"),
        ("\x00", "control characters"),
        ("[" * 200_000 + "]" * 200_000, "levels"),
        ("- " * 101 + "1", "levels"),
        ("a: &a {b: *a}", "itself"),
    ],
)
def test_refuses_bad_yaml(text, says):
    with pytest.raises(MalformedBody, match=says):
        read_yaml(text)


def test_takes_a_hundred_levels():
    assert read_yaml("- " * 100 + "1") == read_json("[" * 100 + "1" + "]" * 100)


def test_own_keys_prevail_over_merged_ones():
    assert read_yaml("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}") == {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}}


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', '{"a": 1} 2', "[" * 100_000, b"\xff"])
def test_refuses_bad_json(text):
    with pytest.raises(MalformedBody):
        read_json(text)
