"""Packages of an Aptfile are installed for the build and in the image; other lines are reported, never an error."""

from __future__ import annotations

from planned import codes, decision, plan

NODE = {"package.json": '{"scripts": {"start": "node server.js"}}', "server.js": "require('http').createServer()\n"}


def test_its_packages_are_in_the_build_and_in_the_image() -> None:
    made = plan({**NODE, "Aptfile": "# pictures\nimagemagick\nffmpeg libsm6 # two\n"})
    assert set(made.run.apt_packages) >= {"imagemagick", "ffmpeg", "libsm6"}
    setup = made.phase("setup")
    assert setup is not None
    assert set(setup.apt_packages) >= {"imagemagick", "ffmpeg", "libsm6"}
    assert str(decision(made, "apt.run.imagemagick").origin) == "Aptfile:2"
    assert "BP910" not in codes(made)


def test_what_is_no_package_of_debian_is_reported_and_left_out() -> None:
    text = "https://dl.example.com/chrome.deb\n:repo:deb http://x stable main\nnot a Name!\ncurl\n"
    made = plan({**NODE, "Aptfile": text})
    found = [item for item in made.diagnostics if item.code == "BP910"]
    assert [item.origin.line for item in found if item.origin is not None] == [1, 2, 3]
    assert "curl" in made.run.apt_packages
    assert not any("example" in name or "repo" in name for name in made.run.apt_packages)


def test_a_name_of_ubuntu_is_translated() -> None:
    made = plan({**NODE, "Aptfile": "libgl1-mesa-glx\n"})
    assert "libgl1" in made.run.apt_packages
    assert "BP669" in codes(made)


def test_a_file_that_cannot_be_read_stops_nothing() -> None:
    made = plan({**NODE, "Aptfile": "curl\n\x00\n"})
    assert "BP910" in codes(made)
