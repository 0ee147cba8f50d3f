"""How simulated devices are steered: every line has an answer, whatever the line is."""

import asyncio
import json
import socket as sockets
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hw.steering import LINE_BYTES_MAX, steered

LIMIT_S = 10
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def steer(command: dict[str, Any]) -> dict[str, Any] | None:
    """A lamp: it shines so many candles, and says so when asked."""
    match command["do"]:
        case "shine":
            return {"candles": int(command["candles"])}
        case "dim":
            return None
        case what:
            raise ValueError(f"a simulated lamp cannot {what}")


@asynccontextmanager
async def lamp(socket: Path) -> AsyncIterator["asyncio.Task[None]"]:
    serving = asyncio.create_task(steered(socket, steer))
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                try:
                    _, writer = await asyncio.open_unix_connection(socket)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.005)
        yield serving
    finally:
        serving.cancel()
        await asyncio.wait({serving})


async def said(streams: Streams, line: bytes) -> dict[str, Any]:
    reader, writer = streams
    writer.write(line + b"\n")
    return json.loads(await reader.readline())


def on_a_lamp(work: Callable[[Path], Awaitable[None]], folder: Path) -> None:
    async def go() -> None:
        socket = folder / "lamp.sock"
        async with asyncio.timeout(LIMIT_S), lamp(socket):
            await work(socket)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b'{"do": "shine", "candles": 3}', {"did": "shine", "candles": 3}),
        (b'{"do": "dim"}', {"did": "dim"}),
        (b'{"do": "fly"}', {"problem": "a simulated lamp cannot fly"}),
        (b'{"do": 3}', {"problem": 'a command is an object with "do"'}),
        (b"{}", {"problem": 'a command is an object with "do"'}),
        (b'["do"]', {"problem": 'a command is an object with "do"'}),
        (b'{"do": "shine"}', {"problem": "candles is missing"}),
    ],
)
def test_a_command_is_done_or_told_why_not(
    tmp_path: Path, line: bytes, answer: dict[str, Any]
) -> None:
    async def work(socket: Path) -> None:
        assert await said(await asyncio.open_unix_connection(socket), line) == answer

    on_a_lamp(work, tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"shine",
        b'{"do": "shine", "candles": []}',
        b'{"do": "shine", "candles": "many"}',
        b'{"do": "shine", "candles": 1e999}',
        b"\xff\xfe\x00",
        b"\xed\xa0\x80",
        b"[" * 5000,
        b"9" * 5000,
    ],
    ids=lambda line: line[:12].decode(errors="replace"),
)
def test_a_bad_line_has_a_problem_for_an_answer_and_the_next_is_done(
    tmp_path: Path, line: bytes
) -> None:
    async def work(socket: Path) -> None:
        streams = await asyncio.open_unix_connection(socket)
        answer = await said(streams, line)
        assert set(answer) == {"problem"}
        assert answer["problem"]
        assert await said(streams, b'{"do": "dim"}') == {"did": "dim"}

    on_a_lamp(work, tmp_path)


@pytest.mark.parametrize("length", [LINE_BYTES_MAX + 1, 2 * LINE_BYTES_MAX, 20 * LINE_BYTES_MAX])
def test_a_line_too_long_is_told_once_and_the_next_is_done(tmp_path: Path, length: int) -> None:
    async def work(socket: Path) -> None:
        streams = await asyncio.open_unix_connection(socket)
        assert await said(streams, b"x" * length) == {
            "problem": f"a command has at most {LINE_BYTES_MAX} bytes"
        }
        assert await said(streams, b'{"do": "dim"}') == {"did": "dim"}

    on_a_lamp(work, tmp_path)


def test_the_longest_line_allowed_is_done(tmp_path: Path) -> None:
    async def work(socket: Path) -> None:
        line = b'{"do": "dim", "why": "%s"}'
        padded = line % (b"x" * (LINE_BYTES_MAX - len(line) + 2 - 1))
        assert len(padded) + 1 == LINE_BYTES_MAX
        assert await said(await asyncio.open_unix_connection(socket), padded) == {"did": "dim"}

    on_a_lamp(work, tmp_path)


def test_only_its_owner_may_steer(tmp_path: Path) -> None:
    async def work(socket: Path) -> None:
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600

    on_a_lamp(work, tmp_path)


def test_a_socket_left_over_is_replaced_and_none_is_left_behind(tmp_path: Path) -> None:
    socket = tmp_path / "lamp.sock"
    with sockets.socket(sockets.AF_UNIX) as left_over:
        left_over.bind(str(socket))

    async def work(socket: Path) -> None:
        streams = await asyncio.open_unix_connection(socket)
        assert await said(streams, b'{"do": "dim"}') == {"did": "dim"}

    on_a_lamp(work, tmp_path)
    assert not socket.exists()


def test_a_file_that_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    keys = tmp_path / "lamp.sock"
    keys.write_text("somebody's keys")
    with pytest.raises(OSError, match="already in use"):
        asyncio.run(steered(keys, steer))
    assert keys.read_text() == "somebody's keys"


def test_two_steer_at_once_and_each_hears_its_own_answers(tmp_path: Path) -> None:
    async def work(socket: Path) -> None:
        async def ask(first: int) -> list[int]:
            streams = await asyncio.open_unix_connection(socket)
            lines = (b'{"do": "shine", "candles": %d}' % n for n in range(first, first + 50))
            return [(await said(streams, line))["candles"] for line in lines]

        one, other = await asyncio.gather(ask(0), ask(1000))
        assert (one, other) == (list(range(50)), list(range(1000, 1050)))

    on_a_lamp(work, tmp_path)


def test_lines_sent_in_pieces_or_all_at_once_are_the_same_lines(tmp_path: Path) -> None:
    async def work(socket: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(socket)
        for piece in (b'{"do": ', b'"dim"}\n{"do": "fly"}\n{"do"', b': "dim"}\n'):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        answers = [json.loads(await reader.readline()) for _ in range(3)]
        assert answers == [
            {"did": "dim"},
            {"problem": "a simulated lamp cannot fly"},
            {"did": "dim"},
        ]

    on_a_lamp(work, tmp_path)


def test_when_the_device_ends_whoever_steers_is_cut_off(tmp_path: Path) -> None:
    async def go() -> None:
        socket = tmp_path / "lamp.sock"
        async with asyncio.timeout(LIMIT_S):
            async with lamp(socket) as serving:
                reader, writer = await asyncio.open_unix_connection(socket)
                assert await said((reader, writer), b'{"do": "dim"}') == {"did": "dim"}
            assert serving.cancelled()
            assert await reader.read() == b""

    asyncio.run(go())
