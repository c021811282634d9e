"""Thin entries of the Lambda functions. Each folder is one of them; the work is done by `usance`."""
