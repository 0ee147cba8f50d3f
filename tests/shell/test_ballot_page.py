"""The voter's page, in a real browser, on a real box: runner, store, page server and sealing.

Nobody calls this box and it calls nobody: it stands alone. Its scanner and its reader for ballot
cards are simulated ones, as its station.toml says; what they read takes the way of real ones.
Set BALLOT_PICTURES to a folder to keep a picture of every state that a test passes through.
"""

import ast
import asyncio
import http.client
import json
import os
import re
import shutil
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
import pytest
from aiohttp import web
from msgspec.structs import replace

import node.box_page
import sync.box
from hw.scanner.persian_keys import PERSIAN_KEYS
from node.ballot_store import BallotWriter
from node.box_page import PAGES, page_app
from node.links import Links
from node.local_api import local_app
from node.peripherals import Peripherals
from node.runner import Runner
from node.running import Running
from node.scans import CardReason, Scan, Scans
from node.station_files import SETTINGS_FILE, read_settings
from node.store import Store
from simulations.sample_day import SampleDay, sample_day
from sync.ballot import Ballot, Choice, decode_ballot
from sync.box import Box
from sync.card import Card, write_card
from sync.effects import ProposeAct, SubmitAct
from sync.encoding import decode
from sync.entries import Entry, PollsOpened
from sync.officers import approve
from sync.orders import Orders
from sync.outcomes import ActProposed, Done
from sync.package import Election
from sync.replica import Replica
from sync.returns import Returns
from sync.sealed_set import SealedSet
from sync.sealing import open_sealed
from sync.text import national_code_problem
from tests.peers.siblings import siblings_hold_nothing
from tests.peers.waiting import free_port, steer

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="chromium or chromedriver is not installed (Debian: chromium, chromium-driver)",
)

EXAMPLE = Path(__file__).parents[2] / "config" / "example" / "province.toml"
BOX = "a-box-1"
PLUGGED = """
id = "{box}"
mdns = false
page_port = {port}

[peripherals.scanner]
driver = "simulated"
socket = "scanner.sock"

[peripherals.ballot-card]
driver = "simulated"
socket = "reader.sock"
"""
NATIONAL_CODE = "9990004404"
ENGLISH, PERSIAN = "ltr", "rtl"
READING_S = 0.55
"""Longer than the page ignores a key that may be a bounce."""
KEYPAD = {str(n): getattr(Keys, f"NUMPAD{n}") for n in range(10)} | {
    "+": Keys.ADD,
    "-": Keys.SUBTRACT,
    "*": Keys.MULTIPLY,
    "/": Keys.DIVIDE,
    "E": Keys.ENTER,
    "<": Keys.BACKSPACE,
}
TEXT_OF = "return arguments[0].innerText"


class CountedScans(Scans):
    """Counts the page's questions, so that a test scans when one is open and not before."""

    asked = 0

    async def after(self, number: int | None, wait_s: float = 20.0) -> Scan | None:
        """As ever."""
        self.asked += 1
        return await super().after(number, wait_s)


@dataclass
class OpenBox:
    """A box that was opened by its officers, its page's port and its folder."""

    day: SampleDay
    box: Box
    port: int
    folder: Path
    scans: CountedScans

    def card(self, number: int, rights: tuple[str, ...] = ("parliament", "council")) -> str:
        secret = number.to_bytes(16, "big")
        card = Card(self.day.package.day, BOX, rights, "a-desk-1", secret)
        return write_card(card, self.day.signers["a-desk-1"])

    def ballots(self) -> list[Ballot]:
        """Every stored ballot, opened with the box's opening key."""
        secret = self.day.opening[BOX]
        return [decode_ballot(open_sealed(secret, sealed)) for sealed in self.box.store.ballots]

    def secret(self) -> int:
        """The number of the card whose voter is at the box."""
        assert self.box.session is not None, "nobody is at the box"
        return int.from_bytes(self.box.session.card.secret, "big")

    def steers(self, which: str, do: str, **more: object) -> dict[str, Any]:
        """Steer a simulated peripheral: the scanner or the reader."""
        answer = asyncio.run(steer(self.folder / f"{which}.sock", do=do, **more))
        assert answer.pop("did", None) == do, answer
        return answer

    def scans_at_box(self, text: str, asked: int = 0) -> None:
        """Scan once the page has asked more than `asked` times."""
        until(lambda: self.scans.asked > asked)
        self.steers("scanner", "scan", text=text)

    def status(self) -> bytes:
        """What the box's own screens are shown."""
        with socket.socket(socket.AF_UNIX) as local:
            local.settimeout(10)
            local.connect(str(self.folder / "node.sock"))
            local.sendall(b"GET /status HTTP/1.0\r\nHost: station\r\n\r\n")
            with local.makefile("rb") as answer:
                return answer.read()

    def request(
        self, method: str, path: str, body: str = "{}", **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = body if method == "POST" else ""
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode())
        return connection.getresponse()


