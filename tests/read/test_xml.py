from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildplan.errors import FileError
from buildplan.read import xml

POM = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- a project -->
<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="x" xsi:schemaLocation="y">
  <parent>
    <artifactId> spring-boot <!-- why --> starter </artifactId>
  </parent>
  <modules><module>a</module>
    <module>b &amp; c&#33;</module></modules>
  <script><![CDATA[<not an element>]]></script>
</project>
"""


def test_elements_know_their_place() -> None:
    root = xml.parse(POM, "pom.xml")
    assert (root.name, root.line, root.attributes["schemaLocation"]) == ("project", 3, "y")
    artifact = root.first("parent", "artifactId")
    assert artifact is not None
    assert artifact.text.split() == ["spring-boot", "starter"]
    assert str(artifact.origin()) == "pom.xml:5 artifactId"
    assert root.first("parent", "version") is None


def test_children_come_in_order_and_entities_of_xml_are_read() -> None:
    root = xml.parse(POM, "pom.xml")
    modules = root.first("modules")
    assert modules is not None
    assert [(item.text, item.line) for item in modules.all("module")] == [("a", 7), ("b & c!", 8)]
    assert [item.text for item in root.all("script")] == ["<not an element>"]
    assert [item.name for item in root.walk()] == [
        "project",
        "parent",
        "artifactId",
        "modules",
        "module",
        "module",
        "script",
    ]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "no element found"),
        ("<a>\n<b>\n</a>", 3, "mismatched tag"),
        ("<a/>\n<b/>", 2, "junk after document element"),
        ("<a>&unknown;</a>", 1, "undefined entity"),
        ("<a>\n\x01</a>", 2, "not well-formed"),
        ("<!DOCTYPE a>\n<a/>", 1, "document type"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 1, "document type"),
        ("<a>" * 40_000, 1, "nested too deeply"),
    ],
)
def test_what_is_not_plain_xml_is_an_error_with_its_line(text: str, line: int, part: str) -> None:
    with pytest.raises(FileError, match=part) as raised:
        xml.parse(text, "x.xml")
    assert raised.value.origin is not None
    assert (raised.value.origin.path, raised.value.origin.line) == ("x.xml", line)


def test_entities_cannot_grow() -> None:
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))]
    with pytest.raises(FileError, match="document type"):
        xml.parse(f"<!DOCTYPE x [{''.join(lines)}]><x>&a9;</x>", "x.xml")


@given(st.text(alphabet="<>/&;!?[]-\"'= \nabx:#0", max_size=80))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    for candidate in (text, f"<a>{text}</a>"):
        try:
            root = xml.parse(candidate, "x.xml")
        except FileError:
            continue
        assert all(":" not in element.name for element in root.walk())
