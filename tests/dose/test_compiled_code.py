"""Compiled code between processes: found again, the same bits, and never that of another source, type, processor or user."""

import hashlib
import json
import os
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit, typeof, types
from numba.core.registry import cpu_target

from glisson.dose import compiled_code
from glisson.dose.compiled_code import FOLDER, NotKept, code_key, keep_code
from glisson.dose.electrons.histories import _shell_loop, _voxel_loop

posix = pytest.mark.skipif(os.name != "posix", reason="rights of files as on POSIX")
FLOATS = (types.float64,)
CONSTANT = 2.5
SOME = [1.0, 2.0]


def key(function: Any, signature: Any = FLOATS) -> str:
    return code_key(function, signature, cpu_target.target_context.codegen())


def run(*arguments: str) -> dict[str, Any]:
    program = Path(__file__).parent / "compiled_twice.py"
    ran = subprocess.run([sys.executable, str(program), *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def build(jit: Callable[[Any], Any], factor: float = 3.0) -> Any:
    """A function that calls another one, as the walk does; the constant is in the inner one."""

    def inner(x: float) -> float:
        return x * factor + CONSTANT

    called = jit(inner)

    def outer(x: float) -> float:
        return float(called(x)) + 1.0

    return jit(outer)


def files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*"))


def test_a_second_process_reads_what_the_first_compiled_and_gives_the_same_bits(tmp_path: Path) -> None:
    first, second = run(str(tmp_path)), run(str(tmp_path))
    assert (first["read"], first["compiled"]) == ([0, 0], [1, 1])
    assert (second["read"], second["compiled"]) == ([1, 1], [0, 0])
    assert first["bits"] == second["bits"]
    assert len(files(tmp_path)) == 2


def test_the_key_is_that_of_the_content_not_of_the_object() -> None:
    assert key(build(njit)) == key(build(njit))
    assert key(build(njit)) != key(build(njit), (types.float32,))


def test_a_constant_of_a_called_function_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(build(njit))
    assert key(build(njit, 3.0000000000000004)) != before
    monkeypatch.setattr(sys.modules[__name__], "CONSTANT", 2.6)
    assert key(build(njit)) != before


def test_a_constant_of_the_physics_changes_the_key_of_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(_voxel_loop()), key(_shell_loop())
    assert before[0] != before[1]
    monkeypatch.setattr("glisson.dose.electrons.walk._ELECTRON", 0.511)
    assert key(_voxel_loop()) != before[0]
    assert key(_shell_loop()) != before[1]
    monkeypatch.undo()
    monkeypatch.setattr("glisson.dose.photons.walk.UNIT", 0.5)
    assert key(_voxel_loop()) != before[0]


def test_the_body_and_the_options_of_a_called_function_change_the_key() -> None:
    def of(inner: Any, jit: Any = njit) -> str:
        called = jit(inner)
        return key(njit(lambda x: called(x) + 1.0))

    assert of(lambda x: x + x) != of(lambda x: x * x)
    assert of(lambda x: x / 2.0) != of(lambda x: x / 2.0, njit(error_model="numpy"))
    assert of(lambda x: x / 2.0) != of(lambda x: x / 2.0, njit(fastmath=True))


def test_the_order_of_fields_of_the_same_types_changes_the_key() -> None:
    first: Any = namedtuple("Pair", ["a", "b"])
    other: Any = namedtuple("Pair", ["b", "a"])
    taken = njit(lambda pair: pair.a)
    kinds = typeof(first(1.0, 2.0)), typeof(other(1.0, 2.0))
    assert str(kinds[0]) == str(kinds[1])
    assert key(taken, kinds[:1]) != key(taken, kinds[1:])
    inside = typeof((first(1.0, 2.0), 1)), typeof((other(1.0, 2.0), 1))
    assert key(taken, inside[:1]) != key(taken, inside[1:])


def test_processor_version_and_setting_change_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    function = build(njit)
    before = key(function)

    class Other:
        @staticmethod
        def magic_tuple() -> tuple[str, str, str]:
            return ("x86_64-unknown-linux-gnu", "another", "")

    assert code_key(function, FLOATS, Other) != before
    monkeypatch.setattr("numba.core.config.LOOP_VECTORIZE", 0)
    assert key(function) != before
    monkeypatch.undo()
    monkeypatch.setattr("numba.core.config.CACHE_DIR", "elsewhere")
    assert key(function) == before
    monkeypatch.setattr(compiled_code, "version", lambda name: "99")
    assert key(function) != before


def test_arrays_count_by_content() -> None:
    def of(array: Any) -> str:
        return key(njit(lambda x: array[0] + x))

    assert of(np.array([1.0, 2.0])) == of(np.array([1.0, 2.0]))
    assert len({of(np.array([1.0, 2.0])), of(np.array([1.0, 2.5])), of(np.array([1.0, 2.0], np.float32))}) == 3


@pytest.mark.parametrize(
    "function",
    [lambda x: x + SOME[0], lambda x: x + len(os.sep), lambda x: x + int(Path), lambda x: x + unknown],  # type: ignore[name-defined, call-overload] # noqa: F821
    ids=["list", "another module", "another class", "unknown name"],
)
def test_what_has_no_certain_hash_is_not_kept(function: Any) -> None:
    with pytest.raises(NotKept):
        key(njit(function))


def test_a_function_or_an_object_as_argument_is_not_kept() -> None:
    for kind in (typeof(build(njit)), types.pyobject, types.Array(types.pyobject, 1, "C")):
        with pytest.raises(NotKept):
            key(build(njit), (kind,))
    with pytest.raises(NotKept, match="objects"):
        held = np.array([None])
        key(njit(lambda x: held[0]))
    with pytest.raises(NotKept):
        late: Any

        def early(x: Any) -> Any:
            return late(x)

        key(njit(early))
        late = early


def test_what_is_kept_is_found_by_a_function_made_again(tmp_path: Path) -> None:
    first, second = build(njit), build(njit)
    keep_code(first, tmp_path)
    assert first(2.0) == 9.5
    (path,) = files(tmp_path)
    keep_code(second, tmp_path)
    assert second(2.0) == 9.5
    assert sum(second.stats.cache_hits.values()) == 1
    assert (first.stats.cache_path, files(tmp_path)) == (str(tmp_path / FOLDER), [path])


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "not code"])
def test_a_harmed_file_is_compiled_again(harm: str, tmp_path: Path) -> None:
    first, second, third = build(njit), build(njit), build(njit)
    keep_code(first, tmp_path)
    first(2.0)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    middle = len(whole) // 2
    other = b"not a pickle"
    path.write_bytes(
        {
            "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "cut": whole[:middle],
            "empty": b"",
            "not code": hashlib.sha256(other).digest() + other,
        }[harm]
    )
    keep_code(second, tmp_path)
    assert second(2.0) == 9.5
    assert sum(second.stats.cache_misses.values()) == 1
    keep_code(third, tmp_path)
    assert third(2.0) == 9.5
    assert sum(third.stats.cache_hits.values()) == 1


