"""Multicast DNS against the daemon that everybody has: avahi sees us, and we see what it says."""

import asyncio
from pathlib import Path

import pytest

from simulations.demo.setting import Setting
from sync.package_rules import read_package
from tests.peers.avahi import avahi
from tests.peers.lan import PORT, LanStations, lan

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(240)]
DESK, SIBLING, DAEMON = "b-desk-1", "b-desk-2", "elsewhere"


def test_avahi_browse_lists_a_station_and_a_station_hears_what_avahi_publishes(
    province: Setting, tmp_path: Path
) -> None:
    path = province.package / "package.json"
    tag = read_package(path.read_bytes(), str(path)).base_hash.hex()[:8]
    settings = province.folder(DESK) / "station.toml"
    before = settings.read_text("utf-8")
    try:
        with lan() as net:
            stations = LanStations(province, net, [DESK])
            net.join(DAEMON, "10.77.0.200")
            with avahi(net, DAEMON, tmp_path) as daemon:

                async def check() -> None:
                    await stations.start_all()

                    async def is_listed() -> bool:
                        return bool(await asyncio.to_thread(daemon.browse))

                    await stations.until(is_listed)
                    (found,) = await asyncio.to_thread(daemon.browse)
                    name, address, port, texts = found[3], *found[7:10]
                    assert (name, address, port) == (
                        f"{DESK}-{tag}",
                        "10.77.0.1",
                        str(PORT),
                    )
                    assert set(texts.split()) == {f'"station={DESK}"', f'"package={tag}"'}
                    daemon.publish(f"{SIBLING}-{tag}", 7999, f"station={SIBLING}")
                    daemon.publish("x-desk-1-0badcafe", 7998, "station=x-desk-1")

                    async def is_heard() -> bool:
                        status = await stations.ask(DESK, "/status")
                        view = next(p for p in status["peers"] if p["station"] == SIBLING)
                        return bool(
                            view["why"] == "no answer at 10.77.0.200:7999"
                            and status["network"] == ["x-desk-1 announces package 0badcafe"]
                        )

                    print(f"heard after {await stations.until(is_heard):.1f} s")

                async def whole() -> None:
                    try:
                        await check()
                    finally:
                        await stations.stop()

                asyncio.run(whole())
    finally:
        settings.write_text(before, "utf-8")
