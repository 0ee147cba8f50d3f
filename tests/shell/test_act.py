"""`pollmesh act`: officers sign what they asked for, whatever the station would like signed."""

import contextlib
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import msgspec
import pytest
from typer.testing import CliRunner

from node.cli import app
from node.randomness import seal
from simulations.sample_day import secret_of
from sync.encoding import canonical
from sync.entries import BoxReturned, LogFinal, PollsClosed, PollsOpened, VoterCheckedIn
from sync.entry_base import Approval
from sync.key_file import DEMO, Holder, seal_key_file
from sync.officers import approval_problem
from sync.outcomes import ActProposed, Done
from sync.package import AUTHORITY_KINDS
from sync.sealing import officer_box_key, officer_box_secret, open_sealed
from sync.shares import Share, encode_share
from sync.signing import Signer
from sync.views import ActSubmitted
from tests.shell.fake_district import SEED, PollingDay

DESK, BOX = "a-desk-1", "a-box-1"
PIN = "12345-67890"
MINUTE = "2026-11-27T15:00Z"
SPENT = b"\x03" * 32
RETURN = BoxReturned(1, MINUTE, MINUTE, 0, SPENT, (), (), False)
OPEN, CLOSE, FINAL = PollsOpened(MINUTE), PollsClosed(MINUTE), LogFinal(MINUTE)
SIGNED = PollsOpened(MINUTE, (Approval("a-executive", b"x" * 64),))
CHECK_IN = VoterCheckedIn("0" * 32, ("council",), "passport", "typed", MINUTE)


