"""From the inside of Great Expectations."""

from __future__ import annotations

import logging

# Before the import: it would log 214 lines of its own set-up.
logging.getLogger("great_expectations").setLevel(logging.WARNING)

from great_expectations.execution_engine.pandas_execution_engine import (  # noqa: E402  # see above
    PandasExecutionEngine,
)
from great_expectations.expectations.expectation_configuration import (  # noqa: E402
    ExpectationConfiguration,
)
from great_expectations.render.renderer.page_renderer import (  # noqa: E402
    ValidationResultsPageRenderer,
)
from great_expectations.render.view.view import DefaultJinjaPageView  # noqa: E402
from great_expectations.validator.metric_configuration import MetricConfiguration  # noqa: E402
from great_expectations.validator.metrics_calculator import MetricsCalculator  # noqa: E402

READ_IN = "1.24.1"

__all__ = [
    "DefaultJinjaPageView",
    "ExpectationConfiguration",
    "MetricConfiguration",
    "MetricsCalculator",
    "PandasExecutionEngine",
    "ValidationResultsPageRenderer",
]
