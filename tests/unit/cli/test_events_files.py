"""Usage files beside a scenario: CSV and NDJSON, plain or gzip, numbers digit by digit."""

import gzip
import json

import pytest

from usance.cli.files import load_scenario
from usance.kernel.errors import InvalidInput, MalformedBody
from usance.scenario.runner import read_scenario, run

SCENARIO = {
    "metrics": {"n": {"event_type": "calls", "aggregate": "sum", "field": "n"}},
    "contract": {
        "starts_on": "2025-07-01",
        "ends_on": "2025-07-31",
        "items": {"id": "a", "quantity": {"metric": "n"}, "prices": {"model": "per_unit", "unit_amount": "1"}},
    },
    "events": [{"id": "first", "timestamp": "2025-07-02T00:00:00Z", "data": {"n": 1}}],
}
NDJSON = b"""{"id": "x", "timestamp": "2025-07-03T00:00:00Z", "data": {"n": 0.1}}

{"id": "y", "timestamp": 1751500800, "data": {"n": "0.2"}}
"""
CSV = 'id,event_type,timestamp,n,note\r\nx,calls,2025-07-03 00:00:00,0.1,\r\ny,,2025-07-03T00:00:00Z,0.2,"a, b"\r\n'


def written(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "s.json").write_text(json.dumps({**SCENARIO, "events_file": name}))
    return tmp_path / "s.json"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.ndjson", NDJSON),
        ("e.jsonl", NDJSON),
        ("e.ndjson.gz", gzip.compress(NDJSON)),
        ("e.csv", CSV.encode()),
        ("e.csv", b"\xef\xbb\xbf" + CSV.encode()),
        ("e.csv.gz", gzip.compress(CSV.encode())),
    ],
)
def test_the_files_events_are_added_to_the_scenarios(name, content, tmp_path):
    result = run(read_scenario(load_scenario(written(tmp_path, name, content))))
    assert result["problems"] == []
    assert result["invoices"][0]["lines"][0]["quantity"] == "1.3"


def test_empty_cells_are_left_out(tmp_path):
    scenario = read_scenario(load_scenario(written(tmp_path, "e.csv", CSV.encode())))
    assert [event.data for event in scenario.events[1:]] == [{"n": "0.1"}, {"n": "0.2", "note": "a, b"}]


def test_a_bad_row_is_named_by_its_place_among_all_events(tmp_path):
    path = written(tmp_path, "e.csv", b"timestamp,n\nnever,1\n")
    with pytest.raises(InvalidInput) as refused:
        read_scenario(load_scenario(path))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/events/1/timestamp", "invalid_timestamp")
    ]


def test_a_line_that_is_not_json_is_named(tmp_path):
    with pytest.raises(MalformedBody, match=r"e\.ndjson, line 2"):
        load_scenario(written(tmp_path, "e.ndjson", b'{"timestamp": 1}\n{\n'))


def test_a_row_with_too_many_cells_is_named(tmp_path):
    with pytest.raises(MalformedBody, match=r"e\.csv, line 3: has more cells"):
        load_scenario(written(tmp_path, "e.csv", b"timestamp,n\n1,2\n1,2,3\n"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("e.txt", b"", "not_allowed"),
        ("e.csv.gz", b"no gzip", "unreadable_file"),
        ("e.ndjson.gz", gzip.compress(NDJSON)[:-9], "unreadable_file"),
        ("e.csv", b"timestamp,n\n\xff,1\n", "unreadable_file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault(name, content, code, tmp_path):
    with pytest.raises(InvalidInput) as refused:
        load_scenario(written(tmp_path, name, content))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/events_file", code)]
