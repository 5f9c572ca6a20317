"""Logging to stderr, one line per event. Secrets are masked, including those in messages of libraries."""

import logging
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

import structlog

from subscriptions.domain.tracing import current_cause, trace_of
from subscriptions.infrastructure.jobs.redaction import mask

OURS: Final = ("bot", "features", "subscriptions", "umbral", "userbot", "web", "worker")
"""Names of Umbral's own loggers. Loggers of libraries are limited to WARNING, because at INFO they log every request
with its URL.
"""

# Tracebacks omit local variables, which contain tokens, sessions and personal data.
_RENDERERS: Final[Mapping[str, Sequence[structlog.typing.Processor]]] = {
    "text": [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)],
    "json": [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
}


def _mask_all(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: printable(mask(value)) if isinstance(value, str) else value for key, value in event.items()}


def _add_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace = trace_of(current_cause())
    return event if trace is None else {**event, "trace": trace}


def printable(text: str, keep: str = "") -> str:
    """Escape characters of user input that could move the cursor, change the text direction or start a new line.

    `keep`: characters that are not escaped.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in keep else sign.encode("unicode_escape").decode() for sign in text
    )


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formatter that also masks secrets in the finished line, which includes tracebacks and messages of libraries."""

    def format(self, record: logging.LogRecord) -> str:
        # Quoted input may contain line breaks, so continuation lines are indented.
        return printable(mask(super().format(record)), keep="\n\t").replace("\n", "\n    ")


def configure_logging(log_format: str) -> None:
    """Configure logging for this process. `log_format`: `text` for people, `json` for machines."""
    processors: list[structlog.typing.Processor] = [
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_all,
    ]
    structlog.configure(
        processors=[*processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderers = _RENDERERS["json" if log_format == "json" else "text"]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _MaskingFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
