"""Marks in pictures: made and read with numpy and Pillow, which `umbral-access[marks]` installs."""
