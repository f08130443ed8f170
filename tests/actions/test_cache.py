"""Where kernels are kept."""

from pathlib import Path

from glisson.actions.cache import cache_folder


def test_the_folder_is_the_one_that_was_named_first(tmp_path: Path) -> None:
    named, above = tmp_path / "mine", tmp_path / "cache"
    assert cache_folder({"GLISSON_CACHE": str(named), "XDG_CACHE_HOME": str(above)}) == named
    assert cache_folder({"XDG_CACHE_HOME": str(above)}) == above / "glisson"
    assert cache_folder({"LOCALAPPDATA": str(above)}) == above / "glisson"
    assert named.is_dir() and (above / "glisson").is_dir()


def test_nothing_is_kept_where_nothing_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert cache_folder({"GLISSON_CACHE": ""}) is None
    assert cache_folder({"GLISSON_CACHE": str(tmp_path / "file" / "in")}) is None
