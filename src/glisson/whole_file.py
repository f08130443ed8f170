"""Files are written whole or not at all: content goes to a temporary name in the same folder and takes its real name in one step."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from glisson.errors import BadInput


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a temporary file beside ``path``, then rename it; an earlier file of that name is replaced.

    Args:
        path: where the file shall stand; its folder must exist.
        write: called with the temporary path, whose name ends like ``path`` (so writers that look at the suffix work).

    Raises:
        BadInput: the folder does not exist, ``path`` is a folder, or the system refuses to write (disk full, no permission).
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise BadInput(f"cannot write {path.name}: its folder does not exist", do="make the folder first")
    if path.is_dir():
        raise BadInput(f"cannot write {path.name}: a folder of that name exists", do="give another name")
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.name, dir=path.parent)
        temporary = Path(name)
        os.close(handle)
        write(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise BadInput(
            f"cannot write {path.name}: {error.strerror or 'the system refused'}", do="check space and permissions"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """Text to a file, UTF-8, Unix line ends, whole or not at all; its folder is made if need be."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Bytes to a file, whole or not at all; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda temporary: temporary.write_bytes(content))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
