"""Waymark's composition root and command line: `python bot.py` runs the bot, `python bot.py --help` lists the rest."""

import gc
import os

if __name__ == "__main__":
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else every installed package is asked whether it is one

import argparse
import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import uvloop
from pydantic import SecretStr

from authoring.export import FORMATS, export, has_runs
from authoring.programme_cache import FILE, load_unchanged
from database.connect import find_absent_file, make_store
from database.store import Store, StoreError
from flow.programme import Programme
from handlers.api.answers import TokenRefused
from handlers.operator.dead_letters import list_letters, retry_letters
from handlers.operator.reload import Reading
from handlers.service import Service
from utils.gc import settle_collector, switch_threads_sooner
from utils.logs import configure_logging
from utils.performance import performance_monitor
from utils.private_files import make_private_folder
from utils.settings import Settings, SettingsError, load_settings
from web.errors import CannotListen, WebhookRefused

logger = logging.getLogger("waymark")

VERSION = "0.1.0"
OK, FAILED, MISUSED = 0, 1, 2
BOT = (sys.executable, str(Path(__file__)))
TROUBLED_BOT = (sys.executable, str(Path(__file__).parent / "trials" / "run.py"))
CHAOS = "simulated people while the bot is killed and Telegram has its troubles"
NO_TOKEN = """BOT_TOKEN is not set.
To get one, write /newbot to @BotFather on Telegram and put BOT_TOKEN=<what it gives you> into a file named .env here.
To look around without one: python bot.py demo"""


class Misuse(Exception):
    """Something the operator has to mend before the bot can start; the words say what."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 well, 1 failed, 2 something is to be mended first."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _make_parser(given).parse_args(given)
    return say_errors(lambda: options.command(options))


def say_errors(command: Callable[[], int]) -> int:
    """The command's status; an error that the operator can mend is printed and gives 2."""
    try:
        return command()
    except (Misuse, SettingsError, CannotListen, WebhookRefused) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except TokenRefused:
        print("BOT_TOKEN: Telegram does not accept this token. Ask @BotFather for the right one (/mybots).", file=sys.stderr)
        return MISUSED
    except StoreError as error:
        print(f"The database can't be used: {error}", file=sys.stderr)
        return MISUSED


def _make_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py", description="Waymark leads many people at once through guided programmes.")
    parser.set_defaults(command=run)
    commands = parser.add_subparsers(title="commands", metavar="")

    def add(name: str, command: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=words, description=words)
        one.set_defaults(command=command)
        return one

    add("run", run, "run the bot (what happens without a command)")
    add("demo", demo, "a Telegram of our own on this machine, with a chat page in the browser; needs no token")
    trials = add("load", load, "simulated people against the bot, over HTTP"), add("chaos", chaos, CHAOS)
    if not {"load", "chaos"}.isdisjoint(arguments):
        from simulator.commands import add_chaos_options, add_load_options  # here, so that a real start loads no simulator

        for one, declare in zip(trials, (add_load_options, add_chaos_options), strict=True):
            declare(one)
    one = add("check", check, "check the programmes; one line a finding")
    one.add_argument("names", nargs="*", metavar="PROGRAMME")
    one = add("export", export_answers, "write the answers to standard output, also while the bot runs")
    one.add_argument("programme", nargs="?", metavar="PROGRAMME")
    one.add_argument("--format", choices=FORMATS, default="csv")
    one.add_argument("--demo", action="store_true", help="those of the demo (DATA_DIR/demo)")
    one.add_argument("--all", action="store_true", help="also the answers that were replaced by later ones")
    one = add("inbox", inbox, "list the updates that were put aside, or try them again, also while the bot runs")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--retry", nargs="+", type=int, metavar="ID", help="put these back into the inbox")
    which.add_argument("--retry-all", action="store_true", help="put all of them back")
    return parser


def run(_options: argparse.Namespace) -> int:
    """The bot itself."""
    return run_bot()


def run_bot(wrap: Callable[[Store], Store] = lambda store: store) -> int:
    """Serve until a signal ends it. `wrap` may put something around the store (trials do)."""
    settings = load_settings()
    if not settings.bot_token.get_secret_value():
        raise Misuse(NO_TOKEN)
    configure_logging(settings.log_level, settings.log_format, _secrets(settings))
    make_private_folder(settings.data_dir)
    performance_monitor.threshold = settings.slow_operation_seconds
    gc.disable()  # nothing of what is loaded now is garbage
    programmes = _load(settings)
    store = wrap(_make_store(settings))
    logger.info("Waymark %s, %s, on %s", VERSION, settings.mode, settings.shown_store)
    switch_threads_sooner()
    settle_collector()
    uvloop.run(_serve(settings, store, programmes))
    return OK


async def _serve(settings: Settings, store: Store, programmes: dict[str, Programme]) -> None:
    service = Service(settings, store, programmes, lambda: read_programmes(settings.programmes))
    loop = asyncio.get_running_loop()
    meanings = {signal.SIGTERM: service.stop, signal.SIGINT: service.stop, signal.SIGHUP: service.reloader.asked}
    # not the loop's add_signal_handler: between letting go of one and ignoring the signal, the next one would kill the process
    for number, event in meanings.items():
        signal.signal(number, lambda *_, event=event: loop.call_soon_threadsafe(event.set))
    if settings.web_port is not None:
        from web.server import add_web  # here, so that a start without it doesn't wait for aiohttp

        add_web(service)
    try:
        await service.run()
    finally:  # all is durable by now; one more signal while the interpreter ends must not make a bad status of a good end
        for number in meanings:
            signal.signal(number, signal.SIG_IGN)


