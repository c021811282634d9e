"""SQS and Lambda: what our queue functions rely on."""

from __future__ import annotations

import json
import socket

import pytest

from infra.local.emulator import Emulator, EmulatorError
from tests.local.making import allow, arn, log_lines, make_function, until

RECEIVE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
FAILS_THE_BAD = """
    import json
    def handler(event, context):
        for record in event["Records"]:
            print("tried", record["body"], record["attributes"]["ApproximateReceiveCount"])
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""
FAILS = "def handler(event, context): raise RuntimeError('all of it')"


def consume(emulator, name, source, **mapping):
    """A queue with a dead-letter queue after two tries, and a function that takes from it. Returns both urls."""
    queues = emulator.client("sqs")
    dead = queues.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", f"{name}-dead"), "maxReceiveCount": 2})
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": redrive}
    queue = queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    make_function(emulator, name, source, allow(RECEIVE, arn("sqs", name)), Timeout=1)
    emulator.client("lambda").create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn("sqs", name), BatchSize=10, **mapping
    )
    return queue, dead


def depth(emulator, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(number) for number in found.values())


def test_only_the_messages_that_failed_come_again_and_end_in_the_dead_letter_queue(emulator, name):
    queue, dead = consume(emulator, name, FAILS_THE_BAD, FunctionResponseTypes=["ReportBatchItemFailures"])
    entries = [{"Id": body, "MessageBody": body} for body in ("good", "bad", "fine")]
    emulator.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    until(lambda: depth(emulator, dead) == 1, 20)
    assert depth(emulator, queue) == 0
    assert emulator.client("sqs").receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "bad"
    tried = [line for line in log_lines(emulator, name) if line.startswith("tried")]
    assert sorted(tried) == ["tried bad 1", "tried bad 2", "tried fine 1", "tried good 1"]


def test_a_function_that_raises_fails_its_whole_batch(emulator, name):
    queue, dead = consume(emulator, name, FAILS)
    entries = [{"Id": body, "MessageBody": body} for body in ("one", "two")]
    emulator.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    until(lambda: depth(emulator, dead) == 2, 20)
    assert depth(emulator, queue) == 0


def test_messages_reach_their_function_in_a_later_runtime_of_the_folder(tmp_path, name):
    with Emulator(tmp_path) as first:
        queue, dead = consume(first, name, FAILS)
    with Emulator(tmp_path) as second:
        # A queue is known by its address: at another one its messages would wait for ever.
        assert second.endpoint == first.endpoint
        second.client("sqs").send_message(QueueUrl=queue, MessageBody="one")
        until(lambda: depth(second, dead) == 1, 20)


def test_a_taken_port_is_told_apart(tmp_path):
    port = Emulator(tmp_path).port
    with socket.create_server(("127.0.0.1", port)), pytest.raises(EmulatorError, match=rf"port {port}.* --fresh"):
        Emulator(tmp_path)


def test_a_killed_function_process_loses_no_message(emulator, name):
    source = """
        import time
        def handler(event, context):
            time.sleep(0.5)
            print("done", *(record["body"] for record in event["Records"]))
    """
    queue, dead = consume(emulator, name, source)
    emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="work")
    until(lambda: emulator.workers(name))
    emulator.kill_workers(name)
    until(lambda: depth(emulator, queue) == 0, 20)
    assert depth(emulator, dead) == 0
    assert log_lines(emulator, name).count("done work") == 1
