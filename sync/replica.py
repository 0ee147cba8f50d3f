"""The machine: `Replica.handle(input, now_ms) -> effects`. One station's logs, links and role.

    input      a peer joined or left, a frame, a command, a stored ballot, a tick
    effects    first everything that must be on disk, then messages and answers, in order

It holds its own log and everybody's it wants, verifies what peers send up to their signed
checkpoints, folds every entry into the role, lets the role write, signs what it wrote, and offers
peers what they lack. It opens no socket and reads no clock; the simulator and the real node run
this very class.
"""

from collections.abc import Sequence

from sync.effects import (
    Answer,
    BallotStored,
    CommandGiven,
    Effect,
    FrameReceived,
    Input,
    KeepSecret,
    PeerJoined,
    PeerLeft,
    Persist,
    Tick,
)
from sync.entries import BoxReturned, Entry, LogBegan, LogFinal, encode_entry
from sync.exchange import Exchange
from sync.limits import COSIGN_EVERY_MS, STEP_MS_MAX
from sync.log import ForkProof, Log
from sync.meaning import meaning
from sync.outcomes import Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Role
from sync.signing import Signer

STOPPED = (
    "This station's log was signed twice and is frozen. Stop, keep the station, call the district."
)


class Replica(Exchange):
    """One station. Give it its logs with `restore`, call `begin`, then `handle` every input."""

    def __init__(self, package: Package, station: Station, signer: Signer, software: str) -> None:
        super().__init__(package, station, signer)
        self.software = software
        self._signer = signer
        self._role: Role | None = None
        self._seen_ms = 0
        self._compared_ms = 0

    @property
    def role(self) -> Role:
        """What this station is."""
        assert self._role is not None, "a role is given before anything is handled"
        return self._role

    def take_role(self, role: Role) -> None:
        """Give the replica its role, before any entry is folded."""
        self._role = role

    def restore(self, origin: str, entries: Sequence[bytes], note: bytes) -> None:
        """Take up one stored log at start; raises VerifyError if the store is damaged."""
        log = self._log(origin)
        log.restore(entries, note)
        for index, entry in enumerate(entries):
            self._fold(log, index, entry)

    def restore_fork(self, proof: ForkProof) -> None:
        """Take up a stored fork proof."""
        self._log(proof.origin).fork = proof

    def begin(self, now_ms: int) -> list[Effect]:
        """Start the own log if it is new; let the role look at what was restored."""
        self._seen_ms = now_ms
        if not self._own.size and not self.is_stopped():
            self.append(LogBegan(self.package.base_hash, self.software))
        return self._finish(now_ms)

    def handle(self, given: Input, now_ms: int) -> list[Effect]:
        """Decide one input."""
        self._pass_time(now_ms)
        match given:
            case PeerJoined(peer):
                self._join(peer)
            case PeerLeft(peer):
                self.sessions.pop(peer, None)
            case FrameReceived(peer, data):
                self._receive(peer, data)
            case CommandGiven(request) if self.is_stopped():
                self._after.append(Answer(request, Refused("stopped", STOPPED)))
            case CommandGiven(request, command):
                self.role.command(request, command, self, now_ms)
            case BallotStored():
                self.role.stored(given, self, now_ms)
            case Tick():
                self._fresh.update(self.logs)
                self._tell_news()
        return self._finish(now_ms)

    # --- the pen (see sync.role.Pen)

    def append(self, entry: Entry) -> Ref:
        """Write an entry to the own log and fold it."""
        assert self._own.fork is None, "a forked log is never continued"
        data = encode_entry(entry)
        index = self._own.append(data)
        self._fold(self._own, index, data)
        self._fresh.add(self.origin)
        return Ref(self.origin, index)

    def do(self, effect: Effect) -> None:
        """Perform `effect` after what was written is on disk; a secret is kept before that."""
        # A card's entry without its secret would be a card that cannot be printed again.
        (self._durable if isinstance(effect, KeepSecret) else self._after).append(effect)

    @property
    def steady_ms(self) -> int:
        """Time that goes forward, step by step, for waits: a clock set anew moves nothing."""
        return self._steady_ms

    def _pass_time(self, now_ms: int) -> None:
        self._steady_ms += min(max(0, now_ms - self._seen_ms), STEP_MS_MAX)
        self._seen_ms = now_ms

    def _fold(self, log: Log, index: int, data: bytes) -> None:
        station = self.package.stations_by_id[log.station]
        entry = meaning(self.package, station, log.origin, index, data)
        self.role.fold(station, Ref(log.origin, index), log.tree.leaf(index), entry)
        if isinstance(entry, LogFinal | BoxReturned):
            self.cosigning.hurry()

    def _finish(self, now_ms: int) -> list[Effect]:
        """Let the role write, sign, order what is durable first, then push."""
        if not self.is_stopped():
            self.role.react(self, now_ms)
        stretch = self._own.seal(self._signer)
        if stretch is not None:
            self._durable.append(Persist(stretch))
        for cosignature in self.cosigning.due(self.logs, self._steady_ms, now_ms):
            self._kept(cosignature)
        if self._steady_ms - self._compared_ms >= COSIGN_EVERY_MS:
            self._compared_ms = self._steady_ms
            self._compare()
        pushes = list(self._pushes())
        effects = [*self._durable, *self._after, *pushes]
        self._durable, self._after, self._fresh = [], [], set()
        return effects
