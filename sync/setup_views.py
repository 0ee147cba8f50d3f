"""What the setup wizard's screen is shown and what it asks, as JSON on a socket of its own.

`pollmesh setup FOLDER` answers on that socket as long as its screen is open; it works on the folder
and, where the station runs, asks its node.

    GET  /setup               SetupView
    POST /setup/pick          {"station": "a-desk-2"} -> Done | Refused    of several in one folder
    POST /setup/enrol         {"station": "a-desk-1"} -> Done | Refused
    POST /setup/install       InstallAsked -> Done | Refused       goes on; `work` of the view tells
    POST /setup/peripheral    PeripheralAsked -> Done | Refused    written into station.toml
    POST /setup/test          {"kind": "printer"} -> Done | Refused
    POST /setup/start, /stop  {} -> Done | Refused                 the station, while setup is open

Words for people are English here; a screen in another language finds its own.
"""

from typing import Literal

from msgspec import Struct

from sync.views import PeerView, PeripheralView

Stage = Literal["none", "enrolled", "installed"]


class IdentityView(Struct, frozen=True):
    """Which station this folder is. Empty where it is not known yet.

    `choices` are the stations below the folder when it is not one itself.
    """

    stage: Stage
    station: str = ""
    fingerprint: str = ""
    kind: str = ""
    place: str = ""
    place_name: str = ""
    day: str = ""
    package: str = ""
    training: bool = False
    choices: tuple[str, ...] = ()
    problem: str = ""


class FieldView(Struct, frozen=True):
    """One key of a driver's settings: how it is written, and its value (as TOML writes it)."""

    key: str
    form: str
    value: str


class DriverView(Struct, frozen=True):
    """A driver of a kind and the keys it takes, filled with what is set or with its defaults."""

    driver: str
    fields: tuple[FieldView, ...]


class KindView(Struct, frozen=True):
    """A kind of peripheral: the driver that is set (empty: none), and how it stands now."""

    kind: str
    driver: str
    drivers: tuple[DriverView, ...]
    live: PeripheralView | None = None


class ClockView(Struct, frozen=True):
    """This computer's clock. `source`: yes, no or unknown, whether a time server sets it.

    `alarms` are the running station's sentences about other stations' clocks.
    """

    now_ms: int
    source: str
    alarms: tuple[str, ...] = ()


class JoinView(Struct, frozen=True):
    """The running station among the others. `is_own`: started by this setup, and ends with it."""

    is_running: bool
    is_own: bool
    peers: tuple[PeerView, ...] = ()
    addresses: tuple[str, ...] = ()
    words: str = ""


class WorkView(Struct, frozen=True):
    """Something that takes long. `is_over` with the words of how it ended."""

    label: str
    done: int
    total: int
    is_over: bool = False
    is_good: bool = False
    words: str = ""


class SetupView(Struct, frozen=True):
    """Everything the wizard shows, as it is now. `can_adopt`: a spare can be filled here."""

    folder: str
    identity: IdentityView
    kinds: tuple[KindView, ...]
    clock: ClockView
    join: JoinView
    work: WorkView | None = None
    can_adopt: bool = False

    @property
    def training(self) -> bool:
        """Is this about a training day?"""
        return self.identity.training


class StationAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One station by its id."""

    station: str


class InstallAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Paths as people type them; the last three for desks."""

    package: str
    sheet: str
    roll: str = ""
    roll_key: str = ""
    pin: str = ""


class PeripheralAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind, its driver (empty: none any more) and the values as they were typed."""

    kind: str
    driver: str
    values: dict[str, str]


class KindAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of peripheral."""

    kind: str