def ballot_of(parliament: Sequence[str], council: Sequence[str]) -> Ballot:
    return Ballot((Choice("parliament", tuple(parliament)), Choice("council", tuple(council))))


def until(is_so: Callable[[], bool], patience_s: float = 10) -> None:
    """Until it is so."""
    waits = WebDriverWait(None, patience_s, 0.02)
    waits.until(lambda _: is_so())


def example_day() -> SampleDay:
    """The sample day's keys and places with the example province's elections."""
    day = sample_day(k=20)
    with EXAMPLE.open("rb") as file:
        elections = msgspec.convert(tomllib.load(file)["elections"], tuple[Election, ...])
    # A certificate of its own for each, so that links can be made; nobody dials them.
    stations = tuple(replace(s, certificate=s.id.encode()) for s in day.package.stations)
    package = replace(day.package, elections=elections, stations=stations)
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters)


async def open_polls(day: SampleDay, runner: Runner) -> None:
    shown = await runner.ask(ProposeAct("open"))
    assert isinstance(shown, ActProposed), shown
    act = decode(shown.entry.encode(), Entry, "the opening")  # type: ignore[arg-type]
    assert isinstance(act, PollsOpened)
    approvals = tuple(
        approve(shown.origin, act, f"a-{kind}", day.signers[f"a-{kind}"])
        for kind in ("executive", "supervisory")
    )
    done = await runner.ask(SubmitAct(shown.proposal, approvals))
    assert isinstance(done, Done), done


def assemble(folder: Path, day: SampleDay, port: int) -> Running:
    """The box as a node puts it together from its folder."""
    (folder / SETTINGS_FILE).write_text(PLUGGED.format(box=BOX, port=port))
    package, station, signer = day.package, day.station(BOX), day.signers[BOX]
    replica, returns = Replica(Orders(package), station, signer, "test"), Returns(package)
    sealed = SealedSet(package.day, BOX, ("a-desk-1", "a-desk-2"))
    box = Box(package, station, returns, replica.origin, sealed, signer)
    replica.take_role(box)
    store = Store(folder / "log.db")
    runner = Runner(replica, store)
    links = Links(package, station, signer.seed, runner, store)
    runner.outlet = links
    runner.store_ballot = BallotWriter(folder, runner, store, box).store
    running = Running(
        *(folder, read_settings(folder), package, station, replica, runner, links, store, 0),
        *(None, returns, None, b"", {}),
    )
    running.peripherals = Peripherals(running)
    running.peripherals.scans = CountedScans()
    return running


async def run_box(folder: Path, is_up: threading.Event, stop: threading.Event, out: list[Any]):
    day, port = example_day(), free_port()
    running = assemble(folder, day, port)
    siblings_hold_nothing(running.replica)
    box, plugged = running.role, running.peripherals
    assert isinstance(box, Box)
    assert plugged is not None
    works = [asyncio.create_task(one.run()) for one in (running.runner, plugged)]
    await open_polls(day, running.runner)
    page, local = (
        # A browser that has gone may still wait for a card; nobody waits for it here.
        web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        for app in (page_app(running), local_app(running))
    )
    await page.setup()
    await local.setup()
    await web.TCPSite(page, "127.0.0.1", port).start()
    await web.UnixSite(local, str(folder / "node.sock")).start()
    out.append(OpenBox(day, box, port, folder, plugged.scans))
    is_up.set()
    await asyncio.to_thread(stop.wait)
    await page.cleanup()
    await local.cleanup()
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)
    running.store.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[OpenBox]:
    out: list[OpenBox] = []
    is_up, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(run_box(tmp_path, is_up, stop, out)))
    thread.start()
    try:
        assert is_up.wait(20), "the box did not open"
        yield out[0]
    finally:
        stop.set()
        thread.join(20)


