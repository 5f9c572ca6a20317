"""Pictures like those in posts, and random alterations of leaked copies, both generated from a seed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from tests.architecture.conftest import ROOT

FONT = ROOT / "src/subscriptions/infrastructure/drawing/fonts/Roboto-Regular.ttf"
Random = np.random.Generator


def words(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def grain(random: Random, width: int, height: int, coarse: float) -> NDArray[Any]:
    """Return noise in which longer waves are stronger."""
    waves = np.fft.rfft2(random.standard_normal((height, width)))
    often = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    often[0, 0] = 1
    drawn = np.fft.irfft2(waves / often**coarse, s=(height, width))
    return (drawn - drawn.mean()) / drawn.std()


def photo(random: Random) -> Image.Image:
    """Return a picture with detail everywhere."""
    shades = np.stack([grain(random, 1280, 853, 1.3) for _ in range(3)], -1) * 0.5
    return Image.fromarray(
        np.clip(120 + 45 * (shades + grain(random, 1280, 853, 1.2)[..., None]), 0, 255).astype(np.uint8)
    )


def slip(random: Random, *, dark: bool = False) -> Image.Image:
    """Return an image like a bookmaker's screenshot: flat areas with text."""
    back, ink = ((18, 22, 30), (230, 230, 235)) if dark else ((255, 255, 255), (25, 25, 30))
    image = Image.new("RGB", (1080, 1350), back)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1080, 150), fill=(0, 110, 70))
    draw.text((40, 45), "BetShop  Mi apuesta", font=words(56), fill="white")
    teams = ["Betis", "Sevilla", "Valencia", "Getafe", "Girona", "Osasuna", "Celta", "Elche"]
    for row in range(6):
        top, (home, away) = 190 + row * 185, random.choice(teams, 2, replace=False)
        draw.rounded_rectangle((30, top, 1050, top + 160), 20, outline=(150, 150, 150), width=3)
        draw.text((60, top + 20), f"{home} – {away}", font=words(40), fill=ink)
        draw.text((60, top + 85), f"Más de {random.integers(1, 5)}.5 goles", font=words(40), fill=ink)
        draw.text((880, top + 50), f"{random.integers(110, 400) / 100:.2f}", font=words(40), fill=(0, 140, 90))
    return image


def poster(random: Random) -> Image.Image:
    """Return an image of large text on a soft background."""
    down, across = np.mgrid[0:720, 0:1280]
    ground = np.stack([across / 1280 * 200 + 20, down / 720 * 120 + 40, 120 + 0 * across], -1)
    soft = ground + grain(random, 1280, 720, 1.6)[..., None] * 10
    image = Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.text((80, 120), "PICK DEL DÍA", font=words(120), fill="white")
    draw.text((80, 320), f"Betis gana @ {random.integers(110, 400) / 100:.2f}", font=words(80), fill=(255, 230, 0))
    draw.ellipse((900, 300, 1200, 600), fill=(240, 240, 240), outline="black", width=8)
    return image


SCENES: Mapping[str, Callable[[Random], Image.Image]] = {
    "photo": photo,
    "white slip": slip,
    "dark slip": lambda random: slip(random, dark=True),
    "poster": poster,
}


def png(image: Image.Image) -> bytes:
    """Encode the picture with light compression: the picture is read at once, and strong compression would take longer
    than finding the watermark.
    """
    made = io.BytesIO()
    image.save(made, "PNG", compress_level=1)
    return made.getvalue()


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    made = io.BytesIO()
    image.convert("RGB").save(made, "JPEG", quality=quality)
    return Image.open(made)


def telegram(copy: bytes) -> Image.Image:
    """Return a photo as Telegram recompresses it: at most 1280 pixels on each side, with JPEG quality of about 80."""
    image = Image.open(io.BytesIO(copy)).convert("RGB")
    image.thumbnail((1280, 1280))
    return jpeg(image, 80)


def part(image: Image.Image, random: Random, share: float = 0.7) -> Image.Image:
    """Return a random crop. share: share of each side that remains."""
    width, height = (int(side * share) for side in image.size)
    left, top = int(random.integers(0, image.width - width + 1)), int(random.integers(0, image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def screenshot(image: Image.Image, random: Random, share: float = 1.0) -> Image.Image:
    """Return a phone's screenshot of the picture in a chat. share: share of the screen's width."""
    screen = Image.new("RGB", (1080, 2340), (23, 33, 43))
    draw = ImageDraw.Draw(screen)
    for row in range(12):
        right = 340 + int(random.integers(0, 600))
        draw.rounded_rectangle((40, 150 + row * 180, right, 260 + row * 180), 30, fill=(43, 82, 120))
    draw.text((100, 60), "22:10  Telegram", font=words(36), fill="white")
    width = int(1080 * share)
    shown = image.convert("RGB").resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    screen.paste(shown, ((1080 - width) // 2, 300 + int(random.integers(0, 300))))
    return screen


def stamped(image: Image.Image) -> Image.Image:
    """Return the picture with another channel's name across it."""
    image = image.convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, image.height // 2 - 40, image.width, image.height // 2 + 40), fill="black")
    draw.text((40, image.height // 2 - 30), "GRATIS EN @PICKS_FILTRADOS", font=words(48), fill="yellow")
    return image


def brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Brightness(image.convert("RGB")).enhance(1.15)).enhance(1.2)


def half(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


SPOILED: Mapping[str, Callable[[Image.Image, Random], Image.Image]] = {
    "as Telegram shows it (1280 px, JPEG 80)": lambda image, _: image,
    "saved again as JPEG 60": lambda image, _: jpeg(image, 60),
    "sent on three times (JPEG 80, 70, 60)": lambda image, _: jpeg(jpeg(jpeg(image, 80), 70), 60),
    "screenshot of a phone": lambda image, random: jpeg(screenshot(image, random), 85),
    "screenshot, the picture at 80 % of the width": lambda image, random: jpeg(screenshot(image, random, 0.8), 85),
    "cropped to 70 % of each side": lambda image, random: jpeg(part(image, random), 85),
    "cropped to 70 %, JPEG 60": lambda image, random: jpeg(part(image, random), 60),
    "half as large, JPEG 80": lambda image, _: jpeg(half(image), 80),
    "brighter, with more contrast": lambda image, _: jpeg(brighter(image), 85),
    "a bar with a name laid over it": lambda image, _: jpeg(stamped(image), 80),
}
"""Alterations of a leaked picture, each applied after Telegram's recompression."""
