"""`usance usage import` against the ingest function, over real HTTP."""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from tests.functions.usage_endpoint import UsageEndpoint
from usance.cli.main import app
from usance.kernel.errors import InvalidInput, MalformedBody, Unavailable, UsanceError
from usance.kernel.instant import parse_instant
from usance.usecases.read_usage import read_events


class Server(UsageEndpoint):
    """The endpoint behind an address; `failures` are statuses to answer with before anything is done."""

    url: str
    failures: list[int]


@pytest.fixture
def server(monkeypatch):
    endpoint = Server(monkeypatch)
    endpoint.event_type("org_aaaa", "requests", {"method": "String", "bytes": {"type": "Decimal", "required": False}})
    endpoint.failures = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            content = self.rfile.read(int(self.headers["content-length"]))
            if endpoint.failures:
                status, document = endpoint.failures.pop(0), {}
            else:
                headers = {name.lower().replace("-", "_"): value for name, value in self.headers.items()}
                status, document = endpoint.post(content, self.path.rpartition("/")[2], headers=headers)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    endpoint.url = f"http://127.0.0.1:{http.server_port}/base"
    yield endpoint
    http.shutdown()
    http.server_close()


def run(server, path, *options, event_type="requests"):
    arguments = ["usage", "import", event_type, str(path), "--url", server.url, "--key", server.key, *options]
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, UsanceError):
        raise result.exception
    return result


MAP = ("--map", "customer=client", "--map", "id=request", "--field", "method", "--field", "bytes=size:Decimal")


def table(tmp_path, rows, name="usage.csv.gz"):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["request", "timestamp", "client", "method", "size", "note"])
    writer.writerows(rows)
    path = tmp_path / name
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def rows(count):
    return [
        (f"r{n}", "2025-07-03T10:00:00+00:00", f"client-{n % 3}", "GET", str(n) if n % 2 else "", "x")
        for n in range(count)
    ]


def kept(server, *customers, event_type="requests"):
    start, end = parse_instant("2025-07-01T00:00:00Z"), parse_instant("2025-08-01T00:00:00Z")
    found = read_events(server.tables, server.objects, "org_aaaa", event_type, frozenset(customers), start, end)
    return sorted(((one.id, one.data) for one in found), key=lambda one: one[0])