class Voter:
    """Who stands at the page: types on a numeric keypad, touches, reads."""

    def __init__(self, driver: Any, box: OpenBox) -> None:
        self.driver = driver
        self.box = box
        self.pictures = os.environ.get("BALLOT_PICTURES")
        driver.get(f"http://127.0.0.1:{box.port}/")
        self.waits_for("card")

    def screen(self) -> str:
        return self.driver.execute_script("return document.getElementById('main').dataset.screen")

    def waits_for(self, screen: str, patience_s: float = 10) -> None:
        """Until this screen is shown and would take an Enter."""
        WebDriverWait(self.driver, patience_s, 0.05).until(lambda _: self.screen() == screen)
        ActionChains(self.driver).pause(READING_S).perform()

    def reads(self, words: str, where: str = "body") -> None:
        """Until `words` can be read in the element `where`."""
        WebDriverWait(self.driver, 5, 0.05).until(
            lambda _: words in self.text(where), f"{words!r} is not in {self.text(where)!r}"
        )

    def text(self, where: str = "body") -> str:
        element = self.driver.find_element(By.CSS_SELECTOR, where)
        found: str = self.driver.execute_script(TEXT_OF, element)
        return found

    def names(self) -> list[str]:
        found = self.driver.find_elements(By.CSS_SELECTOR, "#main bdi.name")
        return [element.text for element in found]

    def scans(self, card: str) -> None:
        """A scanner types the card and Enter."""
        ActionChains(self.driver).send_keys(card + Keys.ENTER).perform()

    def keys(self, keys: str) -> None:
        """Press keys of the numeric keypad, as fast as they come; `~` is a person's pause."""
        pressing = ActionChains(self.driver)
        for key in keys:
            if key == "~":
                pressing.pause(READING_S)
            else:
                pressing.send_keys(KEYPAD[key])
        pressing.perform()

    def accepts_fewer(self) -> None:
        """Go on with fewer names than seats: once to be told, once to say yes."""
        self.keys("E")
        self.reads("همین هم پذیرفته است", "#notice")
        self.keys("~E")

    def touches(self, *ids: str) -> None:
        for name in ids:
            self.driver.find_element(By.ID, name).click()

    def touches_code(self, code: str) -> None:
        self.touches(*(f"digit-{digit}" for digit in code))

    def direction(self) -> str:
        return self.driver.execute_script("return document.documentElement.dir")

    def keeps_picture(self, name: str) -> None:
        if self.pictures:
            self.driver.save_screenshot(f"{self.pictures}/{name}.png")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser for all voters; every box has its own port and so its own page."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1024,768",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    try:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1024, "height": 768, "deviceScaleFactor": 1, "mobile": False},
        )
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def voter(box: OpenBox, browser: Any) -> Voter:
    for log in ("performance", "browser"):
        browser.get_log(log)
    return Voter(browser, box)


def test_a_whole_ballot_in_persian_with_nothing_but_a_numeric_keypad(box: OpenBox, voter: Voter):
    assert voter.direction() == PERSIAN
    voter.keeps_picture("fa-1-card")
    voter.scans(box.card(1))
    voter.waits_for("contest")
    voter.keeps_picture("fa-2-contest")
    assert "بخش ۱ از ۲" in voter.text("#top")
    voter.keys("1")
    voter.keeps_picture("fa-3-digit")
    voter.keys("22417")
    voter.reads("همهٔ ۳ نام انتخاب شد")
    voter.keeps_picture("fa-4-full")
    assert voter.names() == ["نیلوفر کوه‌نمونه", "یاسمن ابرنمونه", "بهمن دریانمونه"]
    voter.keys("-")
    voter.reads("کد نامی را که باید حذف شود")
    voter.keeps_picture("fa-5-removing")
    voter.keys("24")
    voter.reads("حذف شد: یاسمن ابرنمونه")
    voter.keys("EE")  # a bouncing key takes no step that was not read
    voter.reads("همین هم پذیرفته است")
    voter.keeps_picture("fa-6-under")
    voter.keys("~E")
    voter.reads("بخش ۲ از ۲")
    voter.keeps_picture("fa-7-council")
    voter.keys("1031<<107121140132119")
    voter.reads("اول یکی را حذف کنید", "#notice")
    voter.keeps_picture("fa-8-council-full")
    voter.keys("E")
    voter.waits_for("review")
    voter.keeps_picture("fa-9-review")
    assert len(voter.names()) == 7
    voter.keys("E")
    voter.waits_for("sure")
    voter.keeps_picture("fa-10-sure")
    assert not box.box.store.ballots
    voter.keys("E")
    voter.waits_for("thanks")
    voter.keeps_picture("fa-11-thanks")
    assert box.ballots() == [ballot_of(["12", "17"], ["103", "107", "121", "132", "140"])]
    voter.waits_for("card", patience_s=15)
    voter.scans(box.card(1))
    voter.reads("با این کارت پیش‌تر رأی داده شده است")
    voter.keeps_picture("fa-12-card-spent")


