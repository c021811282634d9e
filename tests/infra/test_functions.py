"""Every function is made the one way: its own size, its own log, an environment that is what its settings read."""

from __future__ import annotations

import pytest

from infra.constructs.function import check_environment
from tests.infra.resources import HANDLERS, functions, of_type, target
from usance import settings

POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}


def test_these_functions_and_no_others(template):
    assert set(functions(template)) == set(HANDLERS)
    assert len(of_type(template, "AWS::Lambda::Function")) == len(HANDLERS)


@pytest.mark.parametrize(("handler", "model"), HANDLERS.items())
def test_the_environment_is_what_the_settings_read(template, handler, model):
    given = set(functions(template)[handler]["Environment"]["Variables"])
    assert given - POWERTOOLS == getattr(settings, model).environment_names()
    assert given >= POWERTOOLS


@pytest.mark.parametrize("handler", HANDLERS)
def test_size_runtime_and_log_are_said(template, handler):
    function = functions(template)[handler]
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.12"
    assert function["MemorySize"] >= 512
    assert function["Timeout"] >= 20  # and never the default of three seconds
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert len(function["Layers"]) == 1
    group = template["Resources"][target(function["LoggingConfig"]["LogGroup"])]
    assert group["Type"] == "AWS::Logs::LogGroup"


def test_functions_behind_an_api_answer_before_its_time_is_up(template):
    for handler in ("functions.ingest.handler.handler", "functions.api.handler.handler", "functions.webhooks.app.app"):
        assert functions(template)[handler]["Timeout"] <= 29


def test_functions_that_a_schedule_invokes_keep_what_failed(template):
    kept = {}
    by_id = {name: each["Handler"] for name, each in of_type(template, "AWS::Lambda::Function").items()}
    for each in of_type(template, "AWS::Lambda::EventInvokeConfig").values():
        kept[by_id[each["FunctionName"]["Ref"]]] = target(each["DestinationConfig"]["OnFailure"]["Destination"])
    assert set(kept) == {
        "functions.aggregate.alerts.handler",
        "functions.aggregate.fold.handler",
        "functions.invoice.sweep.handler",
    }
    assert set(kept.values()) <= set(of_type(template, "AWS::SQS::Queue"))


class Wants(settings.Settings):
    """A model that reads one name of its own, with a default."""

    colour: str = "red"


BASE = dict.fromkeys(settings.Settings.environment_names(), "x")


def test_an_exact_environment_passes():
    check_environment("functions.a.b.handler", Wants, BASE | {"COLOUR": "blue"})


def test_missing_and_surplus_names_stop_the_synthesis_all_at_once():
    environment = BASE | {"COLOR": "blue"}
    del environment["BUCKET"]
    with pytest.raises(ValueError, match=r"functions\.a\.b\.handler") as refused:
        check_environment("functions.a.b.handler", Wants, environment)
    said = str(refused.value)
    assert "BUCKET is missing" in said
    assert "COLOUR is missing" in said  # its default would hide what the parameters say
    assert "COLOR is not read by Wants" in said
