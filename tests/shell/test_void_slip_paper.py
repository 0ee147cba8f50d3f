"""The paper of a card that came back: made from its slip alone, at the box that signed it."""

from pathlib import Path

from hw.printer.slip import Code, Slip
from node.paper import parts_of, slip_of
from node.running import Running
from node.store_jobs import Job
from simulations.sample_day import sample_day
from sync.void_slip import VoidSlip, write_slip
from tests.shell.test_paper import with_box

DAY = sample_day(places=2)
SLIP = VoidSlip(DAY.package.day, "a-box-1", "a-desk-1", b"sixteen bytes ok")


def test_a_void_slip_is_printed_with_its_code_and_only_by_its_own_box(tmp_path: Path) -> None:
    text = write_slip(SLIP, DAY.signers["a-box-1"])
    other = VoidSlip(DAY.package.day, "b-box-1", "b-desk-1", b"sixteen bytes ok")

    async def look(running: Running) -> None:
        assert await parts_of("void-slip", text, running) == [text]
        slip = await slip_of(Job(1, "void-slip", text.lower(), "waiting"), running)
        assert isinstance(slip, Slip)
        assert [line.text for line in slip.lines if isinstance(line, Code)] == [text]
        foreign = write_slip(other, DAY.signers["b-box-1"])
        assert await slip_of(Job(2, "void-slip", foreign, "waiting"), running) == (
            "This slip is of b-box-1. Print it there."
        )
        forged = write_slip(SLIP, DAY.signers["a-desk-1"])
        assert await slip_of(Job(3, "void-slip", forged, "waiting"), running) == (
            "This slip was not made by a-box-1."
        )

    with_box(tmp_path, DAY, look)
