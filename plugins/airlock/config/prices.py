"""What this deployment's machines cost and take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airlock.config import options

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What this deployment's machines cost and take, as far as somebody said it.

    Args:
        device_hour: money for an hour of one device.
        core_hour: money for an hour of one busy core.
        currency: of both; "" if nobody said.
        core_watts: what one busy core takes.
        device_watts: what one busy device takes.
        spot: whether these machines can be taken away.
    """

    device_hour: float | None = None
    core_hour: float | None = None
    currency: str = ""
    core_watts: float | None = None
    device_watts: float | None = None
    spot: bool | None = None

    @classmethod
    def read(cls, conf: Any) -> Prices:
        """Read them from Airflow's configuration.

        Raises:
            SettingsError: an option is not of its kind.
        """

        def number(option: str) -> float | None:
            return options.price(conf.get("airlock", option, fallback=""), option)

        return cls(
            device_hour=number("device_hour_price"),
            core_hour=number("core_hour_price"),
            currency=str(conf.get("airlock", "currency", fallback="")).strip(),
            core_watts=number("core_watts"),
            device_watts=number("device_watts"),
            spot=options.told(conf, "spot"),
        )
