"""How log lines are written: one JSON object a line, or for people in a terminal."""

import sys
import time
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from app.values.instants import instant_text


def configure_logs(log_format: str) -> None:
    """Set up structlog once, before the first line; `log_format` is `json` or `console`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamp_time,
    ]
    wrapper = structlog.make_filtering_bound_logger("INFO")
    if log_format == "console":
        structlog.configure(
            # Not the pretty one: it takes seconds, and prints the values of variables.
            processors=[
                *shared,
                structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
            ],
            wrapper_class=wrapper,
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            cache_logger_on_first_use=True,
        )
        return
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=wrapper,
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _stamp_time(
    logger: object, name: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """What structlog's TimeStamper does, in a quarter of the time; each request has a line."""
    del logger, name
    line["timestamp"] = instant_text(time.time_ns() // 1000)
    return line
