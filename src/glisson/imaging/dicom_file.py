"""One DICOM file, opened and asked with care: every field is checked, and no value ever reaches a message."""

import logging
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from glisson.errors import BadInput

DECODING_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    BytesLengthException,
    zlib.error,
)
"""What pydicom and its decoders raise on damaged files. Their messages may hold header values and are never passed on."""

MAGIC = b"DICM"


@contextmanager
def quiet() -> Iterator[None]:
    """Library warnings and log lines are dropped: they may print header values. What matters is said in findings."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "nibabel.global", "nrrd")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def is_dicom(path: Path) -> bool:
    """True when the file has the DICOM preamble."""
    try:
        with path.open("rb") as file:
            file.seek(128)
            return file.read(4) == MAGIC
    except OSError:
        return False


@dataclass(frozen=True, eq=False)
class Header:
    """A data set (a file, or one item of a sequence) and the name of its file for messages."""

    dataset: Dataset
    name: str
    path: Path

    def text(self, keyword: str) -> str:
        """The value as text, values of a list joined by a backslash; "" when absent or empty."""
        value = self._value(keyword)
        if value is None:
            return ""
        if isinstance(value, pydicom.multival.MultiValue):
            return "\\".join(str(part) for part in value)
        return str(value).strip()

    def number(self, keyword: str) -> float | None:
        """The value as a finite number; ``None`` when absent or empty.

        Raises:
            BadInput: it is there and is not one finite number.
        """
        many = self.numbers(keyword)
        if many is None:
            return None
        if many.size != 1:
            raise BadInput(f"{self.name}: header field {keyword} holds {many.size} numbers, not one")
        return float(many[0])

    def numbers(self, keyword: str, count: int | None = None) -> NDArray[np.float64] | None:
        """The value as finite numbers; ``None`` when absent or empty.

        Raises:
            BadInput: not numbers, not finite, or not ``count`` of them.
        """
        value = self._value(keyword)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            array = np.atleast_1d(np.asarray(value, dtype=np.float64))
        except DECODING_ERRORS:
            raise BadInput(f"{self.name}: header field {keyword} is not a number", do="export the image again") from None
        if array.size == 0:
            return None
        if not np.isfinite(array).all():
            raise BadInput(f"{self.name}: header field {keyword} is not finite", do="export the image again")
        if count is not None and array.size != count:
            raise BadInput(f"{self.name}: header field {keyword} holds {array.size} numbers", allowed=f"{count} numbers")
        return array

    def require_numbers(self, keyword: str, count: int) -> NDArray[np.float64]:
        """As ``numbers``, and it must be there."""
        array = self.numbers(keyword, count)
        if array is None:
            raise BadInput(
                f"{self.name}: header field {keyword} is missing, so the place of the image is unknown",
                do="export the original series with its geometry",
            )
        return array

    def items(self, keyword: str) -> tuple["Header", ...]:
        """The items of a sequence; none when absent."""
        value = self._value(keyword)
        if value is None:
            return ()
        try:
            return tuple(Header(item, self.name, self.path) for item in value)
        except DECODING_ERRORS:
            raise BadInput(f"{self.name}: header field {keyword} cannot be read", do="export the image again") from None

    def item(self, keyword: str) -> "Header | None":
        """The first item of a sequence; ``None`` when absent."""
        items = self.items(keyword)
        return items[0] if items else None

    def has(self, keyword: str) -> bool:
        """True when the field is there and not empty."""
        return self.text(keyword) != ""

    def _value(self, keyword: str) -> Any:
        try:
            return self.dataset.get(keyword)
        except DECODING_ERRORS:
            raise BadInput(f"{self.name}: header field {keyword} cannot be read", do="export the image again") from None

    @property
    def modality(self) -> str:
        """Modality, as "CT"; "" when not stated."""
        return self.text("Modality").upper()

    @property
    def sop_class(self) -> str:
        """SOP class UID, from the data set or else from the file's meta header (some anonymisers empty the first)."""
        return self.text("SOPClassUID") or str(getattr(self._meta, "MediaStorageSOPClassUID", "") or "")

    @property
    def sop_instance(self) -> str:
        """SOP instance UID; "" when emptied."""
        return self.text("SOPInstanceUID") or str(getattr(self._meta, "MediaStorageSOPInstanceUID", "") or "")

    @property
    def frame_of_reference(self) -> str | None:
        """Frame of reference UID; an empty one is ``None``, never equal to another."""
        return self.text("FrameOfReferenceUID") or None

    @property
    def frames(self) -> int:
        """Number of frames; 1 where not stated."""
        return int(self.number("NumberOfFrames") or 1)

    @property
    def _meta(self) -> Any:
        return getattr(self.dataset, "file_meta", None)


def open_dicom(path: Path, *, pixels: bool = True) -> Header:
    """A DICOM file with its preamble.

    Raises:
        BadInput: not DICOM, or damaged.
    """
    if not path.is_file():
        raise BadInput(f"{path.name} is not there")
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=not pixels)
    except InvalidDicomError:
        raise BadInput(
            f"{path.name} is not a DICOM file (the mark DICM is missing)", allowed="DICOM part 10 files", do="export it again"
        ) from None
    except DECODING_ERRORS:
        raise BadInput(f"{path.name} is damaged or cut short: its header cannot be read", do="copy or export it again") from None
    return Header(dataset, path.name, path)


def stored_pixels(header: Header) -> NDArray[Any]:
    """Stored values of every frame, before any rescale: (rows, columns) or (frames, rows, columns).

    Raises:
        BadInput: no pixels, colour pixels, too few bytes, or an encoding that no installed decoder knows.
    """
    samples = header.number("SamplesPerPixel")
    if samples is not None and samples != 1:
        raise BadInput(
            f"{header.name} is a colour picture ({samples:g} samples per pixel), not a measurement",
            allowed="one sample per pixel",
            do="export the original images, not screen captures",
        )
    if not any(word in header.dataset for word in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise BadInput(f"{header.name} holds no pixels, or is cut short", do="copy or export it again")
    try:
        return np.asarray(header.dataset.pixel_array)
    except DECODING_ERRORS:
        raise BadInput(
            f"{header.name}: its pixels cannot be decoded; the file is cut short, or its compression is not known here",
            do="copy it again, or export it uncompressed (Explicit VR Little Endian)",
        ) from None


class FrameReader:
    """Frames of a multi-frame file, whose pixels are decoded once and only when asked for."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._frames: NDArray[Any] | None = None

    def all(self) -> NDArray[Any]:
        """Stored values, (frames, rows, columns).

        Raises:
            BadInput: as ``stored_pixels``; fewer frames than the header says.
        """
        if self._frames is None:
            stored = stored_pixels(open_dicom(self._header.path))
            frames = stored if stored.ndim == 3 else stored[None]
            if frames.shape[0] != self._header.frames:
                raise BadInput(
                    f"{self._header.name}: {frames.shape[0]} frames where the header says {self._header.frames}",
                    do="export it again",
                )
            self._frames = frames
        return self._frames

    def frame(self, number: int) -> Callable[[], NDArray[Any]]:
        """A function that gives frame ``number`` (from 0)."""
        return lambda: self.all()[number]
