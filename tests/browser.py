"""Headless Chromium in which one of the home's users has signed in to Airflow."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from local.services import Airflow

CHROMIUM = Path("/usr/bin/chromium")

# A machine whose cores are busy shows the same page later.
expect.set_options(timeout=60_000)


@contextlib.contextmanager
def signed_in(airflow: Airflow, *, user: str) -> Iterator[BrowserContext]:
    """Sign in through the form that people use."""
    if not CHROMIUM.exists():
        assert not os.environ.get("CI"), "CI installs Debian's chromium; it is missing."
        pytest.skip("Debian's chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=airflow.url, viewport={"width": 1400, "height": 1000}
        )
        page = context.new_page()
        page.goto("/auth/login")
        page.get_by_label("Username").fill(user)
        password = json.loads(airflow.home.passwords.read_text())[user]
        page.locator("input[type=password]").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"^(?!.*login)"))
        page.close()
        yield context
        browser.close()
