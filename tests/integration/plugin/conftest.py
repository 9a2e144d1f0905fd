from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.plugin.site import Site, running_site

ROOT = Path(__file__).parents[3]


# Not the session's: a scheduler that has nothing to do takes a fifth of a core from other tests.
@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(ROOT, tmp_path_factory.mktemp("site")) as site:
        yield site
