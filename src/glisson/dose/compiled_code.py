"""Compiled functions kept in a folder between processes, named by the content that they were compiled from.

The compiler's own index on disk does not serve here: it knows a function by its file alone, not by the functions and constants of
other files that it freezes, and it never finds a function that holds other compiled ones. Here the name is a hash of everything
that the machine code depends on: bytecode, constants and options of the function and of all that it calls, as they are at that
moment; types of the arguments with the names of their fields; processor, versions and settings of the compiler. What cannot be
hashed for certain is not kept. Whatever is wrong with a folder or a file, the function is compiled, as if there were none.
"""

import builtins
import dis
import hashlib
import math
import os
import pickle
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from glisson.errors import BadInput
from glisson.whole_file import write_bytes

FORMAT = "glisson compiled code 1"
FOLDER = "compiled"
MOST_FILES = 32
"""Then the oldest go: each change of the source leaves one behind."""
COMPILER = ("numba", "llvmlite", "numpy")
PLAIN = (int, float, complex, str, bytes, type(None), type(Ellipsis))
LIBRARIES = (math, np)
"""Modules whose content follows from a version; functions that look into any other are not kept."""
NOT_IN_CODE = ("NUM_THREADS", "CACHE")
"""Settings of the compiler with these words in their names do not change what it makes."""


class NotKept(Exception):
    """Something that a function depends on has no certain hash."""


def keep_code(function: Any, folder: Path | None) -> None:
    """Let the compiler look in ``folder`` before it compiles ``function`` and leave there what it makes; ``None``: no longer.

    Args:
        function: as the compiler of Numba gives it; a plain function, as with ``NUMBA_DISABLE_JIT``, is left alone.
        folder: of caches; a folder ``compiled`` is made in it that nobody else may write to.
    """
    if hasattr(function, "targetoptions"):
        function._cache = KeptCode(function, folder)  # where its own index on disk would sit


class KeptCode:
    """What the compiler asks before and tells after it has compiled one function, for one signature after the other."""

    def __init__(self, function: Any, folder: Path | None) -> None:
        self.function = function
        self.folder = folder
        self.cache_path = None if folder is None else str(folder / FOLDER)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled function, or ``None`` where there is none that can be trusted."""
        from numba.core.compiler import CompileResult

        path = self._path(signature, target.codegen())
        content = None if path is None else _read(path)
        if content is None:
            return None
        target.refresh()
        try:
            return CompileResult._rebuild(target, *pickle.loads(content))
        except Exception:  # noqa: BLE001 - whatever it is, the compiler is there
            return None

    def save_overload(self, signature: Any, made: Any) -> None:
        """Keep what was compiled; nothing happens where it cannot be kept."""
        from numba.core.serialize import dumps

        path = self._path(signature, made.library.codegen)
        if path is None or made.lifted or made.library.has_dynamic_globals:
            return
        try:
            _write(path, dumps(made._reduce()))
        except (OSError, BadInput, pickle.PicklingError):
            return

    def _path(self, signature: Any, codegen: Any) -> Path | None:
        folder = None if self.folder is None else _own_folder(self.folder / FOLDER)
        if folder is None:
            return None
        try:
            return folder / f"{self.function.py_func.__name__}-{code_key(self.function, signature, codegen)}.bin"
        except NotKept:
            return None

    def enable(self) -> None:
        """As the compiler wants it."""

    def disable(self) -> None:
        """Keep nothing from now on."""
        self.folder = self.cache_path = None

    def flush(self) -> None:
        """As the compiler wants it: names follow from content, so nothing can be out of date."""


def code_key(function: Any, signature: Any, codegen: Any) -> str:
    """Hash of everything that the machine code of a function depends on.

    Args:
        function: compiled by Numba.
        signature: types of the arguments.
        codegen: of the compiler: knows the processor.

    Raises:
        NotKept: the function depends on something without a certain hash, as a module, an object, a list.
    """
    versions = (platform.python_implementation(), platform.python_version(), *(version(name) for name in COMPILER))
    told = (FORMAT, *versions, codegen.magic_tuple(), _settings())
    digest = hashlib.sha256(repr(told).encode())
    kinds = signature if isinstance(signature, tuple) else (*signature.args, signature.return_type)
    for part in (*(words for kind in kinds for words in _layout(kind)), *_content(function, {})):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()[:32]


def _settings() -> list[tuple[str, Any]]:
    from numba.core import config

    return sorted(
        (name, value)
        for name, value in vars(config).items()
        if name.isupper() and isinstance(value, PLAIN) and not any(word in name for word in NOT_IN_CODE)
    )


def _layout(kind: Any) -> Iterator[bytes]:
    """Type of an argument: numbers, arrays of them, tuples. A named tuple's type does not tell its fields, and code finds them by place."""
    from numba import types

    inner = kind.dtype if isinstance(kind, types.Array) else kind
    if not isinstance(inner, types.Number | types.Boolean | types.NoneType | types.BaseTuple):
        raise NotKept(type(kind).__name__)
    yield str(kind).encode()
    named = getattr(inner, "instance_class", None)
    if named is not None:
        yield repr((named.__module__, named.__qualname__, inner.fields)).encode()
    for part in inner.types if isinstance(inner, types.BaseTuple) else ():
        yield from _layout(part)


