"""Where one machine keeps everything that it makes."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from airlock.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Home:
    """A checkout and the folder that holds everything made from it.

    Args:
        root: the checkout, the folder of `dags/` and `airflow.cfg`; absolute.
        var: keys, databases, store and logs; absolute. Tests give each run one of its own.
    """

    root: Path
    var: Path

    @classmethod
    def of_checkout(cls) -> Home:
        """The home that `make` uses: `var/` of this checkout."""
        root = Path(__file__).resolve().parent.parent
        return cls(root, root / "var")

    @classmethod
    def of_demo(cls) -> Home:
        """The home that `make demo` empties and fills again: `var/demo/` of this checkout."""
        checkout = cls.of_checkout()
        return cls(checkout.root, checkout.var / "demo")

    @property
    def environment_file(self) -> Path:
        """What Airflow must know about this machine, as `NAME=value` lines for a shell."""
        return self.var / "airflow.env"

    @property
    def keys(self) -> Path:
        """The secrets made once per machine; a rebuilt database gets the same ones."""
        return self.var / "keys"

    @property
    def trusted_keys(self) -> Path:
        """The public keys whose signatures count."""
        return self.keys / "trusted.json"

    @property
    def database(self) -> Path:
        """Airflow's SQLite file."""
        return self.var / "airflow" / "airflow.db"

    @property
    def logs(self) -> Path:
        """One file for each service."""
        return self.var / "logs"

    @property
    def passwords(self) -> Path:
        """The password of each user, as JSON."""
        return self.var / "passwords.json"

    @property
    def secrets(self) -> tuple[Path, ...]:
        """What would give the code of a model a service's rights, or a person's."""
        # A file that is not made yet has no name that the kernel could keep: the folder has.
        return (self.keys, self.environment_file, self.passwords, self.database.parent)

    @property
    def settings_file(self) -> Path:
        """Connections and pools, in Astro's format."""
        return self.root / "airflow_settings.yaml"

    def located(self, address: str) -> str:
        """Make an address that lies below `var/` absolute, wherever this home has its `var`."""
        scheme, separator, path = address.partition(":///")
        if not separator:
            scheme, path = "", address
        if not (path == "var" or path.startswith("var/")):
            return address
        return f"{scheme}{separator}{self.var}{path.removeprefix('var')}"

    def environment(self) -> dict[str, str]:
        """The environment of every process that belongs to this home.

        Raises:
            SettingsError: the home has not been prepared.
        """
        try:
            words = shlex.split(self.environment_file.read_text(), comments=True)
        except FileNotFoundError:
            raise SettingsError(
                f"Airflow is not prepared in {self.var}.", do="Run: make prepare"
            ) from None
        return os.environ | dict(word.split("=", 1) for word in words)
