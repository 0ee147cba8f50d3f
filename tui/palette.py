"""The command palette: the commands of the screen below it, from its own table, found by words.

Without words it lists what is possible now, in the table's order. A scanner's digits and Enter find
nothing and so do nothing; what writes by a key alone is not in here.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.commands import Command, CommandScreen, matching

KEY_CELLS = 8


class CommandProvider(Provider):
    """Textual's palette asks this."""

    async def discover(self) -> Hits:
        """Before a word is typed."""
        for command in self._possible():
            yield DiscoveryHit(command.words, self._run(command), help=_help(command))

    async def search(self, query: str) -> Hits:
        """Every command that holds all words of `query`, first those whose own name does."""
        words = query.casefold().split()
        for command in matching(self._possible(), query):
            is_named = all(word in command.words.casefold() for word in words)
            score = 1.0 if is_named else 0.5
            yield Hit(score, command.words, self._run(command), help=_help(command))

    def _possible(self) -> tuple[Command, ...]:
        screen = self.screen
        return tuple(screen.possible()) if isinstance(screen, CommandScreen) else ()

    def _run(self, command: Command) -> Callable[[], Awaitable[None]]:
        return partial(self.screen.run_action, command.id)


def _help(command: Command) -> str:
    return f"{command.key_name:{KEY_CELLS}}{command.help}" if command.key else command.help
