"""DICOM series written from an array: a plain one, and one in a single multi-frame file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    generate_uid,
)

NAME, BIRTH = "Invented^Name", "19700101"


def write_series(
    folder: Path, values: np.ndarray, affine: np.ndarray, number: int, **header: Any
) -> Path:
    """One file a slice, slices along the third axis; the affine is RAS, along the world's axes."""
    folder.mkdir(parents=True, exist_ok=True)
    uid = generate_uid(entropy_srcs=[str(folder), str(number)])
    for level in range(values.shape[2]):
        made = _common(MRImageStorage, uid, number, values, affine)
        made.InstanceNumber = level + 1
        made.ImagePositionPatient = _position(affine, level)
        made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        made.PixelSpacing = [float(affine[1, 1]), float(affine[0, 0])]
        made.SliceThickness = float(affine[2, 2])
        made.EchoTime, made.RepetitionTime, made.InversionTime = 3.0, 2300.0, 900.0
        made.MRAcquisitionType = "3D"
        made.ScanningSequence, made.SequenceVariant, made.ScanOptions = ["GR", "IR"], "SP", ""
        for keyword, value in header.items():
            setattr(made, keyword, value)
        made.PixelData = _plane(values, level).tobytes()
        made.save_as(folder / f"{number:03d}-{level:04d}.dcm", enforce_file_format=True)
    return folder


def write_multi_frame(path: Path, values: np.ndarray, affine: np.ndarray, number: int) -> Path:
    """The whole volume in one enhanced MR file."""
    uid = generate_uid(entropy_srcs=[str(path)])
    made = _common(EnhancedMRImageStorage, uid, number, values, affine)
    made.NumberOfFrames = values.shape[2]
    made.InstanceNumber = 1
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([Dataset()])
    shared.PixelMeasuresSequence[0].PixelSpacing = [float(affine[1, 1]), float(affine[0, 0])]
    shared.PixelMeasuresSequence[0].SliceThickness = float(affine[2, 2])
    shared.PlaneOrientationSequence = Sequence([Dataset()])
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.MREchoSequence = Sequence([Dataset()])
    shared.MREchoSequence[0].EffectiveEchoTime = 3.0
    shared.MRTimingAndRelatedParametersSequence = Sequence([Dataset()])
    shared.MRTimingAndRelatedParametersSequence[0].RepetitionTime = 2300.0
    made.MRAcquisitionType = "3D"
    made.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for level in range(values.shape[2]):
        frame = Dataset()
        frame.PlanePositionSequence = Sequence([Dataset()])
        frame.PlanePositionSequence[0].ImagePositionPatient = _position(affine, level)
        frame.FrameContentSequence = Sequence([Dataset()])
        frame.FrameContentSequence[0].StackID = "1"
        frame.FrameContentSequence[0].InStackPositionNumber = level + 1
        frame.FrameContentSequence[0].DimensionIndexValues = [1, level + 1]
        frames.append(frame)
    made.PerFrameFunctionalGroupsSequence = Sequence(frames)
    made.PixelData = b"".join(_plane(values, level).tobytes() for level in range(values.shape[2]))
    made.save_as(path, enforce_file_format=True)
    return path


def _common(
    kind: str, uid: str, number: int, values: np.ndarray, affine: np.ndarray
) -> pydicom.FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = pydicom.FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = kind, meta.MediaStorageSOPInstanceUID
    made.PatientName, made.PatientID, made.PatientBirthDate = NAME, "INVENTED-17", BIRTH
    made.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    made.SeriesInstanceUID, made.SeriesNumber = uid, number
    made.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
    made.Modality, made.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M", "NORM"]
    made.Manufacturer, made.SeriesDescription = "SIEMENS", "t1 of Invented Name"
    made.StudyDate = made.SeriesDate = "20260101"
    made.StudyTime = made.SeriesTime = "120000"
    made.Columns, made.Rows = values.shape[0], values.shape[1]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, 0
    return made


def _position(affine: np.ndarray, level: int) -> list[float]:
    """The first voxel of a slice in the LPS millimetres of DICOM.

    Rows run along x and y of the array turned to LPS: from the right and the front.
    """
    return [
        -float(affine[0, 3]) - 0.0,
        -float(affine[1, 3]),
        float(affine[2, 3] + affine[2, 2] * level),
    ]


def _plane(values: np.ndarray, level: int) -> np.ndarray:
    return np.ascontiguousarray(values[:, :, level].T.astype(np.uint16))
