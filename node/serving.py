"""A running station's doors: its link port, its screens' socket, a box's page, and discovery."""

import asyncio
import contextlib
import resource
import ssl
from collections.abc import Callable

from aiohttp import web

from node.box_page import page_app
from node.discovery import Discovery
from node.door import Door, listen
from node.journal import Journal
from node.local_api import local_app
from node.local_client import SOCKET_FILE
from node.notify import keep_watchdog, ready, stopping
from node.peripherals import Peripherals
from node.running import Running
from node.self_test import self_test_routes
from node.spare_api import order_routes, spare_routes
from node.state_api import supervisor_routes
from node.watch import watch
from sync.errors import MeshError


async def serve(running: Running, journal: Journal) -> None:
    """Serve until cancelled; raises StoreError if the disk fails."""
    settings, links = running.settings, running.links
    _raise_descriptor_limit()
    running.peripherals = Peripherals(running)
    link_app = web.Application()
    link_app.router.add_get("/link", links.accept)
    supervisors = tuple(s.certificate for s in running.package.supervisors)
    supervisor_routes(link_app, running)
    spare_routes(link_app, running)
    async with contextlib.AsyncExitStack() as stack:
        context = links.server_context(supervisors)
        door = await _door(stack, link_app, running, context)
        socket_path = running.folder / SOCKET_FILE
        socket_path.unlink(missing_ok=True)
        own_app = local_app(running)
        self_test_routes(own_app, running, journal)
        order_routes(own_app, running)
        runner = await _runner(stack, own_app)
        await web.UnixSite(runner, str(socket_path)).start()
        socket_path.chmod(0o600)
        stack.callback(socket_path.unlink, missing_ok=True)
        if running.station.kind == "box":
            await _serve(stack, page_app(running), "127.0.0.1", settings.page_port)
        async with asyncio.TaskGroup() as group:
            group.create_task(running.runner.run())
            group.create_task(door.run())
            group.create_task(links.dial_all())
            group.create_task(running.peripherals.run())
            group.create_task(keep_watchdog(_turning(running)))
            stack.callback(stopping)
            ready(f"{running.station.id} serves {running.package.day}")
            journal.tell("ready", port=settings.port)
            group.create_task(watch(running, journal))
            if settings.mdns:
                running.discovery = Discovery(
                    running.package, running.station, settings.port, settings.mdns_interfaces, links
                )
                group.create_task(_discover(running))


def _turning(running: Running) -> Callable[[], bool]:
    """Has the replica's time gone on since this was last asked? A stuck disk stops it."""
    seen_ms = [-1]

    def has_moved() -> bool:
        before, seen_ms[0] = seen_ms[0], running.replica.steady_ms
        return seen_ms[0] != before

    return has_moved


async def _discover(running: Running) -> None:
    """Discovery that fails is a line on the screen, never the end of the node."""
    assert running.discovery is not None, "discovery is set when it is started"
    try:
        await running.discovery.run()
    except OSError as error:
        running.links.last_refused = f"multicast DNS does not work here: {error}"


async def _door(
    stack: contextlib.AsyncExitStack,
    app: web.Application,
    running: Running,
    context: ssl.SSLContext,
) -> Door:
    """The link port, listening; strangers wait at it until their handshake is done."""
    runner = await _runner(stack, app)
    host, port = running.settings.host, running.settings.port
    try:
        listening = await listen(host, port)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    for one in listening:
        stack.callback(one.close)
    assert runner.server is not None, "a runner that was set up has a server"
    return Door(
        listening, runner.server, context, running.links.refuse_crowd, running.links.is_known_host
    )


async def _serve(
    stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int
) -> None:
    runner = await _runner(stack, app)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise _cannot_listen(host, port, error) from None


def _cannot_listen(host: str, port: int, error: OSError) -> MeshError:
    return MeshError(
        f"Cannot listen on {host}:{port}: {error.strerror or error}. "
        "Choose another port in station.toml, or stop what uses it."
    )


def _raise_descriptor_limit() -> None:
    """As many files and sockets at once as the system lets this process have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _runner(stack: contextlib.AsyncExitStack, app: web.Application) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner
