"""`usance simulate` as people and programs call it: output, order, refusals, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

USANCE = Path(sys.executable).parent / "usance"
ROOT = Path(__file__).parents[3]
FEW = {
    "contract": {
        "starts_on": "2025-07-01",
        "ends_on": "2025-07-31",
        "items": {"id": "a", "prices": {"model": "flat", "amount": "5"}},
    }
}


def usance(*arguments, stdin="", cwd=None, code=0):
    done = subprocess.run(
        [USANCE, *map(str, arguments)],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", "LANG": "C.UTF-8"},
    )
    assert done.returncode == code, done.stderr
    return done


def with_amount(amount):
    return {"contract": {**FEW["contract"], "items": {"id": "a", "prices": {"model": "flat", "amount": amount}}}}


def test_json_of_one_file_is_its_result_and_of_several_a_list(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(FEW))
    one = json.loads(usance("simulate", "--json", tmp_path / "one.json").stdout)
    both = json.loads(usance("simulate", "--json", tmp_path / "one.json", tmp_path / "two.json").stdout)
    assert one["invoices"][0]["total"] == "5.00"
    assert both == [one, one]


def test_jsonl_answers_each_line_in_order_and_goes_on_after_a_refusal():
    lines = [
        json.dumps(with_amount("1")),
        json.dumps(with_amount(0.5)),
        "{",
        "",
        json.dumps([]),
        json.dumps({**FEW, "as_of": "2025-07-15T00:00:00Z"}),
        json.dumps(with_amount("3")),
    ]
    answers = [
        json.loads(line) for line in usance("simulate", "--jsonl", "-", stdin="\n".join(lines)).stdout.splitlines()
    ]
    assert [
        answer["invoices"][0]["total"] if "invoices" in answer else answer["error"]["code"] for answer in answers
    ] == ["1.00", "invalid_input", "malformed_body", "invalid_input", "5.00", "3.00"]
    refusal = answers[1]["error"]
    assert (refusal["status"], refusal["type"]) == (422, "urn:usance:problem:invalid_input")
    assert refusal["errors"] == [
        {
            "pointer": "/contract/items/prices/amount",
            "code": "unquoted_number",
            "detail": 'write "0.5", in quotes: a number without them is not exact',
        }
    ]


def test_jsonl_answers_before_the_next_line_is_sent():
    with subprocess.Popen(
        [USANCE, "simulate", "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for amount in ("1", "2"):
            running.stdin.write(json.dumps(with_amount(amount)).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["invoices"][0]["total"] == f"{amount}.00"
        running.stdin.close()
    assert running.returncode == 0


@pytest.mark.parametrize("how", [(), ("--json",), ("--jsonl",)])
def test_a_difference_exits_with_one(how, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**FEW, "expect": {"invoices": [{"total": "6"}]}}))
    printed = usance("simulate", *how, wrong, code=1).stdout
    assert "/invoices/0/total" in printed


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_a_refused_file_exits_with_two_and_names_every_fault(how, tmp_path):
    (tmp_path / "bad.yaml").write_text("contract: {starts_on: never, items: {id: a}}\nfact: []")
    done = usance("simulate", *how, tmp_path / "bad.yaml", code=2)
    said = done.stdout if how else done.stderr
    assert all(pointer in said for pointer in ("/contract/starts_on", "/contract/items/prices", "/fact"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("no.yaml", None, "cannot be read"), ("a.yaml", b"a: [", "a.yaml"), ("b.yaml", b"\xff\xfe\x00", "b.yaml")],
)
def test_a_file_that_cannot_be_read_exits_with_two(name, content, says, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert says in usance("simulate", tmp_path / name, code=2).stderr


def test_lines_of_a_file_that_is_not_there_exit_with_two(tmp_path):
    assert "cannot be read" in usance("simulate", "--jsonl", tmp_path / "none.jsonl", code=2).stderr


def test_lines_find_their_events_beside_their_file(tmp_path):
    (tmp_path / "e.csv").write_text("timestamp\n2025-07-02T00:00:00Z\n2025-07-03T00:00:00Z\n")
    item = {"id": "a", "quantity": {"metric": "n"}, "prices": {"model": "per_unit", "unit_amount": "1"}}
    counted = {
        "metrics": {"n": {"event_type": "calls", "aggregate": "count"}},
        "contract": {**FEW["contract"], "items": item},
        "events_file": "e.csv",
    }
    (tmp_path / "s.jsonl").write_text(json.dumps(counted) + "\n")
    assert json.loads(usance("simulate", "--jsonl", tmp_path / "s.jsonl").stdout)["invoices"][0]["total"] == "2.00"


def test_people_see_invoices_payments_revenue_and_problems():
    shown = usance("simulate", ROOT / "tests/scenarios/payments.yaml", ROOT / "tests/scenarios/bad_events.yaml").stdout
    for words in ("INV-000003  issued 2025-09-01", "received 130.00 USD", "Wallet: 25.50 USD", "event_conflict"):
        assert words in shown


def test_people_see_what_was_priced_and_what_is_left_of_grants(tmp_path):
    written = """
metrics: {calls: {event_type: calls, aggregate: sum, field: count}}
contract:
  starts_on: 2025-07-01
  ends_on: 2025-07-31
  items:
    id: calls
    free_units: 10
    grants: {entitlement: API calls, type: quantity, amount: 100}
    quantity: {metric: calls, unit: call}
    prices: {model: per_unit, unit_amount: "0.10"}
events: [{timestamp: 2025-07-10T00:00:00Z, data: {count: 300}}]
"""
    (tmp_path / "granted.yaml").write_text(written)
    shown = usance("simulate", tmp_path / "granted.yaml").stdout
    assert "300 call (190 priced)" in shown
    assert "Entitlement API calls: 100 granted, 100 used, 0 expired, 0 left, 200 not covered" in shown
    explained = usance("invoice", "explain", tmp_path / "granted.yaml", "--invoice", "INV-000001").stdout
    assert "granted units  grants calls.grant:0 100" in explained


def test_rich_is_not_imported_where_nothing_is_drawn():
    script = "import sys, usance.cli.main; assert 'rich' not in sys.modules, sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_says_its_version():
    assert usance("--version").stdout.startswith("usance ")