def _content(value: Any, seen: dict[int, int]) -> Iterator[bytes]:
    """Parts of a value that the compiler would freeze, functions with all that they reach."""
    if isinstance(value, PLAIN):
        yield f"{type(value).__name__} {value!r}".encode()
    elif isinstance(value, np.generic | np.ndarray):
        yield from _numbers(value)
    elif isinstance(value, ModuleType | type | BuiltinFunctionType | np.ufunc):
        yield _of_library(value)
    elif isinstance(value, tuple) and type(value) is tuple:
        yield b"tuple %d" % len(value)
        for part in value:
            yield from _content(part, seen)
    elif hasattr(value, "targetoptions"):
        yield repr((sorted(value.targetoptions.items()), sorted(value.locals.items()))).encode()
        yield from _content(value.py_func, seen)
    elif isinstance(value, FunctionType):
        yield from _function(value, seen)
    else:
        raise NotKept(type(value).__name__)


def _numbers(value: Any) -> Iterator[bytes]:
    if value.dtype.hasobject:
        raise NotKept("array of objects")
    yield repr((type(value).__name__, value.dtype.descr, value.shape, value.strides)).encode()
    yield value.tobytes()


def _of_library(value: Any) -> bytes:
    """Name of a module, type or function that follows from a version; methods bound to an object do not."""
    if isinstance(value, ModuleType):
        home, known = "", value in LIBRARIES
    else:
        home = "numpy" if isinstance(value, np.ufunc) else value.__module__ or ""
        known = home.partition(".")[0] in {"builtins", "math", "numpy"}
    if not known:
        raise NotKept(home)
    return repr((type(value).__name__, home, value.__name__)).encode()


def _function(function: FunctionType, seen: dict[int, int]) -> Iterator[bytes]:
    if id(function) in seen:
        yield b"again %d" % seen[id(function)]
        return
    seen[id(function)] = len(seen)
    yield from _content(function.__defaults__, seen)
    yield from _content(tuple(sorted((function.__kwdefaults__ or {}).items())), seen)
    try:
        held = tuple(cell.cell_contents for cell in function.__closure__ or ())
    except ValueError:
        raise NotKept("a closure that is not filled yet") from None
    yield from _content(held, seen)
    yield from _code(function.__code__, function.__globals__, seen)


def _code(code: CodeType, known: dict[str, Any], seen: dict[int, int]) -> Iterator[bytes]:
    yield repr((code.co_name, code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)).encode()
    yield repr((code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)).encode()
    yield code.co_code
    yield getattr(code, "co_exceptiontable", b"")
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant, known, seen)
        else:
            yield from _content(constant, seen)
    for name in sorted({step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}):
        if name not in known and not hasattr(builtins, name):
            raise NotKept("an unknown name")
        yield name.encode()
        yield from _content(known[name] if name in known else getattr(builtins, name), seen)


def _own_folder(folder: Path) -> Path | None:
    """The folder, made if it is not there; ``None`` where it cannot be, or where others could put code into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder if _is_ours(folder.stat(), closed=0o077) else None
    except OSError:
        return None


def _is_ours(stat: os.stat_result, closed: int = 0o022) -> bool:
    """Whether it is this user's, and others lack the rights ``closed``; Windows guards a user's folders by other means."""
    return os.name != "posix" or (stat.st_uid == os.getuid() and not stat.st_mode & closed)


def _read(path: Path) -> bytes | None:
    """Content as it was written, byte by byte: machine code that a disk has harmed would show only when it runs."""
    try:
        with path.open("rb") as file:
            ours, whole = _is_ours(os.fstat(file.fileno())), file.read()
    except OSError:
        return None
    held, content = whole[:32], whole[32:]
    return content if ours and hashlib.sha256(content).digest() == held else None


def _write(path: Path, content: bytes) -> None:
    write_bytes(path, hashlib.sha256(content).digest() + content)
    path.chmod(0o600)
    files = sorted(path.parent.glob("[!.]*.bin"), key=lambda file: file.stat().st_mtime_ns)
    for old in files[:-MOST_FILES]:
        old.unlink(missing_ok=True)
