"""The logger of every function: one JSON line for each unit of work, with no secret and no personal data in it.

Powertools' defaults name the service and carry the request id; nobody else makes a logger.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="usance")
