"""Logging: one line per event, to stderr, with secrets masked whatever wrote them."""

import logging
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

import structlog

from subscriptions.domain.tracing import current_cause, trace_of
from subscriptions.infrastructure.jobs.redaction import mask

OURS: Final = ("bot", "features", "subscriptions", "umbral", "userbot", "web", "worker")
"""Libraries speak from WARNING on only: at INFO they tell of every request, with its address."""

# A traceback says where, never what was in hand there: locals hold tokens, sessions and people's data.
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
    """What people type cannot move a terminal's cursor, turn its text around or begin a line of its own.

    keep: signs that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in keep else sign.encode("unicode_escape").decode() for sign in text
    )


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line too: tracebacks and other libraries' messages pass here."""

    def format(self, record: logging.LogRecord) -> str:
        # What an error quotes may hold line ends: only what we say begins at a line's beginning.
        return printable(mask(super().format(record)), keep="\n\t").replace("\n", "\n    ")


def configure_logging(log_format: str) -> None:
    """Set up logging for this process. log_format: `text` for people, `json` for machines."""
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
