"""An ESC/POS printer on TCP or on a pty: it answers as a printer does and its paper is PNG files.

    python -m tests.peers.escpos_printer --port 9100 --folder paper
    paper_out                    (steering, a line of standard input each)

    ESC @  ESC d n  ESC J n  LF  text    reset, feed, plain letters
    GS v 0                               a picture in bands
    GS ( k                               QR codes: store (fn 80) and print (fn 81)
    GS V                                 cut: the piece becomes NNN.png
    DLE EOT n                            answered at once, also in the middle of a picture
    GS r 1                               answered in its turn

Like a real one it keeps what it was sent while its cover is open or its paper is out, and goes on
afterwards. It hears real-time commands anywhere, also where they are dots of a picture.
"""

import argparse
import asyncio
import contextlib
import importlib.resources
import os
import pty
import re
import sys
import tty
from collections.abc import Callable
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

WIDTH = 576
STRIDE = WIDTH // 8
LETTER_ROWS = 24
INVERTED = bytes(255 - byte for byte in range(256))
REAL_TIME = re.compile(rb"\x10\x04(.)|\x10[\x05\x14]", re.DOTALL)
COMMAND_MAX = 8
"""No command's head is longer; raster rows and QR texts are counted apart."""


class EscposPrinter:
    """The printer without its cable: bytes go in by `feed`, answers come out."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.paper_out = self.paper_low = self.cover_open = self.fault = False
        self.busy = self.mute = self.babbles = False
        self.hesitates = False
        """Pause after each answer that comes in turn."""
        self.heard: list[bytes] = []
        """Real-time commands other than the questions of DLE EOT."""
        self.questions = self.taken = 0
        self._bytes_left: int | None = None
        self._cuts_power = True
        self._trouble_after: tuple[int, str] | None = None
        self._pieces = 0
        self._start()

    def _start(self) -> None:
        self._buffer = bytearray()
        self._half = b""
        self._rows: list[bytes] = []
        self._band = (0, 0)
        self._letters = ""
        self._qr = (b"", 3, "l")

    # What is done to it.

    def cut_after(self, count: int | None, power: bool = True) -> None:
        """Lose power, or the connection alone, after `count` more bytes; None: never."""
        self._bytes_left, self._cuts_power = count, power

    def trouble_after(self, rows: int, what: str) -> None:
        """Set `what` ("paper_out", "cover_open", "fault") once `rows` more rows are printed."""
        self._trouble_after = (rows, what)

    def mend(self) -> None:
        """Paper in, cover closed, power on: work on what was left."""
        self.paper_out = self.paper_low = self.cover_open = self.fault = False
        self.busy = self.mute = self.babbles = False
        self._trouble_after = self._bytes_left = None

    @property
    def papers(self) -> list[Path]:
        """The pieces of paper so far, torn ones with "torn" in their names."""
        return sorted(self.folder.glob("*.png"))

    @property
    def waiting(self) -> bytes:
        """What it was sent and has not worked on."""
        return bytes(self._buffer)

    @property
    def is_stopped(self) -> bool:
        """Does it print nothing now?"""
        return self.paper_out or self.cover_open or self.fault or self.busy

    # The cable's side.

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Answers to `data`, and whether the connection still stands."""
        stands = True
        if self._bytes_left is not None:
            stands = len(data) <= self._bytes_left
            data = data[: self._bytes_left]
            self._bytes_left -= len(data)
        self.taken += len(data)
        answers = self._listen(data) + self.work()
        if not stands:
            self._bytes_left = None
            if self._cuts_power:
                self._save("-torn")
                self._start()
        return answers, stands

    def work(self) -> bytes:
        """Work on the buffer as far as it goes; the answers that come in turn."""
        answers = b""
        while not self.is_stopped and self._buffer and not (self.hesitates and answers):
            used, answer = self._step(bytes(self._buffer[: STRIDE + COMMAND_MAX]))
            if not used:
                break
            del self._buffer[:used]
            answers += answer
        return self._say(answers)

    def _listen(self, data: bytes) -> bytes:
        """What is answered at once; a command may come in pieces."""
        self._buffer += data
        heard, end, answers = self._half + data, 0, b""
        for found in REAL_TIME.finditer(heard):
            end = found.end()
            if found.group(1):
                self.questions += 1
                answers += self._say(self._condition(found.group(1)[0]))
            else:
                self.heard.append(found.group())
        self._half = next(h for h in (b"\x10\x04", b"\x10", b"") if heard[end:].endswith(h))
        return answers

    def _say(self, answers: bytes) -> bytes:
        if self.mute:
            return b""
        return bytes(0xFF for _ in answers) if self.babbles else answers

    def _condition(self, question: int) -> bytes:
        offline = self.is_stopped and not self.busy
        bits = {
            1: 0x08 * offline,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.fault,
            3: 0x20 * self.fault,
            4: 0x0C * (self.paper_low or self.paper_out) | 0x60 * self.paper_out,
        }.get(question)
        return b"" if bits is None else bytes([0x12 | bits])

    # The paper's side: each step says how many bytes it used, none if more must come.

    def _step(self, data: bytes) -> tuple[int, bytes]:
        stride, rows = self._band
        if rows:
            if len(data) < stride:
                return 0, b""
            self._band = (stride, rows - 1)
            self._print_row(data[:stride])
            return stride, b""
        if data[:1] == b"\x1b":
            return self._escape(data)
        if data[:1] == b"\x1d":
            return self._group(data)
        if data[:1] == b"\x10":
            return (3 if len(data) >= 3 else 0), b""
        if data[:1] == b"\n":
            self._print_letters()
        elif 32 <= data[0] < 127:
            self._letters += chr(data[0])
        return 1, b""

    def _escape(self, data: bytes) -> tuple[int, bytes]:
        if len(data) < 2:
            return 0, b""
        command = data[1:2]
        if command == b"@":
            self._letters = ""
            return 2, b""
        if len(data) < 3:
            return 0, b""
        if command in (b"d", b"J"):
            self._print_letters()
            for _ in range(data[2] * (LETTER_ROWS if command == b"d" else 1)):
                self._print_row(bytes(STRIDE))
        return 3, b""

    def _group(self, data: bytes) -> tuple[int, bytes]:
        needed = {b"v": 8, b"V": 3, b"r": 3, b"(": 5}.get(data[1:2], 3)
        if len(data) >= 4 and data[1:2] == b"V" and data[2] in (65, 66):
            needed = 4
        elif data[1:2] == b"V" and len(data) == 3 and data[2] in (65, 66):
            return 0, b""
        if len(data) < needed:
            return 0, b""
        if data[1:2] == b"v":
            self._band = (int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little"))
        elif data[1:2] == b"V":
            self._print_letters()
            self._save("")
        elif data[1:2] == b"r":
            return needed, bytes([0x03 if self.paper_low else 0x00])
        elif data[1:3] == b"(k":
            return self._qr_function(int.from_bytes(data[3:5], "little"))
        return needed, b""

    def _qr_function(self, length: int) -> tuple[int, bytes]:
        whole = bytes(self._buffer[5 : 5 + length])
        if len(whole) < length:
            return 0, b""
        text, scale, level = self._qr
        match whole[1:2]:
            case b"C":
                scale = whole[2]
            case b"E":
                level = "lmqh"[whole[2] - 48]
            case b"P":
                text = whole[3:]
            case b"Q":
                self._print_qr(text, scale, level)
        self._qr = (text, scale, level)
        return 5 + length, b""

    def _print_qr(self, text: bytes, scale: int, level: str) -> None:
        code = segno.make_qr(text.decode("latin-1"), error=level)
        modules = [bytes(row) for row in code.matrix_iter(border=4)]
        picture = Image.new("1", (len(modules), len(modules)))
        picture.putdata([0 if module else 255 for row in modules for module in row])
        side = scale * len(modules)
        self._print_picture(picture.resize((side, side), Image.Resampling.NEAREST))

    def _print_letters(self) -> None:
        if self._letters:
            file = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
            font = ImageFont.truetype(str(file), 20, layout_engine=ImageFont.Layout.BASIC)
            picture = Image.new("1", (WIDTH, LETTER_ROWS), 255)
            ImageDraw.Draw(picture).text((0, 0), self._letters, 0, font)
            self._letters = ""
            self._print_picture(picture)

    def _print_picture(self, picture: Image.Image) -> None:
        paper = Image.new("1", (WIDTH, picture.height), 255)
        paper.paste(picture, (0, 0))
        dots = paper.tobytes().translate(INVERTED)
        for start in range(0, len(dots), STRIDE):
            self._print_row(dots[start : start + STRIDE])

    def _print_row(self, dots: bytes) -> None:
        self._rows.append(dots[:STRIDE].ljust(STRIDE, b"\0"))
        if self._trouble_after is not None:
            rows, what = self._trouble_after
            self._trouble_after = (rows - 1, what)
            if rows <= 1:
                self._trouble_after = None
                setattr(self, what, True)

    def _save(self, suffix: str) -> None:
        if any(map(any, self._rows)):
            self._pieces += 1
            dots = b"".join(self._rows).translate(INVERTED)
            picture = Image.frombytes("1", (WIDTH, len(self._rows)), dots)
            picture.save(self.folder / f"{self._pieces:03}{suffix}.png")
        self._rows = []


class TcpPrinter:
    """It on a TCP port, one connection at a time."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.printer = EscposPrinter(folder)
        self.port = port
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._one = asyncio.Lock()
        self._writers: set[asyncio.StreamWriter] = set()

    async def plug(self) -> None:
        """Listen; the first time on any free port if none was given."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Refuse from now on; what is connected is cut off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    def work(self) -> None:
        """After something was mended: work on, and say what comes in turn."""
        answers = self.printer.work()
        for writer in self._writers:
            writer.write(answers)
        if answers and self.printer.hesitates:
            asyncio.get_running_loop().call_later(0.05, self.work)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            async with self._one:
                while data := await reader.read(4096):
                    answers, stands = self.printer.feed(data)
                    if not stands:
                        writer.transport.abort()
                        return
                    writer.write(answers)
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


class PtyPrinter:
    """It on a serial line: `port` is a link to the pty that is plugged in now."""

    def __init__(self, folder: Path, port: Path) -> None:
        self.printer = EscposPrinter(folder)
        self.port = port
        self._master = -1

    async def plug(self) -> None:
        """A new pty behind the same name."""
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.port.symlink_to(os.ttyname(slave))
        # Only the driver holds the other end, so that its closing is seen as nothing worse.
        self._slave = slave
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._talk)

    async def unplug(self) -> None:
        """The name and the line are gone."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._master = -1
            self.port.unlink()

    def work(self) -> None:
        """See `TcpPrinter.work`."""
        os.write(self._master, self.printer.work())

    def _talk(self) -> None:
        with contextlib.suppress(BlockingIOError):
            answers, stands = self.printer.feed(os.read(self._master, 4096))
            if stands:
                os.write(self._master, answers)
            else:
                asyncio.get_running_loop().create_task(self.unplug())


async def _main(port: int, folder: Path) -> None:
    peer = TcpPrinter(folder, port)
    await peer.plug()
    print(f"listening on 127.0.0.1:{peer.port}; paper in {folder}", flush=True)
    loop = asyncio.get_running_loop()
    verbs: dict[str, Callable[[], None]] = {
        name: lambda name=name: setattr(peer.printer, name, True)
        for name in ("paper_out", "paper_low", "cover_open", "fault", "busy", "mute", "babbles")
    }
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip() == "mend":
            peer.printer.mend()
            peer.work()
        elif line.strip() in verbs:
            verbs[line.strip()]()
        else:
            print(f"known: mend, {', '.join(verbs)}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An ESC/POS printer whose paper is PNG files.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--folder", type=Path, default=Path("paper"))
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(given.port, given.folder))
