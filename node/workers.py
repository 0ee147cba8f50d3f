"""Who works at this desk: badge numbers, PINs of the day, and the lock of the screens.

    nobody -> on         a badge number and its PIN; whoever was on is relieved
    on     -> locked     by hand, or after a while in which nothing was asked
    locked -> on         the same PIN again, or another worker's

    STATION/workers.json   {"format":"pollmesh/workers/v1","workers":[{"worker":"w-17","salt":…}]}

A PIN is chosen for the day and kept only as an Argon2id hash, in the station's own folder. The
first badge chooses freely; every other one while a worker is on, who vouches for it. It keeps a
passer-by from the screens; whoever owns the computer can always take the file away. Only a station
whose settings ask for logins (`worker_login`) has any of this; the others are never locked.
"""

import asyncio
import hmac
from pathlib import Path

import nacl.pwhash.argon2id
from msgspec import Struct

from node.files import read_file, write_private
from node.randomness import random_bytes
from node.station_files import StationSettings
from sync.encoding import canonical, decode
from sync.errors import DecodeError
from sync.outcomes import Done, Refused
from sync.package_rules import is_id
from sync.text import ascii_digits

WORKERS_FILE = "workers.json"
WORKERS_FORMAT = "pollmesh/workers/v1"
FILE_BYTES_MAX = 64 * 1024
WORKERS_MAX = 100
"""Badges of one desk and day; the file stays below its bound."""

PIN_DIGITS_MIN, PIN_DIGITS_MAX = 6, 12
TRIES_MAX = 5
WAIT_MS = 60_000
"""After so many wrong PINs in a row each further try waits so long."""

HASH_BYTES = 32
_OPS = nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE
_MEMORY = nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE


class Worker(Struct, frozen=True, forbid_unknown_fields=True):
    """One badge and what its PIN was stretched to."""

    worker: str
    salt: bytes
    hash: bytes


class _WorkersFile(Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    workers: tuple[Worker, ...]


class Workers:
    """The lock of one desk's screens. Times are Unix milliseconds."""

    def __init__(self, folder: Path, settings: StationSettings) -> None:
        self.is_asked = settings.worker_login
        self.problem = ""
        self._path = folder / WORKERS_FILE
        self._idle_ms = settings.lock_after_s * 1000
        self._workers: dict[str, Worker] = {}
        self._active_ms: int | None = None
        self._wrong = 0
        self._wait_until_ms = 0
        self._trying = asyncio.Lock()
        self._opened = asyncio.Event()
        if self.is_asked:
            self._read()

    def is_locked(self, now_ms: int) -> bool:
        """Must somebody log in before anything about voters is answered?"""
        if not self.is_asked:
            return False
        if self._active_ms is not None and now_ms - self._active_ms >= self._idle_ms:
            self.lock()
        return self._active_ms is None

    def here(self, now_ms: int) -> None:
        """Somebody works at the screen: the lock waits anew. Does not unlock."""
        if not self.is_locked(now_ms):
            self._active_ms = now_ms

    def lock(self) -> None:
        """Lock the screens."""
        self._active_ms = None
        self._opened.clear()

    def unlock(self, now_ms: int) -> None:
        """The right PIN was given and the log says who is on."""
        self._active_ms = now_ms
        self._opened.set()

    async def unlocked(self, wait_s: float) -> bool:
        """Wait until somebody unlocks; False if nobody does."""
        try:
            async with asyncio.timeout(wait_s):
                await self._opened.wait()
        except TimeoutError:
            return False
        return True

    async def enrol(self, worker: str, pin: str, now_ms: int) -> Done | Refused:
        """Choose the PIN of the day for a badge; a second time it replaces the first."""
        pin = ascii_digits(pin).strip()
        if not self.is_asked:
            return _not_asked()
        if self.problem:
            return Refused("damaged", self.problem)
        if self._workers and self.is_locked(now_ms):
            words = "A worker who is on lets the next one choose a PIN. Log in first."
            return Refused("locked", words)
        if not is_id(worker):
            words = "A badge number is 1 to 32 of a-z, 0-9 and hyphen. Type what stands on it."
            return Refused("no-id", words)
        good = pin.isascii() and pin.isdecimal() and len(set(pin)) > 1
        if not good or not PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX:
            words = f"Choose {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits, not all the same."
            return Refused("no-pin", words)
        if len(self._workers) >= WORKERS_MAX and worker not in self._workers:
            return Refused("too-many", f"{WORKERS_MAX} badges are known here. No more fit.")
        salt = random_bytes(nacl.pwhash.argon2id.SALTBYTES)
        stretched = await asyncio.to_thread(_stretch, pin, salt)
        kept = {**self._workers, worker: Worker(worker, salt, stretched)}
        await asyncio.to_thread(self._write, kept)
        self._workers = kept
        return Done(f"Badge {worker} has its PIN for today. Tell it to nobody.")

    async def check(self, worker: str, pin: str, now_ms: int) -> Refused | None:
        """Is this the PIN of this badge? After five wrong ones everybody waits."""
        if not self.is_asked:
            return _not_asked()
        if self.problem:
            return Refused("damaged", self.problem)
        async with self._trying:
            if (left_ms := self._wait_until_ms - now_ms) > 0:
                seconds = min(left_ms, WAIT_MS) // 1000 + 1
                return Refused("wait", f"{TRIES_MAX} PINs were wrong. Wait {seconds} seconds.")
            known = self._workers.get(worker)
            if known is None:
                return Refused("no-worker", "This badge has no PIN here yet. Choose one first.")
            stretched = await asyncio.to_thread(_stretch, ascii_digits(pin).strip(), known.salt)
            if hmac.compare_digest(stretched, known.hash):
                self._wrong = 0
                return None
            self._wrong += 1
            if self._wrong >= TRIES_MAX:
                self._wait_until_ms = now_ms + WAIT_MS
            return Refused("wrong-pin", "This is not the PIN of this badge. Try again.")

    def _read(self) -> None:
        """A file that cannot be read locks the desk and says what to do; it never opens it."""
        if not self._path.exists():
            return
        try:
            found = decode(read_file(self._path, FILE_BYTES_MAX), _WorkersFile, str(self._path))
            if found.format != WORKERS_FORMAT:
                raise DecodeError(str(self._path), f"format '{found.format[:40]}'")
        except (DecodeError, OSError) as error:
            self.problem = (
                f"{error}. Nobody can log in. Stop the station, take {WORKERS_FILE} away, start it "
                "and choose PINs anew."
            )
            return
        self._workers = {one.worker: one for one in found.workers}

    def _write(self, workers: dict[str, Worker]) -> None:
        file = _WorkersFile(WORKERS_FORMAT, tuple(workers.values()))
        write_private(self._path, canonical(file))


def _not_asked() -> Refused:
    words = "This station asks for no login (worker_login in station.toml)."
    return Refused("not-asked", words)


def _stretch(pin: str, salt: bytes) -> bytes:
    """About a tenth of a second and 64 MiB a try."""
    return nacl.pwhash.argon2id.kdf(HASH_BYTES, pin.encode(), salt, _OPS, _MEMORY)