def test_without_a_folder_that_can_be_made_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (None, tmp_path / "file", tmp_path / "file" / "in"):
        function = build(njit)
        keep_code(function, folder)
        assert function(2.0) == 9.5
        assert sum(function.stats.cache_misses.values()) == 1
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_folder_that_takes_no_file_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled_code, "write_bytes", full)
    function = build(njit)
    keep_code(function, tmp_path)
    assert function(2.0) == 9.5
    assert files(tmp_path) == []


@posix
def test_code_that_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    functions = [build(njit) for _ in range(4)]
    for function in functions:
        keep_code(function, tmp_path)
    functions[0](2.0)
    (path,) = files(tmp_path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    path.chmod(0o622)
    functions[1](2.0)
    path.chmod(0o600)
    path.parent.chmod(0o755)
    functions[2](2.0)
    path.parent.chmod(0o700)
    functions[3](2.0)
    assert [sum(function.stats.cache_hits.values()) for function in functions] == [0, 0, 0, 1]


@posix
def test_the_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    function = build(njit)
    keep_code(function, tmp_path)
    assert function(2.0) == 9.5
    assert files(tmp_path) == []


def test_the_oldest_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_code, "MOST_FILES", 2)
    made: list[Path] = []
    for n in range(3):
        function = build(njit, float(n))
        keep_code(function, tmp_path)
        function(2.0)
        (new,) = set(files(tmp_path)) - set(made)
        os.utime(new, (1000 + n, 1000 + n))
        made.append(new)
    assert files(tmp_path) == sorted(made[1:])


def test_a_plain_function_is_left_alone(tmp_path: Path) -> None:
    function = build(lambda given: given)
    keep_code(function, tmp_path)
    assert (function(2.0), vars(function), files(tmp_path)) == (9.5, {}, [])
