"""Builds that fetch from a mirror of this machine, whose certificate a private authority has signed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import ssl
import subprocess
import tarfile
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
import stand_ins

import buildplan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]


class Mirror(NamedTuple):
    """`asked` are the paths of all requests so far."""

    url: str
    authority: str
    folder: Path
    asked: list[str]


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _authority(folder: Path) -> None:
    """Make `ca.crt`, and with it `server.crt` for localhost."""
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    _openssl(folder, *new, "-x509", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=Test authority")
    _openssl(folder, *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    sign = ("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial")
    _openssl(folder, *sign, "-out", "server.crt", "-days", "2", "-extfile", "names")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    keys, files = tmp_path / "keys", tmp_path / "files"
    keys.mkdir()
    files.mkdir()
    _authority(keys)
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(files)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "server.crt", keys / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Mirror(f"https://localhost:{server.server_address[1]}", (keys / "ca.crt").read_text(), files, asked)
    server.shutdown()
    server.server_close()


def _python(mirror: Mirror, app: Path) -> str:
    """Put a package on the mirror that no other index has, and write an app that needs it."""
    name = "buildplan_test_greeting"
    files = {f"{name}.py": "TEXT = 'greeting from the mirror'\n"}
    info = f"{name}-1.0.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    folder = mirror.folder / "simple" / name.replace("_", "-")
    folder.mkdir(parents=True)
    wheel = f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder / wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    (folder / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    (app / "requirements.txt").write_text(f"{name.replace('_', '-')}==1.0\n")
    (app / "main.py").write_text(f"from {name} import TEXT\nprint(TEXT)\n")
    (app / "Procfile").write_text("worker: python main.py\n")
    return f'pypi = "{mirror.url}/simple"'


def _node(mirror: Mirror, app: Path) -> str:
    name = "buildplan-test-greeting"
    files = {
        "package/package.json": json.dumps({"name": name, "version": "1.0.0"}),
        "package/index.js": "module.exports = 'greeting from the mirror'\n",
    }
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    digest = base64.b64encode(hashlib.sha512(content.getvalue()).digest()).decode()
    (mirror.folder / "npm").mkdir()
    (mirror.folder / "greeting.tgz").write_bytes(content.getvalue())
    dist = {"tarball": f"{mirror.url}/greeting.tgz", "integrity": f"sha512-{digest}"}
    version = {"name": name, "version": "1.0.0", "dist": dist}
    document = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    (mirror.folder / "npm" / name).write_text(json.dumps(document))
    manifest = {"name": "app", "dependencies": {name: "1.0.0"}, "scripts": {"start": "node main.js"}}
    (app / "package.json").write_text(json.dumps(manifest))
    (app / "main.js").write_text(f"console.log(require('{name}'))\n")
    return f'npm = "{mirror.url}/npm"'


def _built(app: Path, tag: str) -> subprocess.CompletedProcess[str]:
    plan = buildplan.plan(app)
    file = app.parent / "Dockerfile"
    file.write_text(plan.dockerfile())
    stand_ins.make(file)
    command = ["docker", "build", "--network", "host", "--no-cache", "--progress=plain", "-t", tag, "-f", str(file)]
    return subprocess.run([*command, str(app)], capture_output=True, text=True, check=False, timeout=500)


@pytest.mark.parametrize("language", [_python, _node], ids=["python", "node"])
def test_packages_come_from_a_mirror_that_only_the_owners_authority_vouches_for(
    mirror: Mirror, tmp_path: Path, language: object
) -> None:
    assert callable(language)
    app = tmp_path / "app"
    app.mkdir()
    (app / "corp.crt").write_text(mirror.authority)
    mirrors = f"[mirrors]\n{language(mirror, app)}\n"
    tag = f"buildplan-mirror-{os.getpid()}"
    # Without the authority the same build fails: what trusts it is what is tested.
    (app / "buildplan.toml").write_text(mirrors)
    done = _built(app, tag)
    assert done.returncode != 0
    assert "certificate" in done.stderr.lower()
    assert not mirror.asked
    (app / "buildplan.toml").write_text(f'ca_certificates = ["corp.crt"]\n{mirrors}')
    done = _built(app, tag)
    assert done.returncode == 0, done.stderr[-3000:]
    assert any("greeting" in path for path in mirror.asked)
    try:
        said = subprocess.run(["docker", "run", "--rm", tag], capture_output=True, text=True, check=True, timeout=60)
        assert said.stdout == "greeting from the mirror\n"
    finally:
        subprocess.run(["docker", "rmi", "-f", tag], capture_output=True, check=False)
