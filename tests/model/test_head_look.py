"""The first look: wrong contrasts, wrong orientation and missing ears are told within seconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.model.head.build.look import Look, look_at, refuse_unfit
from euthymia.model.head.default import default_head
from euthymia.model.head.volume import Tissue

GOOD = Look(likeness=0.8, stretch=(0.95, 1.1), fluid=0.5, grey=0.8, bone=0.3, ears_mm=20.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fluid": 2.5, "grey": 1.4}, "as in a T2-weighted image"),
        ({"grey": 1.13, "fluid": 0.35}, "as in FLAIR or proton density"),
        ({"bone": 1.9}, "as in a CT image"),
        ({"likeness": 0.1}, "not upside down or turned"),
        ({"stretch": (0.5, 1.1)}, "no head that lies as the file says"),
        ({"stretch": (0.9, 2.7)}, "no head that lies as the file says"),
        ({"ears_mm": -12.0}, "ends 12 mm above the ears"),
    ],
)
def test_each_kind_of_unfit_image_has_its_own_sentence(
    change: dict[str, object], words: str
) -> None:
    refuse_unfit(GOOD, "T1")
    with pytest.raises(InputError) as refusal:
        refuse_unfit(replace(GOOD, **change), "T1")  # type: ignore[arg-type]
    assert words in str(refusal.value)


def drawn(**brightness: float) -> np.ndarray:
    """The default head with other brightnesses, a little turned, blurred and noisy."""
    volume = default_head().volume
    table = {"air": 0, "white": 1.32, "grey": 1.0, "csf": 0.37, "skull": 0.25, "scalp": 1.2}
    table |= {"eyes": 0.65, "spongy": 0.6} | brightness
    values = np.array([table[tissue.name.lower()] for tissue in Tissue], dtype=np.float32)
    turn = np.radians(8.0)
    matrix = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )
    middle = np.array(volume.labels.shape) / 2
    image = ndimage.gaussian_filter(values[volume.labels], 0.6)
    image = ndimage.affine_transform(image, matrix, middle - matrix @ middle, order=1)
    noise = np.random.default_rng(3).normal(0, 0.03, image.shape)
    return np.abs(image + noise).astype(np.float32)


@pytest.mark.slow
def test_a_t1_is_taken_and_a_t2_is_told_from_it() -> None:
    pytest.importorskip("ants")
    affine = default_head().volume.affine
    seen = look_at(drawn(), affine)
    refuse_unfit(seen, "T1")
    assert seen.likeness > 0.8
    assert seen.fluid < 0.7
    assert 0.6 < seen.grey < 0.95
    bright_fluid = look_at(drawn(white=0.55, grey=0.75, csf=1.6, scalp=0.9, eyes=1.6), affine)
    with pytest.raises(InputError, match="T2-weighted"):
        refuse_unfit(bright_fluid, "T1")


@pytest.mark.slow
def test_a_head_upside_down_is_told() -> None:
    pytest.importorskip("ants")
    affine = default_head().volume.affine
    with pytest.raises(InputError, match="lies as the file says"):
        refuse_unfit(look_at(drawn()[:, :, ::-1].copy(), affine), "T1")
