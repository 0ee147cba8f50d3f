"""`pollmesh station take-back`: a card that nobody voted with comes back to its box.

The box spends it without a ballot and answers with a slip; with the slip two officers void the
check-in at the desk: `pollmesh act void DESK --detail slip=PMV1:… --detail because=voter-left`.
"""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from node.terminal import fail, plain_errors, say
from sync.outcomes import CardTakenBack, Refused

CARD_READ_MAX = 2_000
"""Of what is read from the standard input; more than any card."""


def take_back_command(
    folder: Annotated[Path, typer.Argument(help="The box's folder.")],
    card: Annotated[
        str, typer.Argument(help="The card's text as scanned; '-' reads it, so no list shows it.")
    ] = "-",
) -> None:
    """Boxes: spend an unused card without a vote; prints the slip that voids its check-in."""
    from node.local_client import ask_node  # loads aiohttp: only when a command runs

    text = sys.stdin.readline(CARD_READ_MAX) if card == "-" else card
    with plain_errors():
        answer = ask_node(folder, "/take-back", {"card": text.strip()})
        outcome = msgspec.json.decode(answer, type=CardTakenBack | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)
    typer.echo(outcome.slip)
