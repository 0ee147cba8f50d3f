"""The units in config/systemd, judged by systemd itself."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parent.parent.parent / "config" / "systemd"
STATION = UNITS / "pollmesh-station@.service"
PROGRAM = "/opt/pollmesh/.venv/bin/pollmesh"

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs systemd of Debian"
)


def verified(tmp_path: Path, text: str) -> str:
    """What systemd says against a copy whose program exists; it complains in words, not by code."""
    program = tmp_path / "pollmesh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / STATION.name
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


def test_systemd_has_nothing_against_the_station_unit(tmp_path: Path) -> None:
    assert verified(tmp_path, STATION.read_text()) == ""


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


def settings() -> dict[str, str]:
    """The [Service] section; of what is given several times, the last."""
    reading = configparser.RawConfigParser(strict=False)
    reading.optionxform = str  # type: ignore[assignment,method-assign]
    reading.read(STATION)
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


def test_the_station_has_no_more_rights_than_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        # Tenths of systemd's own measure of exposure, 0 to 100.
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", STATION],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
