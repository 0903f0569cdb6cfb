"""Training of Hearken's `fast` model: data in, `models/fast` out."""
