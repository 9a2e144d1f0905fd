"""A time stamp authority of the tests' own: `openssl ts` behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, kw_only=True)
class Stamping:
    """One that answers."""

    url: str
    roots: Path
    stuck: Path  # once this file is there, every answer is the last one


def made(folder: Path, name: str = "Time of the tests") -> Path:
    """Its keys and certificates; returns the root's."""
    folder.mkdir()
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(_CONFIG.format(name=name, folder=folder))
    common = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    config = ["-config", "ts.cnf", "-days", "3650"]
    _openssl(
        folder, "req", "-x509", *common, *config, "-keyout", "root.key", "-out", "root.pem",
        "-extensions", "root",
    )  # fmt: skip
    _openssl(
        folder, "req", "-x509", *common, *config, "-keyout", "tsa.key", "-out", "tsa.pem",
        "-extensions", "stamps", "-CA", "root.pem", "-CAkey", "root.key",
        "-subj", f"/CN={name}: stamps",
    )  # fmt: skip
    return folder / "root.pem"


@contextmanager
def stamping(folder: Path) -> Iterator[Stamping]:
    """Let it answer requests until the end of the block."""
    roots, stuck = made(folder), folder / "stuck"

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query, reply = folder / "query.tsq", folder / "reply.tsr"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if not stuck.exists():
                _openssl(
                    folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", query.name,
                    "-out", reply.name,
                )  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(reply.read_bytes())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Stamping(url=f"http://127.0.0.1:{server.server_port}/", roots=roots, stuck=stuck)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
