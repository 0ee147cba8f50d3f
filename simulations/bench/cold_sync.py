"""`sync`: a district that knows nothing takes in a place's day; the bench plays the place's desks.

Logs are generated whole and valid (officers' opening, claims, promises of two guards, cards),
signed with the stations' own keys, and sent over pinned TLS as a desk sends them, a tile a
message. Time ends when the district acknowledged the last entry: verified and on its disk.
"""

import asyncio
import json
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from simulations.bench.floors import hashes_per_second, verifies_per_second
from simulations.demo.officers import Officers
from simulations.demo.setting import (
    Setting,
    draw,
    enrol_stations,
    hold_ceremony,
    install_stations,
    make_package,
)
from simulations.demo.stations import Stations
from sync.checkpoint import origin_of
from sync.entries import (
    CardIssued,
    Entry,
    LogBegan,
    PollsOpened,
    PromiseMade,
    VoterCheckedIn,
    encode_entry,
)
from sync.key_file import OpenedKey
from sync.limits import TILE_ENTRIES
from sync.log import Log
from sync.merkle import leaf_hash
from sync.message import PROTOCOL, Entries, Have, Heads, Hello, decode_message, encode_message
from sync.officers import approve
from sync.orders import Orders
from sync.package import Package
from sync.package_rules import read_package
from sync.roll import RollLine, decode_roll
from sync.signing import Signer
from sync.tiles import pack_bundle

DISTRICT, DESKS, MINUTE = "d-north", ("a-desk-1", "a-desk-2"), "2026-11-27T05:00Z"
IN_FLIGHT = 8


@dataclass(frozen=True)
class Synced:
    """What was taken in, how fast, and how fast this machine hashes and verifies."""

    entries: int
    bytes_sent: int
    seconds: float
    hashes_per_second: float
    verifies_per_second: float


@dataclass
class _Made:
    """One generated log: its bundles with the checkpoint each ends at."""

    station: str
    signer: Signer
    log: Log
    entries: list[bytes]
    notes: dict[int, bytes]


async def measure(root: Path, voters: int) -> Synced:
    """Send the day of `voters` voters of one place to a real, empty district process."""
    setting = draw(root, voters * 2, 12)
    await hold_ceremony(setting)
    await enrol_stations(setting)
    await make_package(setting)
    await install_stations(setting, cut_place="")
    path = setting.package / "package.json"
    package = read_package(path.read_bytes(), str(path))
    lines = decode_roll((setting.package / "roll.index").read_bytes(), "roll.index")
    stations = Stations(setting)
    made = await _generate(setting, stations, package, [v for v in lines if v.home == "a"])
    try:
        await stations.start(DISTRICT)
        await stations.wait_ready(DISTRICT)
        began = time.perf_counter()
        sent = await asyncio.gather(*(_send(setting, package, log) for log in made))
        seconds = time.perf_counter() - began
    finally:
        await stations.stop()
    total = sum(len(log.entries) for log in made)
    return Synced(total, sum(sent), seconds, hashes_per_second(), verifies_per_second())


async def _generate(
    setting: Setting, stations: Stations, package: Package, voters: list[RollLine]
) -> list[_Made]:
    """The logs of two desks: the first admits everybody, both promise."""
    officers = await Officers(setting, stations).pair(DESKS[0])
    first, second = (_begin(setting, package, desk, officers) for desk in DESKS)
    for number, line in enumerate(voters, start=1):
        claim = VoterCheckedIn(line.voter, line.rights, "national-card", "typed", MINUTE)
        index = len(first.entries)
        promise = PromiseMade(first.log.origin, index, leaf_hash(_add(first, claim)))
        _add(first, promise)
        _add(second, promise)
        _add(first, CardIssued(index, "ordinary", number, "a-box-1", leaf_hash(b"%d" % number)))
    for made in (first, second):
        stretch = made.log.seal(made.signer)
        assert stretch is not None, "something was appended"
        made.notes = dict(stretch.checkpoints)
    return [first, second]


def _begin(setting: Setting, package: Package, desk: str, officers: list[OpenedKey]) -> _Made:
    key = json.loads((setting.folder(desk) / "station.key").read_text("utf-8"))
    signer = Signer(bytes.fromhex(key["seed"]))
    origin = origin_of(package.day, desk, 0)
    made = _Made(desk, signer, Log(origin, desk, 0, signer.public), [], {})
    _add(made, LogBegan(package.base_hash, "bench"))
    opened = PollsOpened(MINUTE)
    approvals = tuple(approve(origin, opened, key.holder.id, key.signer) for key in officers)
    _add(made, PollsOpened(MINUTE, approvals))
    return made


def _add(made: _Made, entry: Entry) -> bytes:
    data = encode_entry(entry)
    made.log.append(data)
    made.entries.append(data)
    return data


async def _send(setting: Setting, package: Package, made: _Made) -> int:
    """Send one log and wait for its last acknowledgement; bytes put on the wire."""
    url = f"https://127.0.0.1:{setting.ports[DISTRICT]}/link"
    context, sent = _context(package, made), 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, ssl=context, max_msg_size=0) as socket,
    ):
        hello = Hello(PROTOCOL, made.station, package.base_hash, Orders(package).digest)
        for message in (hello, Heads((made.log.note,))):
            await socket.send_bytes(b"\0" + encode_message(message))
        pending, flying = list(_messages(made)), 0
        while True:
            while pending and flying < IN_FLIGHT:
                frame = b"\1" + zstandard.compress(encode_message(pending.pop(0)), 1)
                await socket.send_bytes(frame)
                sent, flying = sent + len(frame), flying + 1
            frame = (await socket.receive()).data
            data = frame[1:] if frame[0] == 0 else zstandard.decompress(frame[1:])
            message = decode_message(data)
            if isinstance(message, Have) and message.origin == made.log.origin:
                flying -= 1
                if message.size == made.log.sealed:
                    return sent


def _messages(made: _Made) -> Iterator[Entries]:
    for first in range(0, len(made.entries), TILE_ENTRIES):
        part = made.entries[first : first + TILE_ENTRIES]
        yield Entries(made.log.origin, first, pack_bundle(part), made.notes[first + len(part)])


def _context(package: Package, made: _Made) -> ssl.SSLContext:
    """TLS as this station, pinned to the district."""
    own = package.stations_by_id[made.station].certificate
    private = Ed25519PrivateKey.from_private_bytes(made.signer.seed)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    far = package.stations_by_id[DISTRICT].certificate
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(far))
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem + ssl.DER_cert_to_PEM_cert(own).encode())
        file.flush()
        context.load_cert_chain(file.name)
    return context
