"""A fake node for a test, and pictures that are the same in every environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.fake_node import FakeNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    """Listening before the test, gone after it."""
    fake = FakeNode(tmp_path / "node.sock")
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture(autouse=True)
def in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment variable of the one who runs the tests changes a picture."""
    monkeypatch.delenv("NO_COLOR", raising=False)