def test_a_whole_ballot_in_english_by_touch(box: OpenBox, voter: Voter):
    voter.scans(box.card(2))
    voter.waits_for("contest")
    voter.touches("language")
    assert voter.direction() == ENGLISH
    voter.touches_code("11")
    voter.reads("Added: Arman Abr-Nemooneh")
    voter.touches_code("18")
    voter.reads("Added: Shokoofeh Mahtab-Nemooneh")
    voter.touches("remove-11")
    voter.reads("Removed: Arman Abr-Nemooneh")
    voter.touches("digit-3", "erase")
    voter.touches_code("33")
    voter.reads("Added: Sepehr Setareh-Nemooneh")
    voter.keeps_picture("en-1-contest")
    voter.touches("go")
    voter.reads("This is accepted too")
    voter.keys("~")
    voter.touches("go")
    voter.waits_for("contest")
    voter.touches_code("140")
    voter.reads("Added: Ramin Cheshmeh-Nemooneh")
    voter.touches("go")
    voter.reads("This is accepted too")
    voter.keys("~")
    voter.touches("go")
    voter.waits_for("review")
    voter.touches("change-0")
    voter.waits_for("contest")
    voter.touches_code("20")
    voter.reads("Added: Mina Setareh-Nemooneh")
    voter.touches("go")
    voter.waits_for("review")
    voter.keeps_picture("en-2-review")
    voter.touches("go")
    voter.waits_for("sure")
    voter.keeps_picture("en-3-sure")
    voter.touches("go")
    voter.waits_for("thanks")
    voter.keeps_picture("en-4-thanks")
    assert box.ballots() == [ballot_of(["18", "20", "33"], ["140"])]
    voter.touches("main")
    voter.waits_for("card")
    assert voter.direction() == PERSIAN


def test_an_unknown_code_is_explained_and_adds_nothing(box: OpenBox, voter: Voter):
    voter.scans(box.card(3))
    voter.waits_for("contest")
    voter.keys("99")
    voter.reads("هیچ نامزد یا فهرستی کد ۹۹ ندارد")
    voter.keeps_picture("fa-unknown")
    assert voter.names() == []
    voter.keys("+")
    voter.reads("No candidate or list has the code 99.")
    voter.keys("E")
    voter.reads("No name is chosen yet.")


def test_a_list_code_brings_its_names_and_more_than_the_seats_is_refused(
    box: OpenBox, voter: Voter
):
    voter.scans(box.card(4, ("council",)))
    voter.waits_for("contest")
    voter.keys("+102903")
    voter.reads("Added: Laleh Abr-Nemooneh, Khosrow Baran-Nemooneh")
    assert len(voter.names()) == 5
    voter.keys("901")
    voter.reads("At most 5 may be chosen")
    voter.keys("-102")
    voter.reads("Removed: Farhad Rangin-Nemooneh")
    voter.keys("902")
    voter.reads("Green list has 5 new names, 9 in all; at most 5 may be chosen.")
    voter.keeps_picture("en-list")
    voter.keys("+")
    voter.keeps_picture("fa-list")
    assert len(voter.names()) == 4
    voter.accepts_fewer()
    voter.waits_for("review")
    voter.keeps_picture("fa-one-contest")
    voter.keys("E")
    voter.waits_for("sure")
    voter.keys("E")
    voter.waits_for("thanks")
    expected = Ballot((Choice("council", ("103", "106", "109", "112")),))
    assert box.ballots() == [expected]


