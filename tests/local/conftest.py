"""One emulator for all tests of this folder. They do not disturb each other: each has a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from infra.local.emulator import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"t-{uuid4().hex[:10]}"
