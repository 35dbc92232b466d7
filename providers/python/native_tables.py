"""What Python packages need beside themselves: Debian packages for the build and for the shipped image, compilers.

Only packages that need something are listed. Those with wheels for glibc on amd64 and arm64 that hold their libraries
need nothing and are not (psycopg2-binary, psycopg[binary], Pillow, lxml, cryptography, numpy, pandas, h5py, grpcio,
pymssql, confluent-kafka, rasterio, fiona, shapely, soundfile, PyMuPDF, PyAV; moviepy and imageio-ffmpeg bring ffmpeg).

Sources, checked 2026-11-24: the packages' installation pages and their lists of wheels for CPython 3.13; Debian's
package lists for trixie. opencv, pyodbc, pymssql, pycurl, xmlsec, lightgbm, python-magic, pyzbar, CairoSVG and
WeasyPrint were tried on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.language.packages import Dependency

    from .manifest import Project


def with_extra(name: str) -> Callable[[Project, Dependency], bool]:
    """Return the condition that a package is asked for with an extra."""
    return lambda project, package: name in project.extras_of(package.name)


# Compiled when its wheels do not fit, and pure Python where there is no compiler: never a reason for an older Python.
OPTIONAL_EXTENSIONS = frozenset(
    {"markupsafe", "sqlalchemy", "wrapt", "simplejson", "coverage", "zope-interface", "websockets", "tornado"}
)
# What cannot be installed in a Linux image: package → where it can be, and the marker that says so.
ELSEWHERE = {
    "pywin32": ("Windows", "win32"),
    "pypiwin32": ("Windows", "win32"),
    "pywinpty": ("Windows", "win32"),
    "windows-curses": ("Windows", "win32"),
    "wmi": ("Windows", "win32"),
    "winshell": ("Windows", "win32"),
    "pyreadline": ("Windows", "win32"),
    "pyobjc": ("macOS", "darwin"),
    "pyobjc-core": ("macOS", "darwin"),
    "pyobjc-framework-cocoa": ("macOS", "darwin"),
    "appscript": ("macOS", "darwin"),
    "py2app": ("macOS", "darwin"),
}
# Names that `pip freeze` or a mistake wrote down, and what was meant.
MISTAKES = {"pkg-resources": "", "sklearn": "scikit-learn"}

# PyTorch, and what brings it: wheels for machines without a GPU.
TORCH = (
    "torch",
    "torchvision",
    "torchaudio",
    "sentence-transformers",
    "openai-whisper",
    "ultralytics",
    "easyocr",
    "fastai",
    "pytorch-lightning",
    "lightning",
    "timm",
)
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
# Wheels of torch 2.15 for CPython 3.13 on amd64, as a lock file of uv lists them: 3.0 GB, of which CUDA is all but 0.2.
TORCH_SAVING = "2.8 GB of downloads"

# What Chromium is linked with: https://playwright.dev/python/docs/browsers, as `playwright install-deps` names it.
# fmt: off
_BROWSER = (
    "libasound2t64", "libatk-bridge2.0-0t64", "libatk1.0-0t64", "libatspi2.0-0t64", "libcairo2", "libcups2t64",
    "libdbus-1-3", "libdrm2", "libgbm1", "libglib2.0-0t64", "libnspr4", "libnss3", "libpango-1.0-0", "libx11-6",
    "libxcb1", "libxcomposite1", "libxdamage1", "libxext6", "libxfixes3", "libxkbcommon0", "libxrandr2",
    "fonts-liberation",
)
# fmt: on

# Packages that import `pkg_resources`, which setuptools has no more since 82 (2026-02).
SETUPTOOLS_WITHOUT = (82,)
IMPORT_PKG_RESOURCES = (
    Need(("gunicorn",), below="21"),
    Need(("apscheduler",), below="3.11"),
    Need(("djangorestframework-simplejwt",), below="5.3"),
    Need(("drf-yasg",), below="1.21.8"),
    Need(("pyramid",), below="2.1"),
    Need(("pymorphy2", "webrtcvad", "face-recognition-models")),
)
# The first release of a package with wheels for a Python 3, newest first: an older one that is pinned is compiled.
FIRST_WHEELS = {
    "aiohttp": ((13, "3.10.5"), (12, "3.9.0"), (11, "3.8.3")),
    "cffi": ((13, "1.17.0"), (12, "1.16.0"), (11, "1.15.1")),
    "frozenlist": ((13, "1.5.0"), (12, "1.4.1"), (11, "1.3.3")),
    "greenlet": ((13, "3.1.0"), (12, "3.0.0"), (11, "2.0.0")),
    "lxml": ((13, "5.3.0"), (12, "4.9.3"), (11, "4.9.1")),
    "multidict": ((13, "6.1.0"), (12, "6.0.5"), (11, "6.0.3")),
    "pyyaml": ((13, "6.0.2"), (12, "6.0.1"), (11, "6.0")),
    "regex": ((13, "2024.9.11"), (12, "2023.8.8"), (11, "2022.10.31")),
    "ujson": ((13, "5.10.0"), (12, "5.8.0"), (11, "5.5.0")),
    "yarl": ((13, "1.12.0"), (12, "1.9.3"), (11, "1.8.2")),
}

NEEDS = (
    # ------------------------------------------------------------------------------------------------------ databases
    Need(("psycopg2",), build=("libpq-dev",), run=("libpq5",), compiles="c"),
    Need(("psycopg",), run=("libpq5",), unless=("psycopg-binary", "psycopg[binary]")),
    Need(("psycopg",), build=("libpq-dev",), compiles="c", unless=("psycopg-c",), when=with_extra("c")),
    Need(("psycopg-c",), build=("libpq-dev",), run=("libpq5",), compiles="c"),
    Need(("mysqlclient",), build=("default-libmysqlclient-dev", "pkg-config"), run=("libmariadb3",), compiles="c"),
    Need(("mariadb",), build=("libmariadb-dev",), run=("libmariadb3",), compiles="c"),
    Need(
        ("pyodbc", "aioodbc"),
        run=("unixodbc",),
        locked=False,
        notice="the driver manager is installed, a driver for the database is not",
        fix="add one to `apt.run` in buildplan.toml (`tdsodbc`, `odbc-postgresql`, `odbc-mariadb`), "
        "or the vendor's in a phase of your own",
    ),
    Need(("pyodbc",), build=("unixodbc-dev",), compiles="c++", below="4.0.35"),
    Need(("pysqlcipher3", "sqlcipher3"), build=("libsqlcipher-dev",), run=("libsqlcipher1",), compiles="c"),
    Need(("pylibmc",), build=("libmemcached-dev", "zlib1g-dev"), run=("libmemcached11t64",), compiles="c"),
    # ------------------------------------------------------------------------------------ servers, networks, identity
    Need(("uwsgi",), compiles="c"),
    Need(
        ("python-ldap", "django-auth-ldap"),
        build=("libldap-dev", "libsasl2-dev"),
        run=("libldap2", "libsasl2-2"),
        compiles="c",
    ),
    Need(
        ("xmlsec", "python3-saml", "djangosaml2"),
        build=("libxmlsec1-dev", "pkg-config"),
        run=("libxmlsec1t64", "libxmlsec1t64-openssl"),
        compiles="c",
        below="1.3.14",
    ),
    Need(("djangosaml2", "pysaml2"), run=("xmlsec1",), locked=False),
    Need(
        ("gssapi", "kerberos", "pykerberos", "requests-kerberos", "requests-gssapi"),
        build=("libkrb5-dev",),
        run=("libgssapi-krb5-2",),
        compiles="c",
    ),
    Need(("pycurl",), build=("libcurl4-openssl-dev", "libssl-dev"), run=("libcurl4t64",), compiles="c", below="7.45.3"),
    Need(("m2crypto",), build=("libssl-dev", "swig"), compiles="c"),
    Need(
        ("pycrypto",),
        compiles="c",
        notice="it has had no release since 2013, and it does not compile for current Pythons",
        fix="replace it by `pycryptodome`, which has the same modules",
    ),
    Need(("netifaces", "rpi-gpio", "smbus", "spidev", "pysendfile", "python-prctl", "evdev", "pynput"), compiles="c"),
    Need(("pyscard",), build=("libpcsclite-dev", "swig"), run=("libpcsclite1",), compiles="c"),
    Need(("pyusb",), run=("libusb-1.0-0",), locked=False),
    Need(("scapy",), run=("libpcap0.8t64",), locked=False),
    Need(("python-nmap", "python3-nmap"), run=("nmap",), locked=False),
    Need(
        ("dbus-python",),
        build=("libdbus-1-dev", "libglib2.0-dev", "pkg-config"),
        run=("libdbus-1-3", "libglib2.0-0t64"),
        compiles="c",
    ),
    Need(("systemd-python",), build=("libsystemd-dev", "pkg-config"), run=("libsystemd0",), compiles="c"),
    Need(("pycups",), build=("libcups2-dev",), run=("libcups2t64",), compiles="c"),
    Need(("rrdtool",), build=("librrd-dev",), run=("librrd8t64",), compiles="c"),
    Need(("gitpython", "dvc"), run=("git",), locked=False),
    # ------------------------------------------------------------------------------------------- documents and images
    Need(
        ("weasyprint", "django-weasyprint", "flask-weasyprint"),
        run=("fonts-dejavu-core", "libharfbuzz-subset0", "libpango-1.0-0", "libpangoft2-1.0-0"),
    ),
    Need(
        ("weasyprint",), run=("libcairo2", "libgdk-pixbuf-2.0-0", "libpangocairo-1.0-0", "shared-mime-info"), below="53"
    ),
    Need(("cairosvg", "cairocffi"), run=("libcairo2",)),
    Need(("pycairo",), build=("libcairo2-dev", "pkg-config"), run=("libcairo2",), compiles="c"),
    Need(
        ("pygobject",),
        build=("libcairo2-dev", "libgirepository-2.0-dev", "pkg-config"),
        run=("libcairo2", "libgirepository-2.0-0"),
        compiles="c",
    ),
    Need(("pdf2image", "unstructured"), run=("poppler-utils",), locked=False),
    Need(("pdftotext",), build=("libpoppler-cpp-dev", "pkg-config"), run=("libpoppler-cpp2",), compiles="c++"),
    Need(("pytesseract", "unstructured-pytesseract"), run=("tesseract-ocr",), locked=False),
    Need(
        ("tesserocr",),
        build=("libleptonica-dev", "libtesseract-dev", "pkg-config"),
        run=("tesseract-ocr",),
        compiles="c++",
    ),
    Need(("ocrmypdf",), run=("ghostscript", "tesseract-ocr")),
    Need(("camelot-py", "ghostscript"), run=("ghostscript",), locked=False),
    Need(("wand",), run=("libmagickwand-7.q16-10",)),
    Need(("pyvips",), run=("libvips42t64",), unless=("pyvips-binary",)),
    Need(("pypandoc",), run=("pandoc",), unless=("pypandoc-binary",), locked=False),
    Need(
        ("pdfkit", "imgkit", "django-wkhtmltopdf"),
        locked=False,
        notice="it calls `wkhtmltopdf`, which Debian 13 no longer has",
        fix="use WeasyPrint or a browser instead, or install it in a phase of your own",
    ),
    Need(("unoserver", "unoconv"), run=("libreoffice-writer",), locked=False),
    Need(("graphviz", "pydot", "diagrams", "eralchemy"), run=("graphviz",), locked=False),
    Need(("pygraphviz",), build=("libgraphviz-dev", "pkg-config"), run=("graphviz",), compiles="c", below="2"),
    Need(
        ("opencv-python", "opencv-contrib-python"),
        run=("libgl1", "libglib2.0-0t64"),
        unless=("opencv-python-headless", "opencv-contrib-python-headless"),
        notice="it draws windows, and needs libraries of a desktop for that",
        fix="use `opencv-python-headless`, which needs none of them",
    ),
    # They bring opencv-python.
    Need(
        ("ultralytics", "mediapipe", "deepface", "mtcnn", "retina-face", "paddleocr"),
        run=("libgl1", "libglib2.0-0t64"),
        unless=("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless"),
    ),
    Need(("pyzbar",), run=("libzbar0t64",)),
    Need(("python-magic", "file-magic"), run=("libmagic1t64",), unless=("python-magic-bin",)),
    Need(("pyenchant",), run=("libenchant-2-2",)),
    # ------------------------------------------------------------------------------------------------ sound and video
    Need(
        ("pydub", "ffmpeg-python", "ffmpy", "openai-whisper", "whisperx", "spleeter", "yt-dlp", "youtube-dl", "demucs"),
        run=("ffmpeg",),
        locked=False,
    ),
    Need(("discord-py", "py-cord", "nextcord", "disnake"), run=("ffmpeg", "libopus0"), when=with_extra("voice")),
    Need(("pyaudio",), build=("portaudio19-dev",), run=("libportaudio2",), compiles="c"),
    Need(("sounddevice",), run=("libportaudio2",)),
    Need(("pyttsx3",), run=("espeak-ng", "libespeak-ng1"), locked=False),
    Need(("pymediainfo",), run=("libmediainfo0v5",)),
    # --------------------------------------------------------------------------------------- data, science, languages
    Need(
        ("gdal", "pygdal"),
        build=("libgdal-dev",),
        run=("libgdal36",),
        compiles="c++",
        notice="its version has to be that of Debian's library, 3.10.3",
        fix="pin `gdal==3.10.3`, or use rasterio or fiona, whose wheels hold the library",
    ),
    Need(("pyicu",), build=("libicu-dev", "pkg-config"), run=("libicu76",), compiles="c++"),
    Need(("lightgbm", "paddlepaddle"), run=("libgomp1",)),
    Need(("dlib", "face-recognition"), build=("cmake", "make"), compiles="c++"),
    Need(("fasttext", "annoy", "hnswlib", "cchardet", "pyfarmhash"), compiles="c++"),
    Need(("python-snappy",), build=("libsnappy-dev",), run=("libsnappy1v5",), compiles="c++", below="0.7"),
    Need(("rpy2",), build=("r-base-dev",), run=("r-base-core",), compiles="c"),
    Need(
        ("pyspark", "tabula-py", "language-tool-python", "konlpy", "jpype1", "tika", "h2o"),
        run=("default-jre-headless",),
        locked=False,
    ),
    # ------------------------------------------------------------------------------------------------------- browsers
    Need(
        ("selenium", "splinter", "seleniumbase", "undetected-chromedriver", "helium", "robotframework-seleniumlibrary"),
        run=("chromium", "chromium-driver"),
        locked=False,
    ),
    # Older releases have no part of Chromium that is enough by itself.
    Need(("playwright",), below="1.49", locked=False, fetch=("playwright install chromium", ".playwright/")),
    Need(
        ("playwright",),
        run=_BROWSER,
        locked=False,
        environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        fetch=("playwright install --only-shell chromium", ".playwright/"),
    ),
    Need(
        ("patchright",),
        run=_BROWSER,
        locked=False,
        environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        fetch=("patchright install chromium", ".playwright/"),
    ),
    Need(
        ("pyppeteer",),
        locked=False,
        notice="it drives a browser, which is not in the image",
        fix="move to playwright, or connect to a browser elsewhere",
    ),
    Need(("pyvirtualdisplay", "xvfbwrapper"), run=("xvfb", "xauth"), locked=False),
    # ------------------------------------------------------------------------------------------------ parts of Django
    # https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/, read 2026-11-24
    Need(("django.contrib.gis",), run=("libgdal36", "libgeos-c1t64", "libproj25")),
)
