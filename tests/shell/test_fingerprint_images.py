"""Whole pictures through libfprint: its own search for minutiae, its own comparison.

The other virtual device compares names. This one takes what a sensor takes, so the template in the
helper is a real one, of fingers that nobody has.
"""

import asyncio
from pathlib import Path

from hw.catalogue import Libfprint
from hw.fingerprint.libfprint import LibfprintReader
from tests.peers.finger import VirtualReader, needs_libfprint, ridges, touch_of


@needs_libfprint
def test_pictures_of_one_finger_match_and_those_of_another_do_not(tmp_path: Path) -> None:
    async def go() -> None:
        one, other = ridges(seed=1), ridges(seed=2)
        device = VirtualReader(tmp_path, "FP_VIRTUAL_IMAGE")
        reader = LibfprintReader(Libfprint(python=str(device.python)), retry_s=0.05)
        run = asyncio.create_task(reader.run())
        heard: list[int] = []
        try:
            async with asyncio.timeout(30):
                while not reader.state.is_usable:
                    await asyncio.sleep(0.01)
                enrolling = asyncio.create_task(reader.enrol(lambda done, _: heard.append(done)))
                for touch in range(5):
                    await device.show([touch_of(one, touch, -touch)])
                    while len(heard) <= touch:
                        await asyncio.sleep(0.01)
                await enrolling
                assert heard == [1, 2, 3, 4, 5]
                answers = []
                for finger in (one, other, one):
                    verifying = asyncio.create_task(reader.verify())
                    await device.show([touch_of(finger, 6, 2)])
                    answers.append(await verifying)
                assert answers == [True, False, True]
        finally:
            run.cancel()
            await asyncio.wait({run})

    asyncio.run(go())
