"""Signs bundles: an in-toto statement in a DSSE envelope, by the ledger's keys.

The envelope lies in the store, and beside MLflow's copy of the bundle. Other tools can read it:
https://github.com/secure-systems-lab/dsse and https://in-toto.io/Statement/v1.
"""

from __future__ import annotations

from airlock.signing.bundles import check, check_kept, sign, signed_by, stored
from airlock.signing.envelope import envelope_path

__all__ = ["check", "check_kept", "envelope_path", "sign", "signed_by", "stored"]
