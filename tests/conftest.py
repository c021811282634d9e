"""What all tests share: how hard the property tests try, and that pure code talks to nobody.

| folder           | what it may touch                                   | how fast          |
|------------------|-----------------------------------------------------|-------------------|
| tests/house      | the files of this checkout                          | seconds           |
| tests/unit       | nothing: values in, values out                      | milliseconds each |
| tests/properties | nothing: laws, for whatever values Hypothesis finds | seconds           |
| others           | memory twins, the local AWS runtime, a browser      | minutes           |

Random order comes from pytest-randomly, which prints the seed; `pytest --randomly-seed=SEED` repeats it.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

HERE = Path(__file__).parent
SEALED = (HERE / "unit", HERE / "properties")

# Shared, slow machines make deadlines and "too slow" say nothing about the code.
settings.register_profile(
    "default", max_examples=100, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("default"), max_examples=25)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=5000)
# The same few examples for each mutant; that a test fails is enough, by which example is not asked.
settings.register_profile(
    "mutation",
    settings.get_profile("default"),
    max_examples=15,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _sealed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit and property tests that open a connection fail."""
    if not any(request.path.is_relative_to(folder) for folder in SEALED):
        return

    def refuse(*_arguments: object) -> None:
        raise AssertionError("a unit test must not open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
