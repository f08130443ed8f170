"""Keys of a registry: a small file outside the database, and what is derived from it.

The file holds two random keys of 256 bits. From the master key come (HKDF-SHA-256) the key that wraps the cases' keys, the
key of entries that belong to no case, and the key that seals the head. The pseudonym key is apart: it makes pseudonyms only.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from glisson.errors import BadInput

EDITION = 1
KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class Keys:
    """Keys of one registry; never shown by repr.

    Attributes:
        registry: identifier of the registry they belong to.
        path: file they were read from; beside it lies the list of erased cases.
    """

    registry: str
    path: Path
    master: bytes = field(repr=False)
    pseudonym_key: bytes = field(repr=False)

    @cached_property
    def _wrapping(self) -> AESGCM:
        return AESGCM(self._derived(b"wrap case keys"))

    @cached_property
    def entries(self) -> AESGCM:
        """Cipher of entries under the registry's key."""
        return AESGCM(self._derived(b"registry entries"))

    @cached_property
    def _sealing(self) -> bytes:
        return self._derived(b"seal the head")

    def _derived(self, purpose: bytes) -> bytes:
        derivation = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=self.registry.encode(), info=b"glisson 1 " + purpose)
        return derivation.derive(self.master)

    def new_case_key(self, case: str) -> tuple[AESGCM, bytes]:
        """A fresh data key for ``case``: its cipher, and the wrapped key to store (60 bytes)."""
        key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        return AESGCM(key), nonce + self._wrapping.encrypt(nonce, key, self._case_data(case))

    def case_cipher(self, case: str, wrapped: bytes) -> AESGCM:
        """Cipher of ``case`` from its stored wrapped key.

        Raises:
            BadInput: the wrapped key was altered, or belongs to another case, registry or keys file.
        """
        try:
            return AESGCM(self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._case_data(case)))
        except (InvalidTag, ValueError):
            raise BadInput(f"the key of case {case} does not open", do="run verify; restore the registry from a backup") from None

    def _case_data(self, case: str) -> bytes:
        return f"{self.registry}\n{case}".encode()

    @property
    def _erased_file(self) -> Path:
        return self.path.with_name(self.path.name + ".erased")

    def erased(self) -> dict[str, str]:
        """Cases that were erased, with the author of the erasure, from the list beside the keys file."""
        if not self._erased_file.exists():
            return {}
        lines = self._erased_file.read_text(encoding="utf-8").splitlines()
        return dict(line.split(" ") for line in lines if line.count(" ") == 1)

    def note_erased(self, case: str, author: str) -> None:
        """Put a case on that list, on the disk when this returns; a backup from before then cannot bring the case back.

        Raises:
            BadInput: the list cannot be written; nothing is erased then.
        """
        if case in self.erased():
            return
        try:
            handle = os.open(self._erased_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"\n{case} {author}\n")  # a torn line of a crash before cannot spoil this one
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise BadInput(
                f"cannot write {self._erased_file.name}: {error.strerror}; nothing was erased", do="check space and permissions"
            ) from None

    def seal(self, sequence: int, hash: bytes) -> bytes:
        """Keyed mark on a head: who lacks the keys file cannot make one for a shortened or rewritten log."""
        return hmac.digest(self._sealing, b"%d\n" % sequence + hash, hashlib.sha256)


def create_keys(path: Path) -> Keys:
    """Make a keys file, readable by its owner only.

    Raises:
        BadInput: a file of that name exists, or the folder cannot be written.
    """
    keys = Keys(secrets.token_hex(16), path, secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
    content = {
        "glisson_keys": EDITION,
        "registry": keys.registry,
        "master_key": base64.b64encode(keys.master).decode(),
        "pseudonym_key": base64.b64encode(keys.pseudonym_key).decode(),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise BadInput(
            f"the keys file {path.name} exists and is never written over",
            do="give another name; if it is left from an interrupted creation of a registry, remove it",
        ) from None
    except OSError as error:
        raise BadInput(f"cannot write {path.name}: {error.strerror}", do="check folder, space and permissions") from None
    return keys


def read_keys(path: Path) -> Keys:
    """Keys from their file.

    Raises:
        BadInput: no such file, readable by others than its owner, or not a keys file.
    """
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadInput(f"the keys file {path.name} can be read by others", do=f"chmod 600 {path.name}")
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["glisson_keys"] != EDITION:
            raise BadInput(f"{path.name} is of an edition of keys that this program does not know", do="use a newer program")
        keys = Keys(str(content["registry"]), path, _key(content["master_key"]), _key(content["pseudonym_key"]))
    except OSError as error:
        raise BadInput(f"cannot read the keys file {path.name}: {error.strerror}", do="give the registry's keys file") from None
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise BadInput(f"{path.name} is not a keys file", do="give the file that was made with the registry") from None
    return keys


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError
    return key
