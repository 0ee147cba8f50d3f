"""Before the day: ceremony, enrolment, roll, package, installation, through `pollmesh` itself."""

import asyncio
import contextlib
import os
import random
import socket
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from simulations.voters import Voter, make_voters, write_roll

ROOT = Path(__file__).resolve().parents[2]
PROVINCE = ROOT / "config" / "example" / "province.toml"
WEIGHTS = {"a": 50, "b": 30, "c": 20}
KEEPER = "registrar-executive"
PERIPHERALS_OF: dict[str, tuple[str, ...]] = {
    "desk": ("scanner", "printer", "power"),
    "box": ("scanner", "printer", "power", "lid"),
    "district": ("clock",),
}
PORTS = range(15_000, 32_000)


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass
class Setting:
    """Where everything of the day lies, and on which ports."""

    root: Path
    voters: list[Voter]
    k: int
    peripherals: bool = False
    stations: dict[str, dict[str, str]] = field(default_factory=dict)
    spares: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    page_ports: dict[str, int] = field(default_factory=dict)
    relay_ports: dict[str, int] = field(default_factory=dict)

    @property
    def ceremony(self) -> Path:
        """The ceremony's folder: every private key but the stations' own."""
        return self.root / "ceremony"

    @property
    def sheet(self) -> Path:
        """The printed sheet with both fingerprints."""
        return self.ceremony / "sheet.txt"

    @property
    def package(self) -> Path:
        """The signed package."""
        return self.root / "package"

    def folder(self, station: str) -> Path:
        """A station's folder."""
        return self.root / "stations" / station

    def at(self, place: str, kind: str) -> list[str]:
        """The stations of one kind at a place or district."""
        rows = self.stations.items()
        return [name for name, row in rows if row["at"] == place and row["kind"] == kind]

    def envelope(self, holder: str) -> Path:
        """A key holder's PIN envelope."""
        return self.ceremony / "envelopes" / f"{holder}.txt"

    def key(self, holder: str, kind: str) -> Path:
        """A key holder's key file."""
        return self.ceremony / "holders" / holder / f"{kind}.key.json"


def pollmesh(*words: object) -> list[str]:
    """The command line of one `pollmesh` process."""
    return [sys.executable, "-m", "node", *map(str, words)]


def environment() -> dict[str, str]:
    """What processes of the demo inherit: this checkout first on the path."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


async def command(*words: object) -> str:
    """Run one `pollmesh` command to its end; its stdout. DemoError with its words if it fails."""
    process = await asyncio.create_subprocess_exec(
        *pollmesh(*words),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise DemoError(f"pollmesh {' '.join(map(str, words))}\n{err.decode()[-2000:]}")
    return out.decode()


def draw(root: Path, voters: int, seed: int, peripherals: bool = False) -> Setting:
    """Decide who is on the roll and where stations listen; writes roll and province file."""
    province = tomllib.loads(PROVINCE.read_text("utf-8"))
    k = max(2, min(int(province["rules"]["k"]), voters // 10))
    homes = [place["id"] for place in province["places"]]
    rights = [election["id"] for election in province["elections"]]
    people = make_voters(voters, seed, homes, rights, [WEIGHTS[home] for home in homes])
    setting = Setting(root, people, k, peripherals)
    setting.stations = {row["id"]: row for row in province["stations"]}
    setting.spares = [row["id"] for row in province["spares"]]
    ports = _free_ports(len(setting.stations) * 2 + 16)
    for name, row in setting.stations.items():
        setting.ports[name] = ports.pop()
        if row["kind"] == "box":
            setting.page_ports[name] = ports.pop()
        if row["kind"] == "district":
            setting.relay_ports[name] = ports.pop()
    root.mkdir(parents=True, exist_ok=True)
    write_roll(root / "roll.csv", people)
    text = PROVINCE.read_text("utf-8").replace("\nk = 20 ", f"\nk = {k} ", 1)
    text = text.replace("\ncast_count_wait_minutes = 10", "\ncast_count_wait_minutes = 1", 1)
    # A day in a minute: its workers are faster than any person.
    text = text.replace("\ncheck_ins_per_minute = 6 ", "\ncheck_ins_per_minute = 6000 ", 1)
    (root / "province.toml").write_text(text, "utf-8")
    return setting


async def hold_ceremony(setting: Setting) -> None:
    """Keys and sheet."""
    province = setting.root / "province.toml"
    await command("ceremony", "new", setting.ceremony, "--province", province, "--demo")


async def enrol_stations(setting: Setting) -> None:
    """Every station makes its own key."""
    names = (*setting.stations, *setting.spares)
    ids = [word for name in names for word in ("--id", name)]
    await command("station", "enrol", setting.root / "stations", *ids)


async def make_package(setting: Setting) -> None:
    """One package, two signatures, verified with the sheet."""
    province = setting.root / "province.toml"
    await command(
        *("package", "new", setting.package, "--province", province),
        *("--ceremony", setting.ceremony, "--enrolments", setting.root / "stations"),
        *_roll_options(setting),
        *("--codes", setting.root / "spare-codes.txt"),
    )
    await sign_package(setting)


async def sign_package(setting: Setting) -> None:
    """Both authorities sign, and the sheet's fingerprints verify."""
    for authority in ("executive", "supervisory"):
        key, envelope = setting.key(authority, "authority"), setting.envelope(authority)
        await command("package", "sign", setting.package, "--key", key, "--pin-file", envelope)
    await command("package", "verify", setting.package, "--trust", setting.sheet)


async def install_stations(setting: Setting, cut_place: str) -> None:
    """Package, pins, roll and settings on every station; `cut_place` reaches districts by relay."""
    await command(
        *("station", "install", setting.root / "stations", "--all"),
        *("--package", setting.package, "--trust", setting.sheet, *_roll_options(setting)),
    )
    for name in setting.stations:
        _write_settings(setting, name, cut_place)


def _write_settings(setting: Setting, name: str, cut_place: str) -> None:
    behind_relay = setting.stations[name]["at"] == cut_place
    ports = setting.ports | (setting.relay_ports if behind_relay else {})
    peers = [f'["{peer}", "127.0.0.1:{ports[peer]}"]' for peer in setting.stations if peer != name]
    lines = [
        f'id = "{name}"',
        'host = "127.0.0.1"',
        f"port = {setting.ports[name]}",
        f"peers = [{', '.join(peers)}]",
        "mdns = true",
        'mdns_interfaces = ["127.0.0.1"]',
        f"page_port = {setting.page_ports.get(name, 0)}",
    ]
    kinds = PERIPHERALS_OF[setting.stations[name]["kind"]] if setting.peripherals else ()
    for kind in kinds:
        lines += ["", f"[peripherals.{kind}]", 'driver = "simulated"', f'socket = "{kind}.sock"']
    (setting.folder(name) / "station.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _roll_options(setting: Setting) -> tuple[object, ...]:
    return (
        *("--roll", setting.root / "roll.csv", "--roll-key", setting.key(KEEPER, "roll")),
        *("--pin-file", setting.envelope(KEEPER)),
    )


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now, below those the system hands out by itself."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise DemoError(f"{count} free ports are needed on 127.0.0.1, {len(found)} were found")
