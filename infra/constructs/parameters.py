"""CloudFormation parameters: what an installation chooses when it deploys."""

from __future__ import annotations

from aws_cdk import CfnParameter
from constructs import Construct

_RATE = r"^(rate\(.+\)|cron\(.+\))$"
_RATE_HELP = "write rate(5 minutes) or cron(0 6 * * ? *), in UTC"


class Parameters(Construct):
    """The parameters under their public names."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "Parameters")
        self.billing_rate = self._rate("BillingRate", "rate(1 hour)", "how often a billing run looks for what is due")
        self.fold_rate = self._rate("FoldRate", "rate(5 minutes)", "how often new usage is folded")
        self.alert_rate = self._rate("AlertRate", "rate(5 minutes)", "how often alerts are looked at")
        self.sweep_rate = self._rate("SweepRate", "rate(5 minutes)", "how often what got stuck is started again")
        self.revenue_rate = self._rate("RevenueRate", "rate(1 day)", "how often earned revenue is recognised")
        self.stripe_api_base = self._parameter(
            "StripeApiBase",
            type="String",
            default="https://api.stripe.com",
            description="where the payment provider's API is",
            allowed_pattern="^https?://[^/]+$",
            constraint_description="an origin such as https://api.stripe.com, without a path",
        )
        self.test_clock_poll_seconds = self._parameter(
            "TestClockPollSeconds",
            type="Number",
            default=60,
            min_value=1,
            description="how often workflows of test organisations look at their clock",
        )

    def _rate(self, name: str, default: str, description: str) -> str:
        return self._parameter(
            name,
            type="String",
            default=default,
            description=description,
            allowed_pattern=_RATE,
            constraint_description=_RATE_HELP,
        )

    def _parameter(self, name: str, **properties: object) -> str:
        parameter = CfnParameter(self, name, **properties)  # type: ignore[arg-type]  # one door for all parameters
        parameter.override_logical_id(name)
        return parameter.value_as_string
