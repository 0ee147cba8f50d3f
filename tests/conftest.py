"""Fixtures of the tests that run real programs.

`finished_day` plays the whole demo once; `small_place` sets up a province of real station folders.
Tests that share them carry the same xdist group, so each is made once and by one worker.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulations.demo.setting import (
    Setting,
    draw,
    enrol_stations,
    environment,
    hold_ceremony,
    install_stations,
    make_package,
)

DEMO_VOTERS = 60


@dataclass
class FinishedDay:
    """What a demo left behind: its last line, and every file."""

    root: Path
    exit_code: int
    result: dict[str, Any]
    output: str

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def sheet(self) -> Path:
        return self.root / "ceremony" / "sheet.txt"


def run_pollmesh(*words: object, timeout: int = 110) -> "subprocess.CompletedProcess[str]":
    """One `pollmesh` process to its end."""
    line = [sys.executable, "-m", "node", *map(str, words)]
    return subprocess.run(
        line, env=environment(), capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.fixture(scope="session")
def finished_day(tmp_path_factory: pytest.TempPathFactory) -> FinishedDay:
    root = tmp_path_factory.mktemp("demo") / "day"
    done = run_pollmesh("demo", "--voters", DEMO_VOTERS, "--seed", 3, "--json", "--keep", root)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "{}"
    return FinishedDay(root, done.returncode, json.loads(last), done.stdout + done.stderr)


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Ceremony, package and twelve installed stations, none of them running."""

    async def prepare() -> Setting:
        setting = draw(tmp_path_factory.mktemp("province"), 60, 5)
        await hold_ceremony(setting)
        await enrol_stations(setting)
        await make_package(setting)
        await install_stations(setting, "a")
        return setting

    return asyncio.run(prepare())
