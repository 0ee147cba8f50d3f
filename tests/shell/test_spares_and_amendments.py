"""Amendments and spares with real programs: files, keys, sockets, restarts.

One place with its box and two desks runs; a desk dies, a blank spare takes its place without any
authority; later the hours are changed by both authorities, given to one station.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.local_client import NotRunningError, ask_node
from simulations.demo.setting import Setting, environment
from sync.errors import MeshError
from tests.conftest import run_pollmesh

pytestmark = pytest.mark.xdist_group("province")
PATIENCE_S = 60
DESK, OTHER, BOX, SPARE = "b-desk-1", "b-desk-2", "b-box-1", "spare-1"
HOURS = "2026-11-27T04:30Z..2026-11-27T16:30Z"


def until(what: str, seen: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.05)


class Place:
    """Copies of a place's station folders, and the nodes that run on them."""

    def __init__(self, setting: Setting, root: Path) -> None:
        self.setting = setting
        self.root = root
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}
        for name in (DESK, OTHER, BOX, SPARE):
            shutil.copytree(setting.folder(name), root / name)

    def folder(self, name: str) -> Path:
        return self.root / name

    def start(self, name: str) -> None:
        log = (self.root / f"{name}.log").open("ab")
        line = [sys.executable, "-m", "node", "station", "run", str(self.folder(name))]
        self._nodes[name] = subprocess.Popen(line, env=environment(), stdout=log, stderr=log)
        log.close()
        until(f"{name} up", lambda: self.status(name))

    def kill(self, name: str) -> None:
        node = self._nodes.pop(name)
        os.kill(node.pid, signal.SIGKILL)
        node.wait()

    def end(self) -> None:
        for node in self._nodes.values():
            node.terminate()
        for node in self._nodes.values():
            node.wait(20)

    def status(self, name: str) -> dict[str, object]:
        with contextlib.suppress(NotRunningError, MeshError):
            return json.loads(ask_node(self.folder(name), "/status"))
        return {}

    def connected(self, name: str) -> set[str]:
        peers = self.status(name).get("peers", [])
        assert isinstance(peers, list)
        return {peer["station"] for peer in peers if peer["state"] == "connected"}

    def done(self, *words: object) -> str:
        result = run_pollmesh(*words)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    def keys(self, *officers: str) -> list[object]:
        words: list[object] = []
        for officer in officers:
            words += ["--key", self.setting.key(officer, "officer")]
            words += ["--pin-file", self.setting.envelope(officer)]
        return words

    def entries(self, name: str) -> list[dict[str, object]]:
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.folder(name) / "log.db")) as database:
            rows = database.execute(
                "SELECT entry FROM tail WHERE origin LIKE ? ORDER BY idx", (f"%/{name}/0",)
            )
            return [json.loads(entry) for (entry,) in rows]