def _load(settings: Settings) -> dict[str, Programme]:
    loaded = load_unchanged(settings.programmes, settings.data_dir / FILE)
    for finding in loaded.findings:
        print(finding, file=sys.stderr)
    if loaded.errors:
        raise Misuse("The programmes have errors; nothing was started.")
    return loaded.programmes


def read_programmes(folder: Path) -> Reading:
    """Read and checked while the bot runs; what is wrong is given back."""
    from authoring.load import load_programmes  # here and below, so that a start with nothing new does without YAML and all checks

    loaded = load_programmes(folder)
    warnings = tuple(str(finding) for finding in loaded.findings if finding not in loaded.errors)
    return Reading(loaded.programmes, tuple(map(str, loaded.errors)), warnings)


def _secrets(settings: Settings) -> list[str]:
    """Words that no line of the log may hold."""
    uri = settings.mongo_uri.get_secret_value()
    found = [settings.bot_token.get_secret_value(), settings.webhook_secret.get_secret_value(), uri, urlsplit(uri).password]
    return [secret for secret in found if secret]


def _make_store(settings: Settings) -> Store:
    url = settings.store_address
    pool = {
        "maxPoolSize": settings.mongo_max_pool_size,
        "minPoolSize": settings.mongo_min_pool_size,
        "maxIdleTimeMS": settings.mongo_max_idle_ms,
        "waitQueueTimeoutMS": settings.mongo_wait_queue_ms,
        "connectTimeoutMS": settings.mongo_connect_ms,
        "serverSelectionTimeoutMS": settings.mongo_server_selection_ms,
    }
    try:
        return make_store(url, mongo_db=settings.mongo_db, mongo_driver=settings.mongo_driver, pool=pool)
    except ValueError as error:
        raise Misuse(f"{'MONGO_URI' if settings.mongo_uri.get_secret_value() else 'DATABASE_URL'}: {error}") from error


def check(options: argparse.Namespace) -> int:
    """The authors' check."""
    from authoring.check import check_command

    lines, status = check_command(load_settings().programmes, options.names)
    print(*lines, sep="\n", end="\n" if lines else "")
    if not lines:
        looked = options.names or sorted(path.parent.name for path in load_settings().programmes.glob("*/programme.yaml"))
        print(f"checked {', '.join(looked) or 'no programme: there is none'}; nothing to mend", file=sys.stderr)
    return status


def export_answers(options: argparse.Namespace) -> int:
    """The answers, as a table or as JSON."""
    settings = load_settings()
    if options.demo:
        address = f"sqlite:///{settings.data_dir}/demo/waymark.db"
        settings = settings.model_copy(update={"mongo_uri": SecretStr(""), "database_url": address})
    try:
        status = _read_store(lambda store: _export(store, options, settings), settings)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        print(f"The answers could not be written: {error.strerror}", file=sys.stderr)
        return FAILED
    return status


async def _export(store: Store, options: argparse.Namespace, settings: Settings) -> int:
    await store.open()
    try:
        name = options.programme
        if name and not (settings.programmes / name).is_dir() and not await has_runs(store, name):
            known = ", ".join(sorted(path.parent.name for path in settings.programmes.glob("*/programme.yaml")))
            print(f"There is no programme {name} and no answer to one of that name (there are {known}).", file=sys.stderr)
            return FAILED
        rows = await export(store, name, options.format, options.all, sys.stdout.write)
    finally:
        await store.close()
    print(f"{rows} answers of {name or 'all programmes'}, read from {settings.shown_store}", file=sys.stderr)
    return OK


def inbox(options: argparse.Namespace) -> int:
    """List the updates that were put aside, or put them back."""
    return _read_store(lambda store: _inbox(store, options))


def _read_store(command: Callable[[Store], Coroutine[Any, Any, int]], settings: Settings | None = None) -> int:
    """The command's status on the database as it is. A reading command never makes a database."""
    settings = settings or load_settings()
    store = _make_store(settings)
    if (absent := find_absent_file(settings.store_address)) is not None:
        print(f"DATABASE_URL: there is no database at {absent}; nothing was made.", file=sys.stderr)
        return FAILED
    return asyncio.run(command(store))


async def _inbox(store: Store, options: argparse.Namespace) -> int:
    await store.open()
    try:
        if not (options.retry or options.retry_all):
            print(*await list_letters(store), sep="\n")
            return OK
        lines, unknown = await retry_letters(store, None if options.retry_all else options.retry)
    finally:
        await store.close()
    print(*lines, sep="\n")
    return FAILED if unknown else OK


def demo(options: argparse.Namespace) -> int:
    """The bot against a Telegram of our own."""
    from simulator.demo import run_demo  # the other side is loaded only where it is wanted

    settings = load_settings()
    return run_demo(port=settings.demo_port, data=settings.data_dir / "demo", bot=TROUBLED_BOT)


def load(options: argparse.Namespace) -> int:
    """Simulated people against the bot."""
    from simulator.commands import run_load_command
    from trials.prefill import copy_people

    return run_load_command(options, BOT, TROUBLED_BOT, copy_people)


def chaos(options: argparse.Namespace) -> int:
    """The promises under kills and faults."""
    from simulator.commands import run_chaos_command

    uri = options.mongo or load_settings().mongo_uri.get_secret_value()
    try:
        return run_chaos_command(options, BOT, TROUBLED_BOT, uri)
    except ValueError as error:
        raise Misuse(f"--mongo: {error}") from error


def leave(status: int) -> NoReturn:
    """End the process. A thread that still waits for a database which hangs is left behind: nothing of its work was confirmed."""
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    os.umask(0o077)  # files about people are their owner's alone
    gc.freeze()  # imports stay; the collector need never look at them
    gc.enable()
    leave(main())
