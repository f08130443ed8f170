"""Which processor follows the histories: asked for by name, refused when it is not here."""

from importlib.util import find_spec

from glisson.errors import BadInput

DEVICES = ("cpu", "cuda")


def require_device(name: str) -> None:
    """Refuse a device that is unknown or not here, before anything is computed.

    Raises:
        BadInput: an unknown name; for "cuda", the extra is not installed, or there is no GPU that it can use.
    """
    if name not in DEVICES:
        raise BadInput(f"device '{name}'", allowed=", ".join(DEVICES))
    if name == "cpu":
        return
    do = "use --device cpu, or install glisson[cuda] on a machine with an NVIDIA GPU and its driver"
    if not _simulated() and find_spec("numba_cuda") is None:
        raise BadInput("the device cuda without the package numba-cuda", allowed="cpu", do=do)
    from numba import cuda

    if not cuda.is_available():
        raise BadInput("the device cuda, and no CUDA GPU can be used here", allowed="cpu", do=do)


def device_words(name: str) -> str | None:
    """The maker's words for the GPU; ``None`` for the processor."""
    if name == "cpu":
        return None
    if _simulated():
        return "simulated GPU"
    from numba import cuda

    words = cuda.get_current_device().name
    return words.decode() if isinstance(words, bytes) else str(words)


def _simulated() -> bool:
    """Whether numba runs device code in plain Python, for tests."""
    from numba import config

    return bool(config.ENABLE_CUDASIM)
