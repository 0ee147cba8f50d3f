"""Stations as processes with peripherals: simulated ones steered, a real printer's other side."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from node.running import device_problem
from node.station_files import read_settings
from simulations.demo.officers import Officers
from simulations.demo.setting import (
    Setting,
    draw,
    enrol_stations,
    environment,
    hold_ceremony,
    install_stations,
    make_package,
)
from simulations.demo.stations import Stations
from simulations.sample_day import sample_day
from sync.errors import PackageError
from tests.conftest import run_pollmesh
from tests.peers.escpos_printer import TcpPrinter
from tests.peers.waiting import steer

pytestmark = [pytest.mark.xdist_group("equipped"), pytest.mark.timeout(120)]

DESK, SIBLING, BOX, DISTRICT = "b-desk-1", "b-desk-2", "b-box-1", "d-north"
EXTRA = ("identity-card", "ballot-card", "fingerprint")


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A province whose stations have simulated peripherals, on a day that asks for fingers."""

    async def prepare() -> Setting:
        setting = draw(tmp_path_factory.mktemp("eq"), 40, 6, peripherals=True)
        plan = setting.root / "province.toml"
        text = plan.read_text("utf-8").replace('fingerprint = "off"', 'fingerprint = "ask"', 1)
        plan.write_text(text, "utf-8")
        await hold_ceremony(setting)
        await enrol_stations(setting)
        await make_package(setting)
        await install_stations(setting, "c")
        lines = [
            f'\n[peripherals.{kind}]\ndriver = "simulated"\nsocket = "{kind}.sock"\n'
            for kind in EXTRA
        ]
        with (setting.folder(DESK) / "station.toml").open("a", encoding="utf-8") as file:
            file.write("".join(lines))
        return setting

    return asyncio.run(prepare())


