"""Run simulations: `python -m simulations mesh --seed 1 --seeds 200`.

    mesh    real replicas on bad days; exit 1 and one line to run again when a guarantee breaks

The last line of `--json` is one object: seed, seeds, steps, crashes, check_ins, second_attempts,
refused, withdrawn, confirmed, cast, voided, violations, trace (a hash over every step of all days).
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from simulations.bench.__main__ import main as bench
from simulations.campaign import Report, Size, run_day, total


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulations", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_mesh(commands)
    commands.add_parser("bench", help="real processes beside floors; see bench --help")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["bench"]:
        return bench(given[1:])
    chosen = parser.parse_args(given)
    return int(chosen.run(chosen))


def _add_mesh(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    size = Size()
    mesh = commands.add_parser("mesh", help="real replicas on bad days, checked at every step")
    mesh.add_argument("--seed", type=int, default=1, help="the first day's seed (1)")
    mesh.add_argument("--seeds", type=int, default=1, help="how many days, seeds rising (1)")
    mesh.add_argument("--places", type=int, default=size.places, help=f"({size.places})")
    mesh.add_argument("--desks", type=int, default=size.desks, help=f"a place ({size.desks})")
    mesh.add_argument("--voters", type=int, default=size.voters, help=f"in all ({size.voters})")
    mesh.add_argument("--actions", type=int, default=size.actions, help=f"({size.actions})")
    mesh.add_argument("--json", action="store_true", help="one JSON object as the last line")
    mesh.set_defaults(run=run_mesh)


def run_mesh(chosen: argparse.Namespace) -> int:
    """Run the days; stop at the first that breaks a guarantee."""
    size = Size(chosen.places, chosen.desks, chosen.voters, chosen.actions)
    reports: list[Report] = []
    console = Console(stderr=True)
    with Progress(console=console, disable=chosen.json, transient=True) as progress:
        task = progress.add_task("days", total=chosen.seeds)
        for seed in range(chosen.seed, chosen.seed + chosen.seeds):
            reports.append(run_day(seed, size))
            progress.advance(task)
            if reports[-1].violations:
                break
    _tell(chosen, size, reports, console)
    return 1 if reports[-1].violations else 0


def _tell(chosen: argparse.Namespace, size: Size, reports: list[Report], console: Console) -> None:
    sums = total(reports)
    trace = hashlib.sha256("".join(report.trace for report in reports).encode()).hexdigest()[:16]
    violations = [words for report in reports for words in report.violations]
    if violations:
        console.print(f"[bold red]broken[/] {violations[0]}", highlight=False)
        console.print(
            f"again: python -m simulations mesh --seed {reports[-1].seed} --places {size.places} "
            f"--desks {size.desks} --voters {size.voters} --actions {size.actions}",
            highlight=False,
            soft_wrap=True,
        )
    if chosen.json:
        head = {"seed": chosen.seed, "seeds": len(reports)}
        print(json.dumps({**head, **sums, "violations": violations, "trace": trace}))
        return
    print(
        f"{len(reports)} days, {sums['steps']:,} steps, {sums['crashes']} crashes: "
        f"{sums['check_ins']} check-ins, {sums['second_attempts']} second attempts, "
        f"{sums['refused']} refused, {sums['withdrawn']} withdrawn, "
        f"{sums['confirmed']} confirmed, {sums['cast']} cast, {sums['voided']} voided; "
        f"{len(violations)} broken; trace {trace}"
    )


if __name__ == "__main__":
    sys.exit(main())
