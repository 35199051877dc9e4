"""Run the application in this process until it is told to stop."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable

import structlog
import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from vamt.settings import Settings


def _told_by_us(record: logging.LogRecord) -> bool:
    """aiohttp logs a request it cannot parse with its address, which may be a booking link."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def set_up_logs(*, people: bool) -> None:
    """One line an event on stderr: for people (demo) or as JSON (service)."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_told_by_us)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def _serve(
    app: web.Application, settings: Settings, ready: Callable[[web.Application], object]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # no access log: it would write booking links; the guard logs the route's name instead
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        done = ready(app)
        if asyncio.iscoroutine(done):
            await done
        await stop.wait()
    finally:
        await runner.cleanup()


def serve(
    app: web.Application, settings: Settings, ready: Callable[[web.Application], object]
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once the port is open."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, settings, ready))
