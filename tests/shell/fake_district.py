"""A district station that says what a test wants it to say.

It stands for a station that was set back to an old image, or whose software was exchanged by
somebody who holds its disk: it serves real bytes of a real (sample) polling day on a Unix socket,
but chooses which, and may answer anything else instead.
"""

import asyncio
import base64

from aiohttp import web
from msgspec.structs import replace

from node.certificates import make_certificate
from node.pulling import local_source, pull
from node.state_api import LogIndex, StateIndex
from simulations.sample_day import DISTRICT_STATION, sample_day, secret_of
from sync.checkpoint import Checkpoint, cosign, cosigner_key, origin_of, sign_checkpoint
from sync.encoding import canonical
from sync.entries import LogBegan, encode_entry
from sync.log import Log
from sync.merkle import leaf_hash, root_of
from sync.note import Note
from sync.package import AUTHORITY_KINDS
from sync.roll import encode_line
from sync.signing import Signer, fingerprint
from sync.tiles import pack_bundle
from sync.trust import Trust, package_text, sign_package

SEED = 4
TIME_S = 1_795_753_800


class PollingDay:
    """Package, keys and roll of a small day whose certificates are real."""

    def __init__(self):
        day = sample_day(seed=SEED)
        stations = tuple(
            replace(s, certificate=make_certificate(secret_of(SEED, s.id), s.id))
            for s in day.package.stations
        )
        self.package = replace(day.package, stations=stations)
        self.signers = day.signers
        self.authorities = {kind: Signer(secret_of(SEED, kind)) for kind in AUTHORITY_KINDS}
        self.note = self.sign()
        lines = [day.roll.find(voter) for voter in day.voters["a"]]
        self.roll = b"".join(encode_line(line) + b"\n" for line in sorted(lines))
        self.trust = Trust(*(fingerprint(self.authorities[k].public) for k in AUTHORITY_KINDS))

    def sign(self):
        """package.note."""
        pairs = self.authorities.items()
        lines = tuple(sign_package(self.package, kind, signer) for kind, signer in pairs)
        return Note(package_text(self.package), lines).encode()

    def origin(self, station):
        return origin_of(self.package.day, station, 0)

    def entries(self, count, word="entry"):
        """A log's beginning and filler: what it says does not matter, only that it is signed."""
        began = encode_entry(LogBegan(self.package.base_hash, "test"))
        return [began, *(f"{word} {number}".encode() for number in range(1, count))]

    def checkpoint(self, station, entries):
        root = root_of(map(leaf_hash, entries))
        return Checkpoint(self.origin(station), len(entries), root)

    def sealed(self, station, entries):
        """The signed checkpoint over these entries."""
        return sign_checkpoint(self.checkpoint(station, entries), self.signers[station])

    def log(self, station, entries):
        """The log as a station holds it."""
        made = Log(self.origin(station), station, 0, self.signers[station].public)
        made.restore(entries, self.sealed(station, entries))
        return made

    def cosigned(self, station, entries, cosigner):
        """One cosignature line."""
        signer = self.signers[cosigner]
        key = cosigner_key(self.package.day, cosigner, signer.public)
        return cosign(self.checkpoint(station, entries), key, signer, TIME_S).line()


class FakeDistrict:
    """Serves `logs` (station -> entries); `answers` (path -> bytes) come before the truth."""

    def __init__(self, day, logs, cosigners=(), forks=()):
        self.day = day
        self.logs = logs
        self.forks = tuple(forks)
        self.cosigners = cosigners
        self.answers = {}
        self.headers = {}

    def index(self, **changes):
        """The index, with fields of the first log changed."""
        logs = [
            LogIndex(
                station,
                0,
                len(entries),
                self.day.sealed(station, entries),
                tuple(
                    self.day.cosigned(station, entries, one)
                    for one in self.cosigners
                    if one != station
                ),
            )
            for station, entries in sorted(self.logs.items())
        ]
        logs[0] = replace(logs[0], **changes)
        return StateIndex(DISTRICT_STATION, self.day.package.base_hash, (), tuple(logs), self.forks)

    async def _answer(self, request):
        path = request.path
        if path in self.answers:
            return web.Response(body=self.answers[path], headers=self.headers)
        if path.endswith("/entries"):
            first, end = int(request.query["first"]), int(request.query["end"])
            return web.Response(body=pack_bundle(self.logs[path.split("/")[3]][first:end]))
        files = {
            "/state/package.json": canonical(self.day.package),
            "/state/package.note": self.day.note,
            "/state/roll.index": self.day.roll,
        }
        return web.Response(body=files[path] if path in files else canonical(self.index()))

    def pull(self, home, folder):
        """Run `pull` from this station, whose socket lies in `home`, into `folder`."""
        return asyncio.run(self._pull(home, folder))

    async def _pull(self, home, folder):
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.UnixSite(runner, str(home / "node.sock")).start()
            return await pull(local_source(home), folder, self.day.trust, lambda count: None)
        finally:
            await runner.cleanup()


def line_by(name, signature):
    """A signature line with these bytes, whoever made them."""
    return f"— {name} {base64.b64encode(signature).decode()}\n"
