"""Watermarks in pictures, created and read with numpy and Pillow, which the extra `umbral-access[marks]` installs."""