@pytest.fixture
def place(province: Setting, tmp_path: Path) -> Iterator[Place]:
    made = Place(province, tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_a_blank_spare_takes_the_place_of_a_dead_desk_without_any_authority(place: Place) -> None:
    setting = place.setting
    for name in (DESK, BOX):
        place.start(name)
    until("the link", lambda: BOX in place.connected(DESK))
    assert not (place.folder(SPARE) / "package.json").exists(), "a spare is blank"
    adopt = [
        *("station", "adopt", place.folder(SPARE), "--trust", setting.sheet),
        *("--from", f"127.0.0.1:{setting.ports[DESK]}", "--at", "b", "--day", "khorshid-2026"),
    ]
    officers = place.keys("b-executive", "b-supervisory")
    wrong = place.root / "wrong.txt"
    wrong.write_text("0000-0000-0000-0000-0000")
    refused = run_pollmesh(*adopt, "--code-file", wrong, *officers)
    assert refused.returncode == 1
    assert "this is not the code of spare-1; read it again" in refused.stderr
    assert not (place.folder(SPARE) / "package.json").exists()
    told = place.done(*adopt, "--code-file", setting.root / "spare-codes.txt", *officers)
    assert "'spare-1' is a desk of b now." in told
    settings = place.folder(SPARE) / "station.toml"
    peers = [[name, f"127.0.0.1:{setting.ports[name]}"] for name in (DESK, BOX)]
    settings.write_text(
        f'id = "{SPARE}"\nhost = "127.0.0.1"\nport = {setting.ports[OTHER]}\n'
        f"peers = {json.dumps(peers)}\nmdns = false\n"
    )
    place.start(SPARE)
    until("the spare's link", lambda: DESK in place.connected(SPARE))
    until("the call in its log", lambda: len(place.entries(SPARE)) >= 2)
    call = place.entries(SPARE)[1]
    assert (call["kind"], call["spare"], call["at"]) == ("SpareCalled", SPARE, "b")
    place.done("act", "open", place.folder(SPARE), "--yes", *officers)
    status = place.status(SPARE)
    assert (status["kind"], status["at"], status["polls"]) == ("desk", "b", "open")
    found = json.loads(ask_node(place.folder(SPARE), "/voters/find", {"code": code_at(place, "b")}))
    assert found["kind"] == "VotersFound"
    assert [voter["home"] for voter in found["voters"]] == ["b"]


def code_at(place: Place, home: str) -> str:
    return next(v.national_code for v in place.setting.voters if v.home == home)


def test_changed_hours_reach_every_station_from_one(place: Place) -> None:
    setting, file = place.setting, place.root / "a1.json"
    for name in (DESK, OTHER, BOX):
        place.start(name)
    until("links", lambda: {OTHER, BOX} <= place.connected(DESK))
    place.done(
        *("amendment", "new", setting.package, file, "--reason", "Queues at the doors."),
        *("--hours", HOURS),
    )
    early = run_pollmesh("amendment", "give", place.folder(DESK), file)
    assert early.returncode == 1, "nobody has signed"
    for authority in ("executive", "supervisory"):
        place.done(
            *("amendment", "sign", file, "--package", setting.package),
            *("--key", setting.key(authority, "authority")),
            *("--pin-file", setting.envelope(authority)),
        )
    shown = place.done(
        *("amendment", "show", file, "--package", setting.package, "--trust", setting.sheet)
    )
    assert "hours are now 2026-11-27T04:30Z to 2026-11-27T16:30Z" in shown
    assert "Taken." in place.done("amendment", "give", place.folder(OTHER), file)
    for name in (DESK, OTHER, BOX):
        until(
            f"the amendment in the log of {name}",
            lambda name=name: [e["number"] for e in place.entries(name) if "digest" in e] == [1],
        )
    assert "in force here already" in place.done("amendment", "give", place.folder(BOX), file)
    # One that was off takes it by hand, too, and a killed one keeps it.
    place.kill(DESK)
    place.start(DESK)
    until("the link again", lambda: OTHER in place.connected(DESK))
    assert [e["kind"] for e in place.entries(DESK)].count("AmendmentTaken") == 1
    # Whoever pulls gets the amendment, and whoever verifies goes by it.
    pulled = place.root / "pulled"
    place.done("pull", place.folder(DESK), pulled, "--trust", setting.sheet)
    assert (pulled / "orders" / "1.json").exists()
    verified = run_pollmesh("verify", pulled, "--trust", setting.sheet)
    assert "orders/1.json" not in verified.stdout + verified.stderr
    hidden = shutil.copytree(pulled, place.root / "hidden")
    shutil.rmtree(hidden / "orders")
    refused = run_pollmesh("verify", hidden, "--trust", setting.sheet)
    assert refused.returncode == 2, "look into it"
    assert "goes by an amendment 1 that is not in orders/" in refused.stdout + refused.stderr
    order = (pulled / "orders" / "1.json").read_text()
    (pulled / "orders" / "1.json").write_text(order.replace('"body":"e', '"body":"f', 1))
    refused = run_pollmesh("verify", pulled, "--trust", setting.sheet)
    assert refused.returncode != 0
    assert "orders/1.json" in refused.stdout + refused.stderr
