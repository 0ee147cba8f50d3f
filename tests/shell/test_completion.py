"""Shell completion, as bash asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("pollmesh")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("pollmesh doc", ["doctor"]),
        ("pollmesh station statu", ["status"]),
        ("pollmesh station enrol --train", ["--training"]),
    ],
)
def test_bash_completes_commands_and_options(words: str, found: list[str]) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(
        [PROGRAM],
        env={**os.environ, **asked, "_POLLMESH_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == found


def test_completion_is_installed_for_bash_in_the_home_folder_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{PROGRAM} --install-completion bash && cat ~/.bashrc"],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    script = tmp_path / ".bash_completions" / "pollmesh.sh"
    assert done.returncode == 0, done.stderr
    assert f"source '{script}'" in done.stdout
    assert "_POLLMESH_COMPLETE=complete_bash" in script.read_text()
