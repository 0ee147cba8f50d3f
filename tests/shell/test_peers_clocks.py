"""What peers' cosignatures say of clocks: shown and flagged, never a rule."""

from pathlib import Path

import pytest

from node.clock import now_ms
from node.status import station_view
from sync.checkpoint import Checkpoint, cosign, cosigned_ms, cosigner_key
from sync.effects import PersistCosignature
from tests.shell.test_before_disk import OpenDesk, with_desk

PEER = "a-box-1"


def cosigned(desk: OpenDesk, ahead_ms: int) -> PersistCosignature:
    """A line of the peer, made by a clock that is ahead."""
    running, signer = desk.running, desk.day.signers[PEER]
    checkpoint = Checkpoint(running.replica.origin, 1, bytes(32))
    key = cosigner_key(running.package.day, PEER, signer.public)
    line = cosign(checkpoint, key, signer, (now_ms() + ahead_ms) // 1000).line()
    return PersistCosignature(running.replica.origin, PEER, 1, line)


def test_a_line_says_when_its_maker_thought_it_was(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        line = cosigned(desk, 0).line
        assert abs(cosigned_ms(line) - now_ms()) < 5_000

    with_desk(tmp_path, part)


@pytest.mark.parametrize(
    ("ahead_ms", "minutes"), [(0, None), (60_000, None), (330_000, 5), (-900_000, None)]
)
def test_a_peer_whose_clock_is_ahead_is_named_and_one_that_was_late_is_not(
    tmp_path: Path, ahead_ms: int, minutes: int | None
) -> None:
    async def part(desk: OpenDesk) -> None:
        await desk.running.runner._perform([cosigned(desk, ahead_ms)])
        words = (
            f"The clock of {PEER} is {minutes} min ahead of this computer's. Compare both with a "
            "watch; nothing is decided by clocks."
        )
        found = [alarm for alarm in station_view(desk.running).alarms if "clock" in alarm]
        assert found == ([] if minutes is None else [words])

    with_desk(tmp_path, part)
