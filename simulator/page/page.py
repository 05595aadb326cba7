"""The chat page: people of the pretend Telegram, played in a browser."""

from aiohttp import web

from simulator.page.clock import ClockApi
from simulator.page.events import Feed
from simulator.page.faults import FaultsApi
from simulator.page.files import MediaFiles, StaticFiles
from simulator.page.guard import guarded
from simulator.page.people import PeopleApi
from simulator.world.world import World


def add_page(app: web.Application, world: World, title: str = "Waymark") -> None:
    """Add the page at `/` and its API under `/api` to an application that has not started; `title` is the bot's name there.

    Everything answers requests of this machine's browser only (guard.py). Open pages are let go when the application
    shuts down.
    """
    feed = Feed(world)
    static, media = StaticFiles(title), MediaFiles(world)
    routes = [
        ("GET", "/", static.index),
        ("GET", "/static/{name}", static.find),
        ("GET", "/api/events", feed.serve),
        ("GET", "/api/files/{file_id}", media.find),
        *ClockApi(world).routes(),
        *FaultsApi(world).routes(),
        *PeopleApi(world, feed, title).routes(),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, path, guarded(handler))
    app.on_shutdown.append(feed.close)
