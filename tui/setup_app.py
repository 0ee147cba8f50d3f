"""The setup wizard: `pollmesh setup FOLDER` starts it and does the work behind its socket.

    python -m tui.setup_app SOCKET

It can be run again at any time: every step shows what is so now and changes nothing by itself. A
new language starts the screen anew, because tables of words are made when they are imported.
"""

import os
import sys
from pathlib import Path

from tui import words
from tui.looks import settings_file
from tui.spoken import LANGUAGE_VARIABLE, chosen, read_spoken

AGAIN = "again"
"""The program ends with this to be started once more, in another language."""


def main() -> None:
    """Read what was chosen, then import the pages in that language."""
    socket, file = Path(sys.argv[1]), settings_file()
    spoken = chosen(read_spoken(file), os.environ)
    words.use(spoken.language)
    from tui.setup_home import SetupApp

    if SetupApp(socket, spoken, file).run() == AGAIN:
        # A choice made on the page holds; what the environment said before does not.
        os.environ.pop(LANGUAGE_VARIABLE, None)
        os.execv(sys.executable, [sys.executable, "-m", "tui.setup_app", str(socket)])


if __name__ == "__main__":
    main()
