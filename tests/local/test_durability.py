"""What outlives the emulator: a clean stop, a kill in the middle of writes, a parent that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.emulator import Emulator
from infra.packaging import ROOT
from tests.local.making import call, key, make_function, make_table, until


@pytest.fixture
def mortal(tmp_path: Path) -> Any:
    """An emulator of the test's own, for killing."""
    with Emulator(tmp_path) as emulator:
        yield emulator


def items(emulator: Emulator, table: str) -> dict[str, dict[str, Any]]:
    pages = emulator.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


class Writer(threading.Thread):
    """Writes one thing after another until the emulator dies, and remembers what was acknowledged."""

    def __init__(self, emulator: Emulator, table: str, mark: str, *, pairs: bool) -> None:
        super().__init__()
        self._client, self._table, self._mark, self._pairs = emulator.client("dynamodb"), table, mark, pairs
        self.tried = 0
        self.acknowledged: list[int] = []

    def run(self) -> None:
        try:
            while True:
                self.tried += 1
                self._write(self.tried)
                self.acknowledged.append(self.tried)
        except (BotoCoreError, ClientError):
            return

    def _write(self, number: int) -> None:
        halves = [{**key(f"{self._mark}-{number}-{half}"), "n": {"N": str(number)}} for half in "ab"]
        if self._pairs:
            puts = [{"Put": {"TableName": self._table, "Item": item}} for item in halves]
            self._client.transact_write_items(TransactItems=puts)
        else:
            self._client.put_item(TableName=self._table, Item=halves[0])


def test_a_kill_loses_nothing_acknowledged_and_tears_no_transaction(mortal, name):
    make_table(mortal, name)
    writers = [Writer(mortal, name, f"w{number}", pairs=number % 2 == 0) for number in range(4)]
    for writer in writers:
        writer.start()
    until(lambda: all(len(writer.acknowledged) > 60 for writer in writers), 30)
    mortal.kill()
    for writer in writers:
        writer.join()
    mortal.start()
    found = items(mortal, name)
    for number, writer in enumerate(writers):
        for done in writer.acknowledged:
            assert f"w{number}-{done}-a" in found
        if number % 2 == 0:
            written = [f"w{number}-{one}" for one in range(1, writer.tried + 1)]
            assert [f"{one}-a" in found for one in written] == [f"{one}-b" in found for one in written]


def test_changes_and_deletions_are_recovered_in_their_order_over_a_saved_state(mortal, name):
    make_table(mortal, name)
    database = mortal.client("dynamodb")
    for partition in ("kept", "changed", "deleted"):
        database.put_item(TableName=name, Item={**key(partition), "n": {"N": "1"}})
    mortal.restart()  # into the saved state
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    database.update_item(TableName=name, Key=key("changed"), **add)
    database.delete_item(TableName=name, Key=key("deleted"))
    database.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": key("new")}}]})
    for _ in range(2):  # and again: a kill before anything was written since the last one
        mortal.kill()
        mortal.start()
        found = items(mortal, name)
        assert set(found) == {"kept", "changed", "new"}
        assert found["changed"]["n"] == {"N": "2"}
    database.update_item(TableName=name, Key=key("changed"), **add)
    assert items(mortal, name)["changed"]["n"] == {"N": "3"}


def test_after_a_clean_stop_the_journal_is_empty_and_what_was_dropped_stays_away(mortal, name, tmp_path):
    for table in (name, f"{name}-dropped"):
        make_table(mortal, table)
        mortal.client("dynamodb").put_item(TableName=table, Item=key("a"))
    mortal.client("dynamodb").delete_table(TableName=f"{name}-dropped")
    assert (tmp_path / "dynamodb.journal").stat().st_size > 0
    mortal.stop()
    assert (tmp_path / "dynamodb.journal").stat().st_size == 0
    mortal.start()
    assert mortal.client("dynamodb").list_tables()["TableNames"] == [name]
    assert set(items(mortal, name)) == {"a"}


def test_a_line_that_was_cut_off_is_not_played(mortal, name, tmp_path):
    make_table(mortal, name)
    mortal.client("dynamodb").put_item(TableName=name, Item=key("whole"))
    mortal.kill()
    with (tmp_path / "dynamodb.journal").open("ab") as journal:
        journal.write(b'[["arn:aws:dynamodb:us-east-1:000000000000:table/')
    mortal.start()
    assert set(items(mortal, name)) == {"whole"}


def test_a_kill_after_a_save_loses_no_resource(mortal, name):
    make_function(mortal, name, "def handler(event, context): return 'here'")
    mortal.client("s3").create_bucket(Bucket=name)
    mortal.client("secretsmanager").create_secret(Name=name, SecretString="secret")
    queue = mortal.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    mortal.save()
    mortal.client("s3").put_object(Bucket=name, Key="later", Body=b"object")
    mortal.kill()
    mortal.start()
    assert call(mortal, name) == "here"
    assert mortal.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "secret"
    assert mortal.client("s3").get_object(Bucket=name, Key="later")["Body"].read() == b"object"
    assert mortal.client("sqs").get_queue_url(QueueName=name)["QueueUrl"] == queue


def test_messages_and_secrets_are_saved_within_seconds(mortal, name):
    queue = mortal.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    mortal.client("sqs").send_message(QueueUrl=queue, MessageBody="remember me")
    mortal.client("secretsmanager").create_secret(Name=name, SecretString="secret")
    time.sleep(2.5)
    mortal.kill()
    mortal.start()
    assert mortal.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "remember me"
    assert mortal.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "secret"


def test_a_stop_and_a_kill_leave_no_process(mortal, name):
    make_function(
        mortal, name, "import time\ndef handler(event, context): time.sleep(event or 0); return 'done'", Timeout=60
    )
    for end in (mortal.stop, mortal.kill):
        assert call(mortal, name) == "done"
        caller = threading.Thread(target=lambda: call_in_vain(mortal, name))
        caller.start()
        started = time.monotonic()
        end()
        # Well before the emulator would be killed for not stopping, which would lose what it has to save.
        assert time.monotonic() - started < 20
        until(lambda: processes_of(mortal.folder) == [], 5)  # what was killed may take a moment to be gone
        caller.join()
        mortal.start()


def call_in_vain(emulator: Emulator, name: str) -> None:
    with suppress(BotoCoreError, ClientError):
        assert call(emulator, name, 30) != "done"


def test_a_killed_function_process_is_replaced_at_the_next_call(mortal, name):
    make_function(mortal, name, "import os\ndef handler(event, context): return os.getpid()")
    first = call(mortal, name)
    assert mortal.workers(name) == [first]
    assert mortal.workers("another function") == []
    assert mortal.kill_workers(name) == 1
    assert call(mortal, name) != first


def test_the_emulator_ends_with_the_process_that_started_it(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from infra.local.emulator import Emulator\n"
        "Emulator(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        assert processes_of(tmp_path)
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: processes_of(tmp_path) == [])


def processes_of(folder: Path) -> list[int]:
    """Processes that were told to keep their files in this folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                environment = (process / "environ").read_bytes()
            except OSError:
                continue
            if f"TMPDIR={folder}/tmp".encode() in environment:
                found.append(int(process.name))
    return found
