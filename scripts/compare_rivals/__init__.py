"""Hearken and other tools on the same posts, in turns: speed and quality side by side. See README.md."""
