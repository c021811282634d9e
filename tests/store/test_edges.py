"""What both sides promise about objects, queues, workflows and secrets."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from usance.kernel.errors import BodyTooLarge
from usance.ports import Machine, Queue, StoredObject
from usance.store.memory import MemoryQueues
from usance.store.names import execution_name
from usance.store.secrets import SecretsManagerSecrets

# -- objects ---------------------------------------------------------------------------------------------------------


def test_an_object_is_written_once(objects, org):
    name = f"raw/{org}/ünï code/a.jsonl.zst"
    assert objects.get(name) is None
    assert objects.put_new(name, b"first", "application/zstd") is True
    assert objects.put_new(name, b"second") is False
    assert objects.put_new(name, b"first") is False
    assert objects.get(name) == b"first"


def test_objects_hold_any_bytes(objects, org):
    for content in (b"", bytes(range(256)) * 5000):
        name = f"raw/{org}/{hashlib.sha256(content).hexdigest()}"
        assert objects.put_new(name, bytearray(content)) is True
        assert objects.get(name) == content


def test_objects_are_listed_by_name_from_a_prefix_on(objects, org):
    names = [f"raw/{org}/{end}" for end in ("A", "a", "a/1", "a/2", "b", "é", "\ufffd", "😀")]
    for name in reversed(names):
        objects.put_new(name, name.encode())
    objects.put_new(f"raw/{org}x", b"of another")
    objects.put_new(f"folded/{org}/a", b"of another")
    every = [StoredObject(name, len(name.encode())) for name in names]
    assert list(objects.list(f"raw/{org}/")) == every
    assert list(objects.list(f"raw/{org}/a")) == every[1:4]
    assert list(objects.list(f"raw/{org}/a/")) == every[2:4]
    assert list(objects.list(f"raw/{org}/", after=names[2])) == every[3:]
    assert list(objects.list(f"raw/{org}/", after=f"raw/{org}/aa")) == every[4:]
    assert list(objects.list(f"raw/{org}/a", after=names[0])) == every[1:4]
    assert list(objects.list(f"raw/{org}/a", after=names[3])) == []
    assert list(objects.list(f"raw/{org}/", after=names[-1])) == []
    assert list(objects.list(f"raw/{org}/nothing")) == []


def test_names_that_no_bucket_takes_are_refused(objects):
    for name in ("", "x" * 1025, "é" * 513):
        with pytest.raises(ValueError, match="key of 1 to"):
            objects.put_new(name, b"")
        with pytest.raises(ValueError, match="key of 1 to"):
            objects.get(name)


# -- queues ----------------------------------------------------------------------------------------------------------


def in_order(messages):
    return sorted(messages, key=lambda message: message["n"])


def test_all_messages_arrive_in_their_queue(mail):
    messages = [{"n": number, "text": "é", "list": [None, {"x": 10**30}]} for number in range(23)]
    mail.queues.send(Queue.BILL, messages)
    mail.queues.send(Queue.BILL, [])
    assert in_order(mail.receive(Queue.BILL)) == messages
    assert mail.receive(Queue.HOOK) == []
    assert mail.receive(Queue.BILL) == []


def test_messages_that_do_not_fit_one_request_go_in_several(mail):
    messages = [{"n": number, "text": "é" * 50_000} for number in range(7)]
    mail.queues.send(Queue.HOOK, messages)
    assert in_order(mail.receive(Queue.HOOK)) == messages


def test_messages_are_copied(mail):
    message: Any = {"n": 1, "list": [1]}
    mail.queues.send(Queue.BILL, [message])
    message["list"].append(2)
    assert mail.receive(Queue.BILL) == [{"n": 1, "list": [1]}]


def test_one_bad_message_and_none_is_sent(mail):
    with pytest.raises(TypeError, match="price"):
        mail.queues.send(Queue.BILL, [*({"n": number} for number in range(12)), {"price": 1.5}])
    with pytest.raises(BodyTooLarge, match="message"):
        mail.queues.send(Queue.BILL, [*({"n": number} for number in range(12)), {"x": "é" * 131_072}])
    assert mail.receive(Queue.BILL) == []


def test_in_memory_messages_are_looked_at_and_taken_one_by_one():
    queues = MemoryQueues()
    queues.send(Queue.BILL, [{"n": number} for number in range(3)])
    assert queues.waiting(Queue.BILL) == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert queues.take(Queue.BILL, 2) == [{"n": 0}, {"n": 1}]
    assert queues.waiting(Queue.BILL) == [{"n": 2}]
    assert queues.take(Queue.HOOK, 2) == []


# -- workflows -------------------------------------------------------------------------------------------------------


def test_a_name_is_started_once_for_each_machine(workflows, org):
    name = f"inv-{org}"
    assert workflows.start(Machine.COLLECT_PAYMENT, name, {"invoice": "inv_1"}) is True
    assert workflows.start(Machine.COLLECT_PAYMENT, name, {"invoice": "inv_2"}) is False
    assert workflows.start(Machine.SCHEDULE_REVENUE, name, {"invoice": "inv_1"}) is True
    assert workflows.start(Machine.COLLECT_PAYMENT, name + "x", {"invoice": "inv_1"}) is True


def test_any_name_will_do_and_different_names_stay_different(workflows, org):
    names = [f"{org} / ü#1", f"{org} / ü#2", f"{org} / u#1", org + "x" * 80, org + "x" * 81, f"{org} / ü#1".upper()]
    assert [workflows.start(Machine.BILLING_RUN, name, {}) for name in names] == [True] * 6
    assert [workflows.start(Machine.BILLING_RUN, name, {"again": 1}) for name in names] == [False] * 6


def test_what_a_workflow_cannot_be_given_is_refused(workflows, org):
    with pytest.raises(TypeError, match="price"):
        workflows.start(Machine.BILLING_RUN, org, {"price": 1.5})
    with pytest.raises(BodyTooLarge, match="message"):
        workflows.start(Machine.BILLING_RUN, org, {"x": "a" * 262_144})
    with pytest.raises(ValueError, match="needs a name"):
        workflows.start(Machine.BILLING_RUN, "", {})
    assert workflows.start(Machine.BILLING_RUN, org, {}) is True


def test_the_payload_is_what_the_execution_gets(aws, workflows, twin, org):
    payload = {"invoice": "inv_1", "text": "é", "list": [None, True, {"x": 1}]}
    workflows.start(Machine.COLLECT_PAYMENT, org, payload)
    if twin == "memory":
        assert workflows.started(Machine.COLLECT_PAYMENT) == {org: payload}
        workflows.started(Machine.COLLECT_PAYMENT)[org]["list"].append(1)
        assert workflows.started(Machine.COLLECT_PAYMENT) == {org: payload}
        return
    arn = aws.machines[Machine.COLLECT_PAYMENT].replace(":stateMachine:", ":execution:") + f":{org}"
    execution = aws.client("stepfunctions").describe_execution(executionArn=arn)
    assert execution["input"] == '{"invoice":"inv_1","list":[null,true,{"x":1}],"text":"é"}'


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("inv_01abc-2", "inv_01abc-2"),
        ("x" * 80, "x" * 80),
        # sha256sum of the name's UTF-8
        ("a b", "a-b-" + hashlib.sha256(b"a b").hexdigest()[:32]),
        ("x" * 81, "x" * 47 + "-" + hashlib.sha256(b"x" * 81).hexdigest()[:32]),
    ],
)
def test_a_name_is_kept_when_it_can_be(name, kept):
    assert execution_name(name) == kept
    assert len(kept) <= 80


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_is_read_as_it_was_last_written(secrets, org):
    assert secrets.read(org, "stripe") is None
    values = {"secret_key": "sk_test_é", "webhook_secret": ""}
    secrets.write(org, "stripe", values)
    assert secrets.read(org, "stripe") == values
    secrets.write(org, "stripe", {"secret_key": "sk_test_2"})
    assert secrets.read(org, "stripe") == {"secret_key": "sk_test_2"}
    assert secrets.read(org, "adyen") is None
    assert secrets.read(org + "x", "stripe") is None


def test_secrets_are_copied_on_the_way_in_and_out(secrets, org):
    values = {"secret_key": "a"}
    secrets.write(org, "stripe", values)
    values["secret_key"] = "b"
    secrets.read(org, "stripe")["secret_key"] = "c"
    secrets.read(org, "stripe")["secret_key"] = "d"
    assert secrets.read(org, "stripe") == {"secret_key": "a"}


@pytest.mark.parametrize(
    ("organisation", "name"), [("", "stripe"), ("org_1", ""), ("org_1", "a/b"), ("../x", "a"), ("o", "a ")]
)
def test_a_secret_stays_in_its_place(secrets, organisation, name):
    with pytest.raises(ValueError, match="secret's name"):
        secrets.read(organisation, name)
    with pytest.raises(ValueError, match="secret's name"):
        secrets.write(organisation, name, {})


def test_a_secret_changed_elsewhere_is_seen_within_five_minutes(aws, clock, org):
    ours, theirs = (SecretsManagerSecrets(aws.client("secretsmanager"), clock) for _ in range(2))
    start = clock.now()
    assert ours.read(org, "stripe") is None
    theirs.write(org, "stripe", {"key": "1"})
    assert ours.read(org, "stripe") == {"key": "1"}
    theirs.write(org, "stripe", {"key": "2"})
    clock.move(start + timedelta(minutes=4, seconds=59))
    assert ours.read(org, "stripe") == {"key": "1"}
    clock.move(start + timedelta(minutes=5))
    assert ours.read(org, "stripe") == {"key": "2"}
    theirs.write(org, "stripe", {"key": "3"})
    # A clock that went back proves nothing about age.
    clock.move(start)
    assert ours.read(org, "stripe") == {"key": "3"}


def test_a_secret_of_the_installation_is_read_by_its_whole_name(aws, clock, org):
    aws.client("secretsmanager").create_secret(Name=f"{org}-operator", SecretString='{"key":"usk_operator"}')
    secrets = SecretsManagerSecrets(aws.client("secretsmanager"), clock)
    assert secrets.read_named(f"{org}-operator") == {"key": "usk_operator"}
    assert secrets.read_named(f"{org}-other") is None
