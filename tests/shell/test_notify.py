"""What systemd hears from a station: a real datagram socket stands in its place."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.notify import (
    MESSAGE_BYTES_MAX,
    keep_watchdog,
    notify,
    ready,
    say_status,
    stopping,
    watchdog_interval_s,
)


class Systemd:
    """The receiving end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """Every message since the last call."""
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Systemd]:
    name = f"pollmesh-test-{os.getpid()}"
    abstract = request.param == "abstract"
    path = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else path)
    end = Systemd(f"\0{name}" if abstract else path)
    yield end
    end.socket.close()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "40000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))


def test_readiness_status_and_stopping_are_heard_as_written(systemd: Systemd) -> None:
    assert ready("Box a-box-1, polls closed")
    assert say_status("Box a-box-1,\nREADY=1 polls open")
    assert stopping()
    assert notify("WATCHDOG=1")
    assert systemd.heard() == [
        "READY=1\nSTATUS=Box a-box-1, polls closed",
        "STATUS=Box a-box-1, READY=1 polls open",
        "STOPPING=1",
        "WATCHDOG=1",
    ]


def test_a_status_too_long_is_cut(systemd: Systemd) -> None:
    assert say_status("x" * 10_000)
    assert systemd.heard() == ["STATUS=" + "x" * (MESSAGE_BYTES_MAX - 7)]


def test_a_status_is_cut_between_two_letters(systemd: Systemd) -> None:
    assert say_status("x" + "ص" * 2000)
    assert systemd.heard() == ["STATUS=x" + "ص" * ((MESSAGE_BYTES_MAX - 8) // 2)]


def test_without_systemd_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not ready("Box a-box-1")


@pytest.mark.parametrize("path", ["", "relative", "vsock:2:1234"])
def test_a_socket_that_is_no_unix_address_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    assert not notify("READY=1")


def test_a_socket_nobody_listens_on_does_not_stop_a_station(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "absent"))
    assert not notify("READY=1")


def test_a_systemd_that_does_not_read_never_blocks_a_station(systemd: Systemd) -> None:
    sent = 0
    while notify("WATCHDOG=1"):
        sent += 1
        assert sent < 100_000
    assert systemd.heard() == ["WATCHDOG=1"] * sent


@pytest.mark.parametrize(
    ("usec", "pid", "interval_s"),
    [
        ("30000000", None, 30.0),
        ("30000000", "own", 30.0),
        ("500000", "own", 0.5),
        ("30000000", "1", None),
        (None, "own", None),
        ("0", "own", None),
        ("-5", "own", None),
        ("soon", "own", None),
        ("", "own", None),
    ],
)
def test_the_watchdog_is_for_this_process_and_a_positive_time_only(
    monkeypatch: pytest.MonkeyPatch, usec: str | None, pid: str | None, interval_s: float | None
) -> None:
    given = {"WATCHDOG_USEC": usec, "WATCHDOG_PID": str(os.getpid()) if pid == "own" else pid}
    for name, value in given.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert watchdog_interval_s() == interval_s


@pytest.mark.usefixtures("watched")
def test_signs_of_life_come_twice_an_interval_and_only_while_alive(systemd: Systemd) -> None:
    looks = 0

    def alive() -> bool:
        nonlocal looks
        looks += 1
        return looks <= 3

    async def story() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        keeping = asyncio.create_task(keep_watchdog(alive))
        async with asyncio.timeout(10):
            while looks < 6:
                await asyncio.sleep(0.005)
        took_s = loop.time() - began
        keeping.cancel()
        return took_s

    took_s = asyncio.run(story())
    assert systemd.heard() == ["WATCHDOG=1"] * 3
    # Six looks are five halves of 40 ms apart; a busy computer is slower, never faster.
    assert took_s >= 0.1


def test_nobody_watching_ends_the_keeping_at_once(
    monkeypatch: pytest.MonkeyPatch, systemd: Systemd
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    asyncio.run(keep_watchdog(lambda: True))
    assert systemd.heard() == []
