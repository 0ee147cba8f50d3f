"""`python -m simulations bench [confirm|sync|roll|all]`."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from simulations.bench import cold_sync, confirm, roll


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks and print each beside its floor."""
    parser = argparse.ArgumentParser(prog="python -m simulations bench", description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="all", choices=["confirm", "sync", "roll", "all"]
    )
    parser.add_argument("--voters", type=int, default=600, help="confirm: on the roll (600)")
    parser.add_argument("--day", type=int, default=10_000, help="sync: about this many voters")
    parser.add_argument("--lines", type=int, default=200_000, help="roll: lines (200,000)")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    chosen = parser.parse_args(arguments)
    console, found = Console(stderr=chosen.json, highlight=False), {}
    with tempfile.TemporaryDirectory(prefix="pollmesh-bench-") as root:
        if chosen.what in ("confirm", "all"):
            console.print(f"confirm: {chosen.voters} voters, twelve processes ...")
            rows = asyncio.run(confirm.measure(Path(root) / "confirm", chosen.voters))
            found["confirm"] = [asdict(row) for row in rows]
            console.print(_confirm_table(rows))
        if chosen.what in ("sync", "all"):
            console.print(f"sync: the day of about {chosen.day} voters to one empty district ...")
            synced = asyncio.run(cold_sync.measure(Path(root) / "sync", chosen.day))
            found["sync"] = asdict(synced)  # type: ignore[assignment]
            console.print(_sync_table(synced))
        if chosen.what in ("roll", "all"):
            console.print(f"roll: {chosen.lines:,} lines, from CSV to look-ups at a desk ...")
            imported = asyncio.run(roll.measure(Path(root) / "roll", chosen.lines))
            found["roll"] = asdict(imported)  # type: ignore[assignment]
            console.print(_roll_table(imported))
    if chosen.json:
        print(json.dumps(found))
    return 0


def _confirm_table(rows: list[confirm.Confirmed]) -> Table:
    table = Table("place", "voters", "p50 ms", "p99 ms", "floor ms", "p50 / floor", "p99 / floor")
    for row in rows:
        table.add_row(
            row.place,
            str(row.voters),
            f"{row.p50_ms:.1f}",
            f"{row.p99_ms:.1f}",
            f"{row.floor_ms:.2f}",
            f"{row.p50_ms / row.floor_ms:.1f}",
            f"{row.p99_ms / row.floor_ms:.1f}",
        )
    return table


def _sync_table(row: cold_sync.Synced) -> Table:
    table = Table("figure", "value")
    rate = row.entries / row.seconds
    table.add_row("entries, verified, folded and durable", f"{row.entries:,}")
    table.add_row("entries/s", f"{rate:,.0f}")
    table.add_row("bytes on the wire an entry", f"{row.bytes_sent / row.entries:.1f}")
    table.add_row("SHA-256 of 200 B/s, one core (floor)", f"{row.hashes_per_second:,.0f}")
    table.add_row("Ed25519 verifications/s, one core (floor)", f"{row.verifies_per_second:,.0f}")
    table.add_row("entries/s over a signature an entry", f"{rate / row.verifies_per_second:.1f}")
    return table


def _roll_table(row: roll.Imported) -> Table:
    table = Table("figure", "value")
    table.add_row("lines", f"{row.lines:,}")
    made, installed = row.package_new_cpu_s, row.install_cpu_s
    table.add_row("package new, s (of which CPU)", f"{row.package_new_s:.1f} ({made:.1f})")
    table.add_row("station install, s (of which CPU)", f"{row.install_s:.1f} ({installed:.1f})")
    table.add_row("installed lines/s", f"{row.lines / row.install_s:,.0f}")
    floor = f"{row.floor_s:.1f} ({row.floor_cpu_s:.1f})"
    table.add_row(f"SQLite, {row.floor_rows:,} rows sorted, s (floor)", floor)
    table.add_row("install / floor, by CPU", f"{installed / row.floor_cpu_s:.1f}")
    table.add_row("loopback there and back, p50 ms (floor)", f"{row.round_trip_ms:.2f}")
    table.add_row("by code, p50 and p99 ms", f"{row.code_p50_ms:.2f}  {row.code_p99_ms:.2f}")
    table.add_row("by name, p50 and p99 ms", f"{row.name_p50_ms:.2f}  {row.name_p99_ms:.2f}")
    table.add_row("by name, worst ms", f"{row.name_max_ms:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
