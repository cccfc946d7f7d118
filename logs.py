"""Logging: one line an event, as text for people or JSON for machines."""

import logging
import time
from uuid import uuid4

import structlog
from flask import Flask, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.wrappers import Response

from config import Settings

log = structlog.get_logger("earshot.request")
SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
]


def configure(settings: Settings) -> None:
    """Send everything, the libraries' lines too, through one formatter to standard error."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    if not settings.testing:
        root.handlers = [handler]
    root.setLevel(settings.log_level.upper())


def register(app: Flask) -> None:
    """Log every request under an id that its other lines carry too."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        clear_contextvars()
        bind_contextvars(request_id=uuid4().hex[:12])

    @app.after_request
    def end(response: Response) -> Response:
        # The rule, not the path: some paths carry a secret.
        rule = request.url_rule.rule if request.url_rule else "-"
        if request.endpoint not in {"static", "health.live", "health.ready", "health.metrics"}:
            log.info(
                "answered",
                method=request.method,
                rule=rule,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
            )
        return response
