"""The few places where MiniStack is changed, each with its reason. Nothing else of it is touched.

They hold for one version, which is checked before anything is changed; every text and name that is replaced must be
there exactly as expected. tests/local/test_seams.py shows what each of them gives.

1. A handler's exception reaches Step Functions and callers with its class and stack, as on AWS. MiniStack says
   `Runtime.HandlerError` for all of them, and a `Retry` or `Catch` by class would never be tried here.
2. A handler that logs nothing is answered at once. MiniStack waits 50 ms for a line that might come; here a function's
   process says when its log is complete.
3. At most `slots` functions run at once, the others wait. MiniStack starts a process for every call that finds none
   free: sixty chunks of a billing run would be sixty processes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

VERSION: Final = "1.5.33"
_LOG_ENDS: Final = "\x1e usance: end of log"
_LOG_SECONDS: Final = 0.5
_ERROR_LINE: Final = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
_NAMED_ERROR: Final = (
    '{"status": "error", "error": str(e), "trace": traceback.format_exc(), '
    '"type": type(e).__name__, "stack": traceback.format_tb(e.__traceback__)}'
)
_ANSWERED: Final = "        _real_stdout.flush()\n\nrun()"
_LOG_THEN_ANSWER: Final = f"        print({_LOG_ENDS!r}, file=sys.stderr, flush=True)\n{_ANSWERED}"

Answer = dict[str, Any]


class SeamError(RuntimeError):
    """This MiniStack is not the one that the seams were made for."""


def install(slots: int) -> None:
    """Change MiniStack in this process. Raises SeamError when it is not the expected one."""
    found = version("ministack")
    if found != VERSION:
        raise SeamError(f"the local runtime is made for MiniStack {VERSION}, and this is {found}: run `make setup`")
    script = _replaced(lambda_runtime._PYTHON_WORKER_SCRIPT, _ERROR_LINE, _NAMED_ERROR)  # noqa: SLF001
    lambda_runtime._PYTHON_WORKER_SCRIPT = _replaced(script, _ANSWERED, _LOG_THEN_ANSWER)  # noqa: SLF001
    worker = lambda_runtime.Worker
    worker._drain_stderr_bounded = _log_until_its_end  # noqa: SLF001
    failure = threading.local()
    worker.invoke = _remembering(worker.invoke, failure)
    lambda_svc._execute_function_warm = _bounded(lambda_svc._execute_function_warm, failure, slots)  # noqa: SLF001


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise SeamError(f"MiniStack {VERSION} should contain this once:\n{old}")
    return text.replace(old, new)


def _log_until_its_end(worker: Any, *_waits: float, **_named: float) -> str:  # noqa: ANN401 - MiniStack's own class
    """What a function logged for this call. One that died says no end: then what comes within half a second."""
    lines: list[str] = []
    deadline = time.monotonic() + _LOG_SECONDS
    while True:
        try:
            line = worker._stderr_queue.get(timeout=max(0.0, deadline - time.monotonic()))  # noqa: SLF001
        except queue.Empty:
            return "\n".join(lines)
        if line == _LOG_ENDS:
            return "\n".join(lines)
        lines.append(line)


def _remembering(invoke: Callable[..., Answer], failure: threading.local) -> Callable[..., Answer]:
    def remembered(*arguments: Any, **named: Any) -> Answer:  # noqa: ANN401 - passed on as they come
        answer = invoke(*arguments, **named)
        # Read by `_bounded` further up in this very thread; MiniStack passes on only the message.
        failure.type, failure.stack = answer.get("type"), answer.get("stack")
        return answer

    return remembered


def _bounded(execute: Callable[..., Answer], failure: threading.local, slots: int) -> Callable[..., Answer]:
    free = threading.BoundedSemaphore(slots)

    def bounded(function: Answer, event: object, request_id: str) -> Answer:
        with free:
            failure.type = None
            answer = execute(function, event, request_id)
        if answer.get("error") and failure.type:
            answer["body"] |= {"errorType": failure.type, "stackTrace": failure.stack, "requestId": request_id}
        return answer

    return bounded