def test_a_name_twice_counts_once_and_the_page_says_so(box: OpenBox, voter: Voter):
    voter.scans(box.card(5, ("council",)))
    voter.waits_for("contest")
    voter.keys("101101")
    voter.reads("پیش‌تر انتخاب شده است و یک بار شمرده می‌شود: پونه چشمه‌نمونه")
    voter.keeps_picture("fa-twice")
    assert voter.names() == ["پونه چشمه‌نمونه"]
    voter.keys("901")
    voter.reads("پیش‌تر انتخاب شده بود و یک بار شمرده می‌شود: پونه")
    assert len(voter.names()) == 5


def test_blank_is_chosen_with_one_key_and_takes_no_name_by_accident(box: OpenBox, voter: Voter):
    voter.scans(box.card(6))
    voter.waits_for("contest")
    voter.keys("*")
    voter.reads("رأی سفید: هیچ نامی انتخاب نمی‌شود")
    voter.keeps_picture("fa-blank")
    voter.keys("E")
    voter.reads("بخش ۲ از ۲")
    voter.keys("101*")
    voter.reads("رأی سفید ۱ نام انتخاب‌شده را حذف می‌کند")
    voter.keeps_picture("fa-blank-ask")
    assert len(voter.names()) == 1
    voter.keys("~*E")
    voter.waits_for("review")
    voter.keeps_picture("fa-blank-review")
    voter.keys("E")
    voter.waits_for("sure")
    voter.keys("E")
    voter.waits_for("thanks")
    assert box.ballots() == [ballot_of([], [])]


def test_the_blank_button_is_as_large_as_the_others(box: OpenBox, voter: Voter):
    voter.scans(box.card(7))
    voter.waits_for("contest")
    found = voter.driver.find_elements(By.CSS_SELECTOR, "#foot button")
    sizes = {(round(one.size["width"]), round(one.size["height"])) for one in found}
    assert len(found) == 3
    assert len(sizes) == 1, sizes


def test_a_voter_who_cancels_leaves_nothing_and_keeps_the_card(box: OpenBox, voter: Voter):
    voter.scans(box.card(8))
    voter.waits_for("contest")
    voter.keys("12*/")
    voter.waits_for("leave")
    voter.keeps_picture("fa-leave")
    voter.keys("E")
    voter.waits_for("contest")
    assert voter.names() == ["نیلوفر کوه‌نمونه"]
    voter.accepts_fewer()
    voter.keys("*E")
    voter.waits_for("review")
    voter.keys("E")
    voter.waits_for("sure")
    voter.keys("/")
    voter.waits_for("leave")
    voter.keys("/")
    voter.waits_for("left")
    voter.reads("هیچ رأیی ثبت نشد.")
    voter.keeps_picture("fa-left")
    assert box.box.session is None
    assert box.box.store == SealedSet(box.day.package.day, BOX, ("a-desk-1", "a-desk-2"))
    # The next scan begins at once: its first letter is not lost on the last screen.
    voter.scans(box.card(8))
    voter.waits_for("contest")
    assert voter.names() == []


def test_a_card_scanned_twice_keys_no_codes(box: OpenBox, voter: Voter):
    voter.scans(box.card(9))
    voter.waits_for("contest")
    voter.scans(box.card(9))
    assert (voter.screen(), voter.names()) == ("contest", [])
    assert voter.text(".digits").strip() == ""
    voter.keys("12")
    voter.reads("افزوده شد: نیلوفر کوه‌نمونه")


def test_a_vote_whose_answer_is_lost_is_settled_by_its_card(box: OpenBox, voter: Voter):
    voter.driver.execute_script(
        """
        const real = window.fetch;
        window.losing = "after";
        window.fetch = async (path, how) => {
          if (path !== "/cast" || !window.losing) return real(path, how);
          if (window.losing === "after") await real(path, how);
          throw new TypeError("lost");
        };
        """
    )
    for number in (10, 11):
        if number == 11:
            voter.driver.execute_script("window.losing = 'before'")
        voter.scans(box.card(number, ("council",)))
        voter.waits_for("contest")
        voter.keys("101")
        voter.accepts_fewer()
        voter.waits_for("review")
        voter.keys("E")
        voter.waits_for("sure")
        voter.keys("E")
        if number == 10:
            voter.waits_for("thanks")
            voter.keys("E")
            voter.waits_for("card")
    voter.reads("رأی شما هنوز در صندوق نیست")
    voter.keeps_picture("fa-not-yet")
    assert len(box.box.store.ballots) == 1
    voter.driver.execute_script("window.losing = ''")
    voter.waits_for("sure")
    voter.keys("E")
    voter.waits_for("thanks")
    assert box.ballots() == [Ballot((Choice("council", ("101",)),))] * 2


