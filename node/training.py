"""A training day keeps to itself: a station's folder is for one kind of day, and is marked with it.

    DIR/TRAINING.txt      nothing made with this key counts; a real package is refused here
    DIR/REAL-DAY.txt      this key has served a real day; a training package is refused here

The key of a real day must not have lain about in exercises, and an exercise must not sign with it.
The mark is made when a station enrols for training or when its first package is installed, and
outlives the package. Folders of training are called `training-…` unless somebody says otherwise.
"""

from pathlib import Path

from node.files import write_file

TRAINING_FILE = "TRAINING.txt"
REAL_FILE = "REAL-DAY.txt"

_WORDS = {
    TRAINING_FILE: "This folder is for training days: nothing made here counts. "
    "pollmesh refuses real packages in it. For a real day, enrol in another folder.\n",
    REAL_FILE: "This folder is for real polling days. pollmesh refuses training packages in it. "
    "For training, enrol in another folder.\n",
}


def default_folder(ids: list[str], training: bool) -> Path:
    """Where stations enrol if nobody says where; never the same for training and for real days."""
    name = ids[0] if len(ids) == 1 else "stations"
    return Path(f"training-{name}" if training else name)


def mark(folder: Path, training: bool) -> None:
    """Mark a folder for one kind of day."""
    name = TRAINING_FILE if training else REAL_FILE
    if not (folder / name).exists():
        write_file(folder / name, _WORDS[name].encode())


def training_problem(folder: Path, training: bool) -> str | None:
    """Why a package of this kind must not serve here, in words; None if it may."""
    if (folder / TRAINING_FILE).exists() and not training:
        return (
            f"{folder} is for training days ({TRAINING_FILE}), this package is for a real one. "
            "Its key was used where nothing counts: enrol in a folder of its own."
        )
    if (folder / REAL_FILE).exists() and training:
        return (
            f"{folder} is for real days ({REAL_FILE}), this package is for training. "
            "Enrol in a folder of its own: pollmesh station enrol --training."
        )
    return None
