"""The units in config/systemd, judged by systemd itself."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from node.finding import LOOK

UNITS = Path(__file__).parent.parent.parent / "config" / "systemd"
STATION = UNITS / "pollmesh-station@.service"
DOCTOR = UNITS / "pollmesh-doctor@.service"
PROGRAM = "/opt/pollmesh/.venv/bin/pollmesh"

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs systemd of Debian"
)


def verified(tmp_path: Path, text: str, name: str = STATION.name) -> str:
    """What systemd says against a copy whose program exists; it complains in words, not by code."""
    program = tmp_path / "pollmesh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, str(program)))
    copy = tmp_path / name
    copy.write_text(text.replace(PROGRAM, str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # Of our unit only: what else stands on this computer is not judged here.
    said = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in said if "pollmesh" in line)


@pytest.mark.parametrize("name", sorted(unit.name for unit in UNITS.iterdir()))
def test_systemd_has_nothing_against_our_units(tmp_path: Path, name: str) -> None:
    assert verified(tmp_path, (UNITS / name).read_text(), name) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("NoNewPrivileges=yes", "NoNewPrivilege=yes"),
        ("WatchdogSec=60", "WatchdogSec=often"),
        ("Type=notify", "Type=notifies"),
        ("RestartPreventExitStatus=1 2", "RestartPreventExitStatus=folder"),
        (PROGRAM, "/opt/pollmesh/absent"),
    ],
)
def test_systemd_complains_about_a_unit_with_one_mistake(
    tmp_path: Path, right: str, wrong: str
) -> None:
    text = STATION.read_text()
    assert text.count(right) == 1
    assert verified(tmp_path, text.replace(right, wrong)) != ""


def settings(unit: Path = STATION) -> dict[str, str]:
    """The [Service] section; of what is given several times, the last."""
    reading = configparser.RawConfigParser(strict=False)
    reading.optionxform = str  # type: ignore[assignment,method-assign]
    reading.read(unit)
    return dict(reading["Service"])


def test_the_station_is_watched_restarted_and_kept_from_restarting_in_vain() -> None:
    service = settings()
    assert {
        key: service[key]
        for key in ("Type", "Restart", "RestartPreventExitStatus", "NotifyAccess", "ExecStart")
    } == {
        "Type": "notify",
        "NotifyAccess": "main",
        "Restart": "on-failure",
        "RestartPreventExitStatus": "1 2",
        "ExecStart": f"{PROGRAM} station run /var/lib/pollmesh/%i",
    }
    assert int(service["WatchdogSec"]) > 0


def test_a_station_reaches_what_it_needs_and_nothing_of_the_computer_beside_it() -> None:
    service = settings()
    assert {
        key: service[key]
        for key in (
            "ProtectSystem",
            "ProtectHome",
            "PrivateTmp",
            "NoNewPrivileges",
            "CapabilityBoundingSet",
            "RestrictAddressFamilies",
            "LimitCORE",
            "MemorySwapMax",
            "MemoryMax",
        )
    } == {
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "LimitCORE": "0",
        "MemorySwapMax": "0",
        "MemoryMax": "75%",
    }


def test_the_doctor_fails_when_something_is_broken_and_not_when_somebody_should_look() -> None:
    doctor = settings(DOCTOR)
    assert (doctor["Type"], doctor["SuccessExitStatus"]) == ("oneshot", str(LOOK))
    assert doctor["ExecStart"] == f"{PROGRAM} doctor --json /var/lib/pollmesh/%i"


@pytest.mark.parametrize("unit", [STATION, DOCTOR], ids=lambda unit: unit.name)
def test_no_unit_has_more_rights_than_it_needs(unit: Path) -> None:
    done = subprocess.run(
        # Tenths of systemd's own measure of exposure, 0 to 100.
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", unit],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
