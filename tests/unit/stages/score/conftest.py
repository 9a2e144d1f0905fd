"""One small champion for all tests of scoring that need no second one."""

from __future__ import annotations

import pytest

from tests.trained import Trained, trained


@pytest.fixture(scope="session")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("champion"))
