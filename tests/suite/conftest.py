import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import Suite  # noqa: E402


@pytest.fixture(scope="session")
def suite():
    """The suite with its demo data, running, and a FreeRADIUS beside it."""
    running = Suite("life").create()
    try:
        running.radius("up")
        running.start()
        yield running
    finally:
        running.stop()
        running.drop()