def test_a_reloaded_page_lets_the_box_go(box: OpenBox, voter: Voter):
    voter.scans(box.card(12))
    voter.waits_for("contest")
    voter.driver.refresh()
    voter.waits_for("card")
    voter.scans(box.card(13))
    voter.waits_for("contest")


def test_the_page_speaks_to_nobody_but_its_box_and_keeps_nothing(box: OpenBox, voter: Voter):
    voter.scans(box.card(14))
    voter.waits_for("contest")
    voter.keys("1217")
    voter.accepts_fewer()
    voter.reads("بخش ۲ از ۲")
    sent = [json.loads(row["message"])["message"] for row in voter.driver.get_log("performance")]
    urls = [
        row["params"]["request"]["url"]
        for row in sent
        if row["method"] == "Network.requestWillBeSent"
    ]
    assert f"http://127.0.0.1:{box.port}/candidate" in urls
    # Chromium's own start page (chrome:) is no network; everything else is.
    hosts = {urlsplit(url).netloc for url in urls if not url.startswith("chrome:")}
    assert hosts == {f"127.0.0.1:{box.port}"}
    kept = "return [localStorage.length, sessionStorage.length, document.cookie, history.length]"
    before = voter.driver.execute_script(kept)
    assert before[:3] == [0, 0, ""]
    voter.keys("*E")
    voter.waits_for("review")
    assert voter.driver.execute_script(kept) == before
    assert voter.driver.current_url == f"http://127.0.0.1:{box.port}/"
    complaints = [row["message"] for row in voter.driver.get_log("browser")]
    assert [one for one in complaints if "favicon" not in one] == []


def test_a_card_read_by_the_boxs_own_scanner_begins_the_visit(box: OpenBox, voter: Voter):
    box.scans_at_box(box.card(20, ("council",)))
    voter.waits_for("contest")
    voter.keys("101")
    voter.accepts_fewer()
    voter.waits_for("review")
    voter.keys("E")
    voter.waits_for("sure")
    voter.keys("E")
    voter.waits_for("thanks")
    assert box.ballots() == [Ballot((Choice("council", ("101",)),))]


def test_a_card_typed_through_the_persian_keyboard_layout_begins_the_visit(
    box: OpenBox, voter: Voter
):
    card = box.card(21)
    typed = "".join(PERSIAN_KEYS[letter] for letter in card)
    assert not typed.isascii()
    voter.scans(typed)
    voter.waits_for("contest")
    assert box.secret() == 21
    voter.scans(typed)  # held under the scanner once more: nothing is keyed
    assert (voter.screen(), voter.names(), voter.text(".digits").strip()) == ("contest", [], "")
    voter.keys("/")
    voter.waits_for("leave")
    voter.keys("/")
    voter.waits_for("left")
    voter.scans(typed)
    voter.waits_for("contest")
    assert box.secret() == 21


def test_a_page_that_asks_is_told_of_a_national_code_in_words_alone(box: OpenBox):
    box.steers("scanner", "scan", text=NATIONAL_CODE)
    # No browser is open, so nobody else takes the answer.
    answer = box.request(
        "POST", "/next-card", '{"after":0}', **{"Content-Type": "application/json"}
    )
    assert json.loads(answer.read()) == {
        "kind": "CardShown",
        "number": 1,
        "card": "",
        "words": "This is no voting card. Show the card of your desk.",
        "reason": "not-a-card",
    }


