"""One file per rival.

Those that are programs implement `rival.Rival`. Those that run in Python give three functions, which
`python_rival.InPython` makes a rival of, in processes of its own:

`version() -> str`, `prepare(train: Split, folder: Path) -> None`, and `load(folder: Path) -> Judge`.
"""
