"""Make one file of a folder of packages: a zip that Python runs, and that unpacks itself once into the user's cache.

    python make_pyz.py FOLDER FILE

Packages with compiled parts cannot be imported from a zip, and data files are read from the disk.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

_MAIN = """\
import os, sys, tempfile, zipfile
from pathlib import Path

NAME = {name!r}

if sys.version_info < (3, 11):
    sys.exit("buildplan needs Python 3.11 or newer")
archive = os.path.abspath(sys.argv[0]) if zipfile.is_zipfile(sys.argv[0]) else os.path.dirname(__file__)
cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~"), ".cache"), "buildplan")
version = "%d.%d" % sys.version_info[:2]
place = cache / f"{{NAME}}-{{version}}"
if not place.is_dir():
    try:
        cache.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=cache))
    except OSError:
        place = fresh = Path(tempfile.mkdtemp(prefix="buildplan-"))
    with zipfile.ZipFile(archive) as content:
        content.extractall(fresh)
    if fresh != place:
        try:
            fresh.rename(place)
        except OSError:
            pass  # another process was first
sys.path.insert(0, str(place))
from buildplan.multicall import main

sys.exit(main())
"""


def main(folder: Path, target: Path) -> None:
    """Write the file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    files = [path for path in files if path.relative_to(folder).parts[0] != "bin"]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    with target.open("wb") as stream:
        stream.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                # One date for all: the same packages give the same bytes.
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
            archive.writestr("__main__.py", _MAIN.format(name=digest.hexdigest()[:16]))
    target.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
