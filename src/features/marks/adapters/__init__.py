"""Watermarks in pictures, created and read with numpy and Pillow, which `umbral-access[marks]` installs."""
