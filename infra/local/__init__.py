"""The same functions, workflows and template on this machine, without an account: MiniStack, started and deployed to.

    python -m infra.local up       start the runtime, deploy, and serve until stopped
    python -m infra.local demo     play the quick start on a fresh runtime
    python -m infra.local down     stop it
    python -m infra.local status   where it is

Nothing outside this folder knows that it is local: functions find the runtime by AWS_ENDPOINT_URL.
"""
