"""Storage behind the ports: each port on AWS and in memory, with one suite of tests for both."""
