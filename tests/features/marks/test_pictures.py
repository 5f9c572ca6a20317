"""Watermarks in real pictures: faint, quickly applied, and readable after the usual processing of leaks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image

from features.marks.adapters.copies import Original, prepare
from features.marks.adapters.reading import BYTES_AT_MOST, Leak
from features.marks.domain.leak_odds import Verdict, judge, picture_fits
from features.marks.ports import NoPicture, PictureTooLarge, PictureTooSmall
from subscriptions.domain.errors import Permanent
from tests.features.marks.pictures import SCENES, SPOILED, part, png, telegram

SEEDS = [hashlib.sha256(f"copy {number}".encode()).digest() for number in range(200)]
GUILTY = 17


@cache
def original(scene: str) -> bytes:
    return prepare(png(SCENES[scene](np.random.default_rng(1))))


@cache
def leaked(scene: str, number: int = GUILTY) -> Image.Image:
    """Return a customer's copy of a picture as Telegram shows it."""
    return telegram(Original(original(scene)).copy(SEEDS[number]))


@cache
def far_too_large() -> bytes:
    return png(Image.new("1", (9000, 9000)))


def traced(leak: bytes, scene: str) -> tuple[Verdict, list[int]]:
    values = Leak(leak).correlations(original(scene), SEEDS)
    assert values is not None
    verdict, sure = judge(picture_fits(dict(enumerate(values))))
    return verdict, list(sure)


@pytest.mark.parametrize("scene", SCENES)
def test_watermarked_copy_looks_like_the_original(scene: str) -> None:
    with (
        Image.open(io.BytesIO(original(scene))) as before,
        Image.open(io.BytesIO(Original(original(scene)).copy(b"x"))) as after,
    ):
        assert before.size == after.size
        apart = np.abs(np.asarray(before.convert("L"), float) - np.asarray(after.convert("L"), float))
    assert apart.mean() < 2
    assert np.quantile(apart, 0.999) <= 9


@pytest.mark.exhaustive
@pytest.mark.parametrize("spoiled", SPOILED)
@pytest.mark.parametrize("scene", ["white slip", "poster"])
def test_damaged_copy_identifies_its_customer(scene: str, spoiled: str) -> None:
    leak = SPOILED[spoiled](leaked(scene), np.random.default_rng(2))
    assert traced(png(leak), scene) == (Verdict.NAMED, [GUILTY])


def test_blend_of_two_copies_identifies_both_customers() -> None:
    mixed = Image.blend(leaked("poster", 3).convert("RGB"), leaked("poster", 4).convert("RGB"), 0.5)
    verdict, whose = traced(png(mixed), "poster")
    assert (verdict, sorted(whose)) == (Verdict.MIXED, [3, 4])


def test_copy_with_an_unknown_watermark_identifies_no_customer() -> None:
    for seed in (b"another key", b"one more"):
        assert traced(png(telegram(Original(original("poster")).copy(seed))), "poster") == (Verdict.NO_MARK, [])
    assert traced(original("poster"), "poster") == (Verdict.NO_MARK, [])


def test_other_picture_is_recognized_as_a_different_picture() -> None:
    leak = Leak(png(leaked("photo")))
    assert leak.correlations(original("poster"), SEEDS) is None
    assert leak.likeness(original("photo")) > 2 * leak.likeness(original("poster"))


def test_small_picture_carries_a_watermark() -> None:
    small = SCENES["poster"](np.random.default_rng(3)).resize((480, 270))
    first = prepare(png(small))
    values = Leak(png(telegram(Original(first).copy(SEEDS[5])))).correlations(first, SEEDS)
    assert values is not None
    assert judge(picture_fits(dict(enumerate(values))))[1].keys() == {5}


@pytest.mark.parametrize(
    ("leak", "refusal"),
    [
        (lambda: b"", NoPicture),
        (lambda: b"\xff\xd8\xff\xe0 no jpeg", NoPicture),
        (lambda: png(Image.new("RGB", (40, 40))), PictureTooSmall),
        (far_too_large, PictureTooLarge),
        (lambda: b"\xff\xd8" + bytes(BYTES_AT_MOST), PictureTooLarge),
    ],
)
def test_unusable_picture_is_refused(leak: Callable[[], bytes], refusal: type[Exception]) -> None:
    """The pictures are created by the test, so that collecting the tests creates none."""
    with pytest.raises(refusal):
        Leak(leak())


def test_single_color_picture_is_never_matched() -> None:
    plain = png(Image.new("RGB", (600, 400), "white"))
    for leak, first in [(plain, original("poster")), (Original(prepare(plain)).copy(b"x"), prepare(plain))]:
        assert Leak(leak).correlations(first, SEEDS[:3]) is None


def test_originals_are_upright_opaque_and_no_larger_than_telegram_shows() -> None:
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (4000, 2000), "red").save(turned, "JPEG", exif=exif)
    with Image.open(io.BytesIO(prepare(turned.getvalue()))) as upright:
        assert upright.size == (640, 1280)
    with Image.open(io.BytesIO(prepare(png(Image.new("RGBA", (300, 200), (0, 0, 0, 0)))))) as opaque:
        assert opaque.getpixel((5, 5)) == (255, 255, 255)
    for wrong in (b"no picture", far_too_large()):
        with pytest.raises(Permanent):
            prepare(wrong)
    assert part(Image.new("RGB", (10, 10)), np.random.default_rng(1)).size == (7, 7)
