"""The emulator's process keeps to itself: this machine's own address, nobody's credentials."""

from __future__ import annotations

import socket

import pytest

from infra.local.emulator import Emulator, EmulatorError, free_port
from tests.local.making import call, make_function


def test_it_listens_on_one_address_of_this_machine(emulator):
    # 127.0.0.2 is this machine too, but not the address it listens on: on all addresses, it would answer there.
    with socket.socket() as elsewhere:
        elsewhere.settimeout(1)
        assert elsewhere.connect_ex(("127.0.0.2", emulator.port)) != 0
    with socket.socket() as here:
        assert here.connect_ex(("127.0.0.1", emulator.port)) == 0


def test_a_port_that_is_taken_is_not_taken_twice(emulator):
    assert free_port(emulator.port) != emulator.port


def test_what_the_shell_knows_of_aws_reaches_no_function(tmp_path, monkeypatch, name):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-elses-key")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "https://dynamodb.eu-west-1.amazonaws.com")
    for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    source = """
        import os
        def handler(event, context):
            return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "HTTP"))}
    """
    with Emulator(tmp_path) as emulator:
        make_function(emulator, name, source)
        seen = call(emulator, name)
    assert "AWS_PROFILE" not in seen
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in seen
    assert "HTTP_PROXY" not in seen
    assert seen["AWS_ACCESS_KEY_ID"] != "somebody-elses-key"
    assert seen["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert seen["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_one_that_cannot_start_says_why(tmp_path, emulator):
    second = Emulator(tmp_path)
    second.port = emulator.port
    (tmp_path / "state").write_text("a file where a folder must be")
    (tmp_path / "dynamodb.journal").mkdir()
    with pytest.raises(EmulatorError, match="Is a directory"):
        second.start()
