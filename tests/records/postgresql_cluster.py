"""A PostgreSQL cluster of our own for tests and benchmarks: initdb into a new folder, a free port on loopback, gone at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps the server's programs, by version; they are not on PATH."""


def programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest there is; None without PostgreSQL."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A running server. It refuses root, so that root runs it as the user postgres."""

    def __init__(self, folder: Path) -> None:
        self._bin = programs()
        self._data = folder / "data"
        self._folder = folder
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "--pgdata", self._data, "--auth", "trust", "--username", "glisson", "--encoding", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "--pgdata", self._data, "-w", "-t", "60", "-l", self._folder / "log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; 'immediate' is a crash: no checkpoint, recovery at the next start."""
        self._run("pg_ctl", "--pgdata", self._data, "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """kill -9 to the server's first process; its children end by themselves."""
        identifier = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(identifier, 9)

    def start_again(self) -> None:
        """Start after a crash; the last children of a killed server may hold its memory for a moment."""
        for _ in range(100):
            try:
                return self.start()
            except RuntimeError:
                time.sleep(0.1)
        raise RuntimeError("the server does not come back")

    def database(self) -> str:
        """URL of a new, empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "glisson", name)
        return f"postgresql://glisson@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        assert self._bin is not None
        done = subprocess.run(
            [self._bin / program, *arguments],
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            log = self._folder / "log"
            raise RuntimeError(f"{program}: {(done.stdout or b'').decode()} {log.read_text()[-2000:] if log.exists() else ''}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that lives as long as the block."""
    folder = Path(tempfile.mkdtemp(prefix="glisson-pg-"))
    server = Cluster(folder)
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