class LyingNode:
    """Answers on a station's Unix socket with what a test gives it, and keeps what it is handed.

    It stands for a station whose software was exchanged, by malware or by whoever was alone with
    it: it wants two officers' signatures on something that they did not mean to sign.
    """

    def __init__(self, folder, answers):
        self.heard = {}
        node = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                node.heard[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
                data = answers[self.path]
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def address_string(self):
                return "here"

            def log_message(self, *_):
                pass

        self._server = socketserver.ThreadingUnixStreamServer(str(folder / "node.sock"), Handler)

    @contextlib.contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture(scope="module")
def day():
    return PollingDay()


@pytest.fixture
def keys(tmp_path):
    """Key files of both officers of place a, and their envelope."""
    words = []
    (tmp_path / "pin").write_text(PIN)
    for kind in AUTHORITY_KINDS:
        name = f"a-{kind}"
        seed = secret_of(SEED, name)
        holder = Holder("officer", name, kind, Signer(seed).public)
        path = tmp_path / f"{name}.json"
        path.write_bytes(seal_key_file(holder, seed, PIN, b"s" * 16, b"n" * 24, DEMO))
        words += ["--key", str(path), "--pin-file", str(tmp_path / "pin")]
    return words


def installed(day, folder, station):
    """A station's folder as officers find it, without its secrets."""
    folder.mkdir()
    (folder / "package.json").write_bytes(canonical(day.package))
    (folder / "package.note").write_bytes(day.note)
    pinned = {"executive": day.trust.executive, "supervisory": day.trust.supervisory}
    (folder / "trust.json").write_text(json.dumps(pinned, separators=(",", ":")))
    (folder / "station.toml").write_text(f'id = "{station}"\n')
    return folder


def act(folder, keys, name, proposed, *words, answer="y\n"):
    """`pollmesh act NAME` against a node that proposes this; the result and what the node heard."""
    done = canonical(Done("Done."))
    answers = {"/acts/propose": proposed, "/acts/submit": done, "/shares": done}
    with LyingNode(folder, answers).running() as node:
        result = CliRunner().invoke(app, ["act", name, str(folder), *keys, *words], input=answer)
    return result, node.heard


def proposal(day, entry, station=DESK, words="Open a-desk-1."):
    text = entry if isinstance(entry, str) else canonical(entry).decode()
    origin = station if "/" in station else day.origin(station)
    return canonical(ActProposed("p-1", origin, text, words))


@pytest.mark.parametrize(
    ("name", "station", "entry"),
    [
        ("open", DESK, OPEN),
        ("close", BOX, CLOSE),
        ("final", DESK, FINAL),
        ("return", BOX, RETURN),
    ],
)
def test_officers_see_the_log_before_they_are_asked_and_sign_for_it(
    day, keys, tmp_path, name, station, entry
):
    folder = installed(day, tmp_path / "station", station)
    result, heard = act(folder, keys, name, proposal(day, entry, station))
    assert result.exit_code == 0, result.output
    shown, asked = result.output.index(day.origin(station)), result.output.index("Sign exactly")
    assert shown < asked
    handed = msgspec.json.decode(heard["/acts/submit"], type=ActSubmitted)
    signed = msgspec.structs.replace(entry, approvals=handed.approvals)
    assert approval_problem(day.package, day.origin(station), "a", signed) is None


def test_an_officer_who_says_no_has_signed_nothing(day, keys, tmp_path):
    folder = installed(day, tmp_path / "station", DESK)
    result, heard = act(folder, keys, "open", proposal(day, OPEN), answer="n\n")
    assert result.exit_code == 1
    assert "/acts/submit" not in heard


LIES = {
    "another station's log": ("open", OPEN, "a-desk-2", "asks for signatures on the log"),
    "another day's log": ("open", OPEN, "pollmesh/real-day/a-desk-1/0", "signatures on the log"),
    "another epoch": ("open", OPEN, "pollmesh/sample-4/a-desk-1/1", "signatures on the log"),
    "another act": ("open", FINAL, DESK, "You asked for 'open', the station proposes LogFinal"),
    "a closing": ("open", CLOSE, DESK, "the station proposes PollsClosed"),
    "a return at a desk": ("open", RETURN, DESK, "does not belong in the log of a desk"),
    "no act": ("final", CHECK_IN, DESK, "the station proposes VoterCheckedIn"),
    "signed already": ("open", SIGNED, DESK, "carries signatures already"),
    "a blank too many": ("open", canonical(OPEN).decode() + " ", DESK, "canonical"),
    "a second meaning": (
        "open",
        canonical(OPEN).decode().replace("{", '{"minute":"2026-11-27T09:00Z",', 1),
        DESK,
        "",
    ),
    "no JSON": ("open", "\x1b[2J", DESK, "the proposal"),
    "an unknown kind": ("open", '{"kind":"Gift"}', DESK, "Gift"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_officers_did_not_ask_for_is_not_signed(day, keys, tmp_path, lie):
    name, entry, station, words = LIES[lie]
    folder = installed(day, tmp_path / "station", DESK)
    result, heard = act(folder, keys, name, proposal(day, entry, station), "--yes")
    assert result.exit_code == 1
    assert "/acts/submit" not in heard
    assert words in result.output
    assert "Nothing was signed. Call the district" in result.output
    assert "\x1b" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_an_answer_that_cannot_be_read_is_said_in_words(day, keys, tmp_path):
    folder = installed(day, tmp_path / "station", DESK)
    for answer in (b"\xff", b"{}", b'{"kind":"Done","words":"x","index":0}'):
        result, heard = act(folder, keys, "open", answer, "--yes")
        assert "The station answered what cannot be read" in result.output
        assert (result.exit_code, list(heard)) == (1, ["/acts/propose"])
        (folder / "node.sock").unlink()


def test_a_stations_words_steer_no_terminal(day, keys, tmp_path):
    folder = installed(day, tmp_path / "station", DESK)
    result, _ = act(folder, keys, "open", proposal(day, OPEN, words="\x1b[8mOpen.\u202e"))
    assert "The station says: \\u001b[8mOpen.\\u202e" in result.output


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("trust.json", "fingerprint"),
        ("package.note", "package.note"),
        ("package.json", "signed for base hash"),
    ],
)
def test_a_folder_whose_package_is_not_the_pinned_one_is_refused(day, keys, tmp_path, file, words):
    """The folder belongs to the station: what the officers' command reads there it verifies."""
    folder = installed(day, tmp_path / "station", DESK)
    path = folder / file
    data = path.read_bytes()
    if file == "trust.json":
        data = data.replace(day.trust.executive[:4].encode(), b"0000", 1)
    elif file == "package.json":
        data = data.replace(b'"Place a"', b'"Place b"')
    else:
        at = data.rindex(b"A", 0, len(data) - 4)
        data = data[:at] + b"B" + data[at + 1 :]
    path.write_bytes(data)
    result, heard = act(folder, keys, "open", proposal(day, OPEN), "--yes")
    assert (result.exit_code, heard) == (1, {})
    assert words in result.output, result.output


def test_a_key_that_is_no_officers_signs_no_act(day, keys, tmp_path):
    folder = installed(day, tmp_path / "station", DESK)
    seed = secret_of(SEED, "executive")
    holder = Holder("authority", "executive", "executive", Signer(seed).public)
    path = tmp_path / "authority.json"
    path.write_bytes(seal_key_file(holder, seed, PIN, b"s" * 16, b"n" * 24, DEMO))
    words = ["--key", str(path), "--pin-file", str(tmp_path / "pin")]
    result, heard = act(folder, words, "open", proposal(day, OPEN), "--yes")
    assert (result.exit_code, heard) == (1, {})
    assert "signs no act. Use an officer's." in result.output


def shares(tmp_path, box):
    """Both officers' share files for this box."""
    words = []
    for kind in AUTHORITY_KINDS:
        officer = f"a-{kind}"
        public = Signer(secret_of(SEED, officer)).public
        sealed = seal(officer_box_key(public), kind.ljust(32).encode())
        path = tmp_path / f"{officer}-share.json"
        path.write_bytes(encode_share(Share(box, kind, officer, sealed)))
        words += ["--share", str(path)]
    return words


def test_halves_of_the_opening_key_go_to_the_box_of_the_package_alone(day, keys, tmp_path):
    folder = installed(day, tmp_path / "station", BOX)
    words = [*shares(tmp_path, BOX), "--yes"]
    result, heard = act(folder, keys, "return", proposal(day, RETURN, BOX), *words)
    assert result.exit_code == 0, result.output
    halves = msgspec.json.decode(heard["/shares"], type=dict[str, tuple[bytes, bytes]])["shares"]
    secret = officer_box_secret(secret_of(SEED, BOX))
    opened = [open_sealed(secret, half, "half").decode().strip() for half in halves]
    assert opened == list(AUTHORITY_KINDS)


def test_cards_open_no_ballots_and_nobody_is_asked_before_that_is_said(day, tmp_path):
    folder = installed(day, tmp_path / "station", BOX)
    words = [*shares(tmp_path, BOX), "--card", "any", "--card", "any"]
    result, heard = act(folder, [], "return", proposal(day, RETURN, BOX), *words)
    assert (result.exit_code, heard) == (1, {})
    assert result.output == (
        "Opening the ballots needs both officers' key files: give --key FILE twice instead of "
        "--card. A share is sealed to the officer's key, and a card opens nothing.\n"
    )


@pytest.mark.parametrize(
    "readers", [("any", "any"), ("Omnikey", "Omnikey"), ("any", "Omnikey"), ("A", "B", "A")]
)
def test_two_cards_in_one_reader_need_a_pause_to_change_them(day, tmp_path, readers):
    folder = installed(day, tmp_path / "station", DESK)
    cards = [word for reader in readers for word in ("--card", reader)]
    result, heard = act(folder, cards, "open", proposal(day, OPEN), "--yes")
    assert (result.exit_code, heard) == (1, {})
    assert result.output == (
        "With --yes there is no pause to change the cards, and both --card options mean one "
        "reader. Leave --yes out, or name two readers. Nothing was signed.\n"
    )


@pytest.mark.parametrize("box", ["b-box-1", "nowhere"])
def test_shares_of_another_box_are_not_opened(day, keys, tmp_path, box):
    folder = installed(day, tmp_path / "station", BOX)
    words = [*shares(tmp_path, box), "--yes"]
    result, heard = act(folder, keys, "return", proposal(day, RETURN, BOX), *words)
    assert (result.exit_code, heard) == (1, {})
    assert f"this share is for {box}, not for {BOX}." in result.output