def test_columns_become_events_and_what_is_empty_is_left_out(server, tmp_path):
    path = table(tmp_path, rows(4))
    result = run(server, path, *MAP)
    assert result.exit_code == 0
    assert result.stdout == "4 rows: 4 accepted, 0 already there, 0 refused\n"
    assert kept(server, "client-0", "client-1", "client-2") == [
        ("r0", {"method": "GET"}),
        ("r1", {"method": "GET", "bytes": "1"}),
        ("r2", {"method": "GET"}),
        ("r3", {"method": "GET", "bytes": "3"}),
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_number_is_zero_on_request(server, tmp_path):
    run(server, table(tmp_path, rows(1)), *MAP, "--empty", "zero")
    assert kept(server, "client-0") == [("r0", {"method": "GET", "bytes": "0"})]


def test_importing_again_changes_nothing(server, tmp_path):
    path = table(tmp_path, rows(30))
    run(server, path, *MAP, "--batch", "7")
    before = list(server.tables.scan())
    result = run(server, path, *MAP, "--batch", "7", "--json")
    assert json.loads(result.stdout) == {"rows": 30, "accepted": 0, "duplicates": 30, "refused": []}
    assert list(server.tables.scan()) == before


def test_every_refused_row_is_named_by_its_line(server, tmp_path):
    bad = rows(6)
    bad[1] = ("r1", "yesterday", "client-1", "GET", "many", "x")
    bad[4] = ("r4", "2025-07-03T10:00:00Z", "", "GET", "4", "x")
    bad[5] = ("r5", "2014-07-03T10:00:00Z", "client-1", "GET", "4", "x")
    path = table(tmp_path, bad, "usage.csv")
    result = run(server, path, *MAP, "--json", "--batch", "4")
    assert result.exit_code == 2
    outcome = json.loads(result.stdout)
    assert (outcome["rows"], outcome["accepted"]) == (6, 3)
    found = {
        (one["row"], one["id"], error["pointer"], error["code"])
        for one in outcome["refused"]
        for error in one["errors"]
    }
    assert found == {
        (3, "r1", "/timestamp", "invalid_timestamp"),
        (3, "r1", "/data/bytes", "invalid_number"),
        (6, "r4", "/customer", "missing"),
        (7, "r5", "/timestamp", "timestamp_too_old"),
    }
    people = run(server, path, *MAP, "--batch", "1")
    assert "line 3: /timestamp" in people.stderr
    assert "line 7: /timestamp lies before" in people.stderr


def test_an_import_that_was_cut_off_goes_on_where_it_was(server, tmp_path):
    path = table(tmp_path, rows(10))
    server.failures = []
    sent = []
    original = server.post

    def dies_at_the_third(*arguments, **named):
        sent.append(named)
        if len(sent) == 3:
            server.failures = [403] * 9
        return original(*arguments, **named)

    server.post = dies_at_the_third
    with pytest.raises(UsanceError, match="the API answered 403"):
        run(server, path, *MAP, "--batch", "2")
    assert (tmp_path / "usage.csv.gz.import").exists()
    server.failures, server.post, count = [], original, len(kept(server, "client-0", "client-1", "client-2"))
    assert count == 6
    result = run(server, path, *MAP, "--batch", "2", "--json")
    assert json.loads(result.stdout) == {"rows": 10, "accepted": 10, "duplicates": 0, "refused": []}
    assert not (tmp_path / "usage.csv.gz.import").exists()


def test_it_tries_again_when_the_api_is_busy(server, tmp_path, monkeypatch):
    monkeypatch.setattr("usance.cli.usage_client._FIRST_PAUSE_MS", 1)
    server.failures = [503, 500, 429]
    assert run(server, table(tmp_path, rows(3)), *MAP).stdout.startswith("3 rows: 3 accepted")
    server.failures = [503] * 6
    with pytest.raises(Unavailable, match="it answered 503"):
        run(server, table(tmp_path, rows(3)), *MAP)


def test_equal_rows_without_ids_are_different_events(server, tmp_path):
    path = table(tmp_path, [rows(1)[0]] * 3)
    without_id = tuple(option for option in MAP if option != "id=request")
    options = [
        option
        for place, option in enumerate(without_id)
        if not (option == "--map" and without_id[place + 1] == "--field")
    ]
    for _ in range(2):
        assert run(server, path, *options).exit_code == 0
    assert len(kept(server, "client-0")) == 3


def test_lines_of_json_are_sent_as_they_are_or_mapped(server, tmp_path):
    path = tmp_path / "usage.ndjson"
    event = {
        "id": "a",
        "customer": "acme",
        "timestamp": "2025-07-03T10:00:00Z",
        "data": {"method": "GET", "bytes": 0.1},
    }
    path.write_text(json.dumps(event) + "\n\n" + json.dumps({**event, "id": "b"}) + "\n")
    assert run(server, path).exit_code == 0
    assert [data["bytes"] for _, data in kept(server, "acme")] == ["0.1", "0.1"]
    flat = tmp_path / "flat.jsonl"
    flat.write_text(json.dumps({"who": "zeta", "at": "2025-07-03T10:00:00Z", "m": "PUT", "size": 5}))
    run(server, flat, "--map", "customer=who", "--map", "timestamp=at", "--field", "method=m", "--field", "bytes=size")
    assert [data for _, data in kept(server, "zeta")] == [{"method": "PUT", "bytes": 5}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--map", "customer"), "is not customer="),
        (("--map", "who=client"), "is not customer="),
        (("--field", "bytes=size:Money"), "is not field=column"),
        (("--map", "customer=nobody", "--field", "x=missing"), "the file has no column 'nobody'"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_anything_is_sent(server, tmp_path, options, message):
    with pytest.raises(InvalidInput, match=message):
        run(server, table(tmp_path, rows(2)), *options)
    assert server.kept() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"request,timestamp,client,method,size\nr1,2025\n",
        b'request,timestamp,client,method,size\nr1,"2025',
        b"\xff\xfe\x00",
    ],
)
def test_a_broken_file_is_refused_with_its_line(server, tmp_path, content):
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(MalformedBody, match=r"broken\.csv"):
        run(server, path, *MAP)
    assert server.kept() == 0


def test_a_wrong_key_and_a_missing_file_say_so(server, tmp_path):
    path = table(tmp_path, rows(1))
    with pytest.raises(UsanceError, match="the API answered 401: send your API key"):
        run(server, path, *MAP, "--key", "nonsense")
    with pytest.raises(InvalidInput, match="No such file"):
        run(server, tmp_path / "none.csv", *MAP)
    with pytest.raises(InvalidInput, match="--url"):
        run(server, path, *MAP, "--url", "ftp://here")
    with pytest.raises(UsanceError, match="there is no event type 'nothing'"):
        run(server, path, *MAP, event_type="nothing")