def play(setting: Setting, names: list[str], story: Callable[[Stations], Awaitable[None]]) -> None:
    """Run a story beside these stations."""

    async def run() -> None:
        stations = Stations(setting)
        try:
            for name in names:
                await stations.start(name)
            for name in names:
                await stations.wait_ready(name)
            await story(stations)
        finally:
            await stations.stop()

    asyncio.run(run())


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until `check` gives something true; that."""
    async with asyncio.timeout(40):
        while not (found := await check()):
            await asyncio.sleep(0.05)
        return found


async def opened(setting: Setting, stations: Stations, *names: str) -> None:
    """Open these stations, unless an earlier test did."""
    for name in names:
        if (await stations.ask(name, "/status"))["polls"] in ("not open", "ready", "unready"):
            await Officers(setting, stations).act(name, "open")


async def check_in(stations: Stations, code: str) -> dict[str, Any]:
    found = await stations.ask(DESK, "/voters/find", {"code": code})
    body = {"voter": found["voters"][0]["voter"], "document": "passport", "means": "typed"}
    answer = await stations.ask(DESK, "/check-in", body)
    assert answer["kind"] == "CardReady", answer
    return dict(answer)


def voters_of(setting: Setting, place: str) -> list[str]:
    return [voter.national_code for voter in setting.voters if voter.home == place]


def test_a_desk_killed_in_the_middle_of_a_card_prints_the_same_card_again(
    equipped: Setting, tmp_path: Path
) -> None:
    file = equipped.folder(DESK) / "station.toml"
    before = file.read_text("utf-8")

    async def story(stations: Stations) -> None:
        peer = TcpPrinter(tmp_path)
        await peer.plug()
        simulated = '[peripherals.printer]\ndriver = "simulated"\nsocket = "printer.sock"'
        real = f'[peripherals.printer]\ndriver = "network"\naddress = "127.0.0.1:{peer.port}"'
        assert simulated in before
        file.write_text(before.replace(simulated, real), "utf-8")
        await stations.start(DESK)
        await stations.wait_ready(DESK)
        await opened(equipped, stations, DESK, SIBLING)

        async def job(state: str) -> Any:
            jobs = (await stations.ask(DESK, "/status"))["jobs"]
            return next((j for j in jobs if j["what"] == "card" and j["state"] == state), None)

        peer.printer.trouble_after(40, "busy")
        ready = await check_in(stations, voters_of(equipped, "b")[0])
        await until(lambda: job("printing"))
        await stations.kill(DESK)
        await stations.start(DESK)
        await stations.wait_ready(DESK)
        found = await until(lambda: job("unknown"))
        assert found["words"] == (
            f"Card {ready['number']}: It may be on paper or not: look, then print it again or "
            "drop it."
        )
        peer.printer.mend()
        peer.work()
        await stations.ask(DESK, "/print/again", {"number": found["number"]})
        await until(lambda: job("printed"))
        await peer.unplug()
        codes = {
            code.text
            for path in peer.printer.papers
            for code in zxingcpp.read_barcodes(Image.open(path).convert("L"))
        }
        assert codes == {ready["card"]}, "one card, however often it is on paper"
        await stations.ask(DESK, "/card-taken", {"number": ready["number"]})
        assert (await stations.ask(DESK, "/status"))["jobs"] == []

    try:
        play(equipped, [SIBLING], story)
    finally:
        file.write_text(before, "utf-8")


def test_a_scanned_document_a_finger_and_a_smart_card_at_a_desk(equipped: Setting) -> None:
    folder = equipped.folder(DESK)
    code = voters_of(equipped, "b")[1]

    async def story(stations: Stations) -> None:
        await opened(equipped, stations, DESK, SIBLING)
        card = {"card": "identity", "national_code": code, "name": "NEMOONEH"}
        waiting = asyncio.create_task(stations.ask(DESK, "/scan?after=0"))
        await steer(folder / "identity-card.sock", do="insert", **card)
        scan = await waiting
        assert (scan["code"], scan["document"], scan["words"]) == (code, "national-card", "")

        found = await stations.ask(DESK, "/voters/find", {"code": code})
        voter = found["voters"][0]["voter"]
        comparing = asyncio.create_task(stations.ask(DESK, "/finger", {"voter": voter}))
        while not comparing.done():
            await steer(folder / "fingerprint.sock", do="touch", finger="left")
            await asyncio.sleep(0.05)
        assert await comparing == {
            "kind": "FingerRead",
            "finger": "matched",
            "words": "The finger matches.",
        }
        ready = await check_in(stations, code)
        write = {"number": ready["number"]}
        refused = await stations.ask(DESK, "/cards/write", write)
        assert refused["kind"] == "Refused", "no card lies in the writer"
        await steer(folder / "ballot-card.sock", do="insert", card="ballot", text="")
        answer = await until(lambda: _written(stations, write))
        assert answer["words"] == "The card is written and read back. Give it to the voter."
        look = await steer(folder / "ballot-card.sock", do="look")
        assert ready["card"] in json.dumps(look)

    play(equipped, [DESK, SIBLING], story)


async def _written(stations: Stations, write: dict[str, int]) -> Any:
    answer = await stations.ask(DESK, "/cards/write", write)
    return answer if answer["kind"] == "Done" else None


def test_what_a_box_goes_through_is_read_at_the_district(equipped: Setting) -> None:
    folder = equipped.folder(BOX)

    async def story(stations: Stations) -> None:
        await opened(equipped, stations, BOX)
        await steer(folder / "lid.sock", do="break")
        await steer(folder / "power.sock", do="low")
        await steer(folder / "printer.sock", do="paper_out")

        async def is_low() -> bool:
            peripherals = (await stations.ask(BOX, "/status"))["peripherals"]
            return {"power": "attention", "printer": "stopped"}.items() <= {
                one["name"]: one["standing"] for one in peripherals
            }.items()

        await until(is_low)
        await Officers(equipped, stations).act(BOX, "close")

        async def notes() -> str | None:
            figures = await stations.ask(DISTRICT, "/figures")
            found = "\n".join(note for place in figures["places"] for note in place["notes"])
            wanted = ("the seal was broken", "the battery ran low", "out of use at closing")
            return found if all(words in found for words in wanted) else None

        assert BOX in await until(notes)
        await steer(folder / "printer.sock", do="paper_in")

        async def nothing_waits() -> bool:
            return (await stations.ask(BOX, "/status"))["jobs"] == []

        await until(nothing_waits)
        papers = sorted((folder / "printer-paper").glob("*zero-return*.png"))
        assert len(papers) == 1, "the zero return came out, before or after the roll was empty"

    play(equipped, [BOX, "b-desk-1", DISTRICT], story)


def test_hardware_is_listed_and_tried_with_the_station_running_and_without(
    equipped: Setting,
) -> None:
    name = "a-desk-1"
    folder = equipped.folder(name)

    def look() -> None:
        listed = run_pollmesh("hardware", "list", folder, "--json")
        rows = json.loads(listed.stdout)["peripherals"]
        assert [(row["name"], row["driver"], row["standing"]) for row in rows] == [
            ("scanner", "simulated", "ready"),
            ("printer", "simulated", "ready"),
            ("power", "simulated", "ready"),
        ]
        tried = run_pollmesh("hardware", "test", folder, "printer", "--json")
        assert tried.returncode == 0, tried.stderr
        words = json.loads(tried.stdout)["tests"]["printer"]["words"]
        assert words.startswith("printer: printed the test slip.")
        shown = run_pollmesh("hardware", "list", folder)
        assert "printer" in shown.stdout

    look()
    papers = sorted((folder / "printer-paper").glob("*test*.png"))
    assert len(papers) == 1
    code = zxingcpp.read_barcodes(Image.open(papers[0]).convert("L"))[0].text
    assert code == "PM-TEST:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    async def story(stations: Stations) -> None:
        await asyncio.to_thread(look)

    play(equipped, [name], story)
    assert len(sorted((folder / "printer-paper").glob("*test*.png"))) == 2


def test_a_peripheral_that_the_settings_do_not_name_is_told_with_those_they_do(
    equipped: Setting,
) -> None:
    done = run_pollmesh("hardware", "test", equipped.folder("a-desk-1"), "scaner")
    assert done.returncode == 1
    assert "There is no 'scaner' in" in done.stderr
    assert "It names: scanner, printer, power." in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            '[peripherals.scanner]\ndriver = "serail"',
            "peripherals.scanner: no driver of that name. Use one of: serial, evdev, simulated.",
        ),
        (
            '[peripherals.scaner]\ndriver = "serial"',
            "peripherals: a kind that does not exist. Use: identity-card, ballot-card, scanner, "
            "fingerprint, printer, power, lid, clock, drive.",
        ),
        ('[peripherals.scanner]\ndriver = "serial"', "missing required field `port`"),
    ],
)
def test_settings_with_a_wrong_peripheral_say_what_there_is(
    tmp_path: Path, table: str, words: str
) -> None:
    (tmp_path / "station.toml").write_text(f'id = "a"\n{table}\n', "utf-8")
    with pytest.raises(PackageError) as told:
        read_settings(tmp_path)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("station", "table", "words"),
    [
        (
            "a-desk-1",
            '[peripherals.printer]\ndriver = "simulated"\nsocket = "printer.sock"',
            "station.toml names simulated peripherals (printer). They are for training days only; "
            "name the real driver.",
        ),
        (
            "a-desk-1",
            '[peripherals.printer]\ndriver = "network"\naddress = "192.168.10.40:9100"',
            "station.toml: the printer at 192.168.10.40:9100 is on a network: cards could be read "
            "there. Use usb or serial, or a cable of its own (an address 169.254.x.x).",
        ),
        (
            "a-desk-1",
            '[peripherals.printer]\ndriver = "file"\npath = "/srv/cards.bin"',
            "station.toml: /srv/cards.bin would keep every card. Print to a device under /dev.",
        ),
        (
            "a-box-1",
            '[peripherals.power]\ndriver = "nut"\nups = "ups@10.0.0.9:3493"',
            "station.toml: the UPS ups@10.0.0.9:3493 is on a network, where anybody could stop "
            "this station. Run upsd on this computer (name@127.0.0.1:3493).",
        ),
        (
            "a-box-1",
            '[peripherals.fingerprint]\ndriver = "libfprint"',
            "station.toml names fingerprint: a box never learns who a voter is.",
        ),
    ],
)
def test_a_real_day_refuses_peripherals_that_would_betray_it(
    tmp_path: Path, station: str, table: str, words: str
) -> None:
    (tmp_path / "station.toml").write_text(f'id = "{station}"\n{table}\n', "utf-8")
    settings, own = read_settings(tmp_path), sample_day().station(station)
    assert device_problem(settings, own, training=False) == words
    on_training = device_problem(settings, own, training=True)
    assert (on_training is None) == ("box never" not in words)


@pytest.mark.parametrize(
    "table",
    [
        '[peripherals.printer]\ndriver = "network"\naddress = "169.254.7.1:9100"',
        '[peripherals.printer]\ndriver = "file"\npath = "/dev/usb/lp0"',
        '[peripherals.power]\ndriver = "nut"\nups = "ups@localhost:3493"',
    ],
)
def test_a_real_day_takes_what_has_a_cable_of_its_own(tmp_path: Path, table: str) -> None:
    (tmp_path / "station.toml").write_text(f'id = "a-desk-1"\n{table}\n', "utf-8")
    own = sample_day().station("a-desk-1")
    assert device_problem(read_settings(tmp_path), own, training=False) is None


def test_a_station_tells_its_service_manager_that_it_serves_and_ends(
    equipped: Setting, tmp_path: Path
) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify.sock"))
        manager.settimeout(60)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify.sock"), "WATCHDOG_USEC": "400000"}
        line = [sys.executable, "-m", "node", "station", "run", str(equipped.folder("a-desk-2"))]
        environ = {**environment(), **told}
        with subprocess.Popen(line, env=environ, stderr=subprocess.DEVNULL) as station:
            try:
                assert manager.recv(4096) == b"READY=1\nSTATUS=a-desk-2 serves khorshid-2026"
                assert [manager.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
                os.kill(station.pid, signal.SIGTERM)
                said = manager.recv(4096)
                while said == b"WATCHDOG=1":
                    said = manager.recv(4096)
                assert said == b"STOPPING=1"
            finally:
                station.kill()