def test_a_national_code_at_the_box_is_refused_in_words_and_reaches_nothing(
    box: OpenBox, voter: Voter, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    assert national_code_problem(NATIONAL_CODE) is None
    caplog.set_level("DEBUG")
    before = box.box.returns.box(BOX)
    box.scans_at_box(NATIONAL_CODE)
    voter.reads("این کارت رأی نیست. کارتی را نشان دهید که میز پذیرش به شما داده است.", "#notice")
    voter.keeps_picture("fa-no-voting-card")
    voter.keys("+")
    voter.reads("This is no voting card. Show the card of your desk.", "#notice")
    voter.keys("+")
    status = box.status()
    assert b'"scans":0' in status, "a box counts no cards for its screens"
    # Typed at the page it goes no further either.
    voter.scans(NATIONAL_CODE)
    voter.reads("کارت خوانده نشد", "#notice")
    assert (box.box.session, box.box.returns.box(BOX)) == (None, before)
    held = {path.name: path.read_bytes() for path in box.folder.iterdir() if path.is_file()}
    assert {"log.db", "station.toml"} <= set(held)
    told = (caplog.text + "".join(capfd.readouterr())).encode()
    where = {**held, "/status": status + box.status(), "log": told}
    where["page"] = voter.driver.page_source.encode()
    assert [name for name, data in where.items() if NATIONAL_CODE.encode() in data] == []
    # The question is still open: the right card begins.
    box.scans_at_box(box.card(22))
    voter.waits_for("contest")
    assert box.secret() == 22


def test_a_card_scanned_during_a_visit_is_not_used_then_nor_afterwards(box: OpenBox, voter: Voter):
    box.scans_at_box(box.card(23))
    voter.waits_for("contest")
    box.steers("scanner", "scan", text=box.card(24))
    until(lambda: box.scans.number == 2)
    voter.keys("~")
    assert (voter.screen(), voter.names(), box.secret()) == ("contest", [], 23)
    assert voter.text("#notice").strip() == ""
    asked = box.scans.asked
    voter.keys("/")
    voter.waits_for("leave")
    voter.keys("/")
    voter.waits_for("left")
    box.steers("scanner", "scan", text=NATIONAL_CODE)
    assert box.scans.asked == asked
    voter.keys("E")
    voter.waits_for("card")
    assert not voter.driver.find_element(By.ID, "notice").is_displayed()
    # Had the card of the visit before begun one, this one could not.
    box.scans_at_box(box.card(25), asked)
    voter.waits_for("contest")
    assert box.secret() == 25


def test_what_was_scanned_before_somebody_asks_from_now_on_is_forgotten():
    async def ask() -> list[Scan | None]:
        scans = Scans()
        scans.put(Scan(card="one"))
        kept = await scans.after(0, 0)
        before = await scans.after(None, 0)
        forgotten = await scans.after(0, 0)
        waiting = [asyncio.create_task(scans.after(number)) for number in (None, 1, 9)]
        await asyncio.sleep(0)
        scans.put(Scan(card="two"))
        return [kept, before, forgotten, *await asyncio.gather(*waiting)]

    one, two = Scan(1, card="one"), Scan(2, card="two")
    # A page may remember the 9 from before the node was started anew.
    assert asyncio.run(ask()) == [one, None, None, two, two, two]


def test_the_page_asks_for_a_card_on_its_own_screen_alone_and_once_at_a_time(
    box: OpenBox, voter: Voter
):
    until(lambda: box.scans.asked == 1)
    voter.keys("+")
    voter.scans(box.card(26))
    voter.waits_for("contest")
    voter.keys("12~/")
    voter.waits_for("leave")
    voter.keys("/")
    voter.waits_for("left")
    voter.keys("E")
    voter.waits_for("card")
    until(lambda: box.scans.asked == 2)
    assert questions(voter.driver) == ["asked", "taken back", "asked"]


def questions(driver: Any) -> list[str]:
    """What became of the page's questions for a card, in order."""
    found, ours = [], set()
    for row in driver.get_log("performance"):
        message = json.loads(row["message"])["message"]
        given = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            if urlsplit(given["request"]["url"]).path == "/next-card":
                ours.add(given["requestId"])
                found.append("asked")
        elif message["method"] == "Network.loadingFailed" and given["requestId"] in ours:
            found.append("taken back" if given["canceled"] else "failed")
        elif message["method"] == "Network.loadingFinished" and given["requestId"] in ours:
            found.append("answered")
    return found


def test_a_page_whose_box_does_not_answer_asks_less_and_less_often(box: OpenBox, voter: Voter):
    voter.driver.execute_script(
        """
        const real = window.fetch;
        window.asked = [];
        window.fetch = async (path, how) => {
          if (path !== "/next-card" || window.asked.length === 3) return real(path, how);
          window.asked.push(performance.now());
          throw new TypeError("lost");
        };
        """
    )
    asked = box.scans.asked
    voter.scans("not a card")
    WebDriverWait(voter.driver, 10, 0.1).until(lambda d: len(d.execute_script("return asked")) == 3)
    first, second, third = voter.driver.execute_script("return asked")
    assert (second - first >= 950, third - second >= 1900) == (True, True)
    box.scans_at_box(box.card(27), asked)
    voter.waits_for("contest")
    assert box.secret() == 27


def test_a_ballot_card_is_read_once_and_wiped_when_its_ballot_is_in_the_box(
    box: OpenBox, voter: Voter
):
    until(lambda: box.scans.asked == 1)
    box.steers("reader", "insert", card="ballot", text="")
    voter.reads("این کارت خالی است. آن را به میز پذیرش برگردانید.", "#notice")
    box.steers("reader", "remove")
    box.steers("reader", "insert", card="identity", national_code=NATIONAL_CODE, name="نمونه")
    voter.reads("این کارت رأی نیست", "#notice")
    box.steers("reader", "remove")
    box.steers("reader", "insert", card="ballot", text=box.card(28, ("council",)))
    voter.waits_for("contest")
    voter.keys("*E")
    voter.waits_for("review")
    voter.keys("E")
    voter.waits_for("sure")
    voter.keys("E")
    voter.waits_for("thanks")
    assert box.ballots() == [Ballot((Choice("council", ()),))]
    assert box.steers("reader", "look") == {"card": "ballot", "text": ""}


def test_every_word_of_the_page_is_there_in_both_languages(box: OpenBox, voter: Voter):
    script = """
        const done = arguments[arguments.length - 1];
        import("/words.js").then((m) => done([
          Object.keys(m.WORDS.fa), Object.keys(m.WORDS.en), Object.keys(m.REASONS),
          Object.keys(m.OWN)]));
    """
    persian, english, reasons, own = voter.driver.execute_async_script(script)
    assert persian == english
    assert set(own) <= set(reasons)
    assert voters_refusals() | set(get_args(CardReason)) - {""} <= set(reasons)


def voters_refusals() -> set[str]:
    """Every reason with which a box can refuse a voter, read from the source."""
    found = set()
    for module, functions in (
        (sync.box, {"_begin", "_open_card", "_cast", "_leave", "command", "stored"}),
        (node.box_page, {"candidate"}),
    ):
        tree = ast.parse(Path(module.__file__ or "").read_text())
        for function in ast.walk(tree):
            if getattr(function, "name", "") not in functions:
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Refused":
                    assert isinstance(call.args[0], ast.Constant), "a reason is a literal"
                    found.add(call.args[0].value)
    assert {"card-spent", "unknown-code", "not-stored"} <= found
    return found


def test_no_page_file_can_show_text_as_markup_or_name_another_host():
    served = {path.name for path in files("node").joinpath("pages").iterdir()}
    assert served == set(PAGES.values())
    for name in served:
        text = files("node").joinpath("pages", name).read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
        assert not re.search(r"https?:|localStorage|sessionStorage|indexedDB|cookie|\burl\(", text)
        assert not re.search(r"\son\w+=|style=", text)


def test_every_answer_carries_the_policy(box: OpenBox):
    json_type = {"Content-Type": "application/json"}
    for method, path, headers, status in (
        ("GET", "/", {}, 200),
        *(("GET", path, {}, 200) for path in PAGES),
        ("POST", "/leave", json_type, 400),
        ("POST", "/leave", {"Content-Type": "text/plain"}, 415),
        ("GET", "/elsewhere", {}, 404),
    ):
        answer = box.request(method, path, **headers)
        policy = answer.headers["Content-Security-Policy"]
        assert (answer.status, "script-src 'self'" in policy) == (status, True), path
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"


def test_another_origin_or_host_is_turned_away(box: OpenBox):
    json_type = {"Content-Type": "application/json"}
    for path in ("/next-card", "/begin", "/candidate", "/cast", "/leave"):
        for origin in ("http://example.org", "null", f"http://127.0.0.1:{box.port + 1}"):
            assert box.request("POST", path, Origin=origin, **json_type).status == 403
        assert box.request("POST", path, Host="example.org", **json_type).status == 403
    own = f"http://127.0.0.1:{box.port}"
    assert box.request("POST", "/leave", Origin=own, **json_type).status == 400
    assert box.request("GET", "/", Host="example.org").status == 403
