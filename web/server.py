"""The process's own web server, and which address means what on it."""

import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from handlers.api.errors import describe
from handlers.service import Service
from web.backlog import Backlog
from web.errors import CannotListen
from web.health import Health
from web.webhook import LARGEST_BODY, Webhook

logger = logging.getLogger("waymark.web")
silent = logging.getLogger("waymark.web.http")  # aiohttp quotes what it can't read; whoever sent that hears of it, nobody else
silent.setLevel(logging.CRITICAL)

STOP_SECONDS = 1.0  # that requests under way get at a stop


class WebServer:
    """Serves `routes` on `host`:`port` (0: a free one)."""

    def __init__(self, host: str, port: int, routes: Iterable[web.RouteDef]) -> None:
        self._host, self._port = host, port
        self._app = web.Application(middlewares=[_say_no_more], client_max_size=LARGEST_BODY)
        self._app.add_routes(routes)
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The one that is listened on, once started."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises CannotListen."""
        self._runner = web.AppRunner(self._app, access_log=None, logger=silent, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except (OSError, OverflowError) as error:
            raise CannotListen(f"WEB_HOST, WEB_PORT: can't listen on {self._host}:{self._port}: {error}") from error
        self._port = self._runner.addresses[0][1]
        logger.info("listening on %s:%d", self._host, self._port)

    async def stop(self) -> None:
        """Finish what is under way, for STOP_SECONDS."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()


def add_web(service: Service) -> None:
    """Add the parts that WEB_PORT and MODE ask for; nothing without WEB_PORT. Before `Service.run`."""
    settings = service.settings
    if settings.web_port is None:
        return
    polls = settings.mode == "polling"
    last_poll = (lambda: service.intake.last_poll) if polls else None
    health = Health(service.store, Backlog(service.outbox.list_waiting), service.watchdog.lag, last_poll, service.serving.is_set)
    routes = [web.get("/health", health.handle)]
    if not polls:
        secret = settings.webhook_secret.get_secret_value()
        hook = Webhook(service.transport, service.intake.take_in, lambda: service.inbox.is_crowded, settings.webhook_url, secret)
        service.receive = hook.receive
        routes += [web.post(path, hook.handle) for path in sorted(hook.paths)]
    service.companions += [health, WebServer(settings.web_host, settings.web_port, routes)]


@web.middleware
async def _say_no_more(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """A fault of ours is logged by kind and place alone: its message may quote what a person wrote."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, aiohttp would log its message)
        logger.error("a request broke off: %s", describe(error))
        return web.Response(status=500)
