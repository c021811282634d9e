"""The states that the machines share, as Amazon States Language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

State = dict[str, Any]

LAMBDA_TROUBLE = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
)
"""The Lambda service's own errors: the function may not even have run."""


def call(function: str, payload: Mapping[str, Any] | str, *, timeout_s: int, then: str, patience_s: int) -> State:
    """Invoke a function, whose answer becomes the state's output.

    `function` is the name of a substitution. Every function here may run twice, so any failure is tried again, after
    30 s and then twice as late each time up to `patience_s`: long enough for a faulty deployment to be undone.
    """
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": f"${{{function}}}", "Payload": payload},
        "Output": "{% $states.result.Payload %}",
        "TimeoutSeconds": timeout_s,
        "Retry": [
            {
                "ErrorEquals": list(LAMBDA_TROUBLE),
                "IntervalSeconds": 1,
                "BackoffRate": 2,
                "MaxAttempts": 6,
                "JitterStrategy": "FULL",
            },
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 30,
                "BackoffRate": 2,
                "MaxDelaySeconds": patience_s,
                "MaxAttempts": 10,
            },
        ],
        "Next": then,
    }


def choose(by: str, ways: Mapping[str, str], *, otherwise: str) -> State:
    """Go where a text of the input says: `ways` maps its values to states."""
    choices = [{"Condition": f"{{% $states.input.{by} = '{value}' %}}", "Next": to} for value, to in ways.items()]
    return {"Type": "Choice", "Choices": choices, "Default": otherwise}


def wait(seconds: str, *, then: str) -> State:
    """Wait as many seconds as a JSONata expression yields."""
    return {"Type": "Wait", "Seconds": f"{{% {seconds} %}}", "Next": then}


def succeed() -> State:
    """End well, with the input as the result."""
    return {"Type": "Succeed"}


def not_understood(by: str) -> State:
    """End in failure because a function returned a word that no choice knows: a defect, and an alarm."""
    return {
        "Type": "Fail",
        "Error": "Usance.NotUnderstood",
        "Cause": f"{{% 'the function returned an unknown {by}: ' & $string($states.input) %}}",
    }
