"""The api function of an installation in memory."""

from __future__ import annotations

import pytest

from tests.functions.api_endpoint import Api


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return Api().install(monkeypatch)
