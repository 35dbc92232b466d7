"""Parse hostile source code: mutated fixtures, cut and binary text, and rows and nests of one fragment.

Run as a program, in a process of its own: `hostile_source.py LANGUAGE SEED CASES`. Prints the slowest case; a crash, an
exception, or more memory than allowed ends the process.
"""

from __future__ import annotations

import faulthandler
import random
import resource
import sys
import time
from pathlib import Path

from buildplan.read import syntax

FIXTURES = Path(__file__).parents[2] / "fixtures"
ENDINGS = {"go": "go", "rust": "rs", "java": "java", "csharp": "cs"}
SIZE = 100_000
MEMORY = 1_500_000_000
FRAGMENTS = (
    b"@a", b"x=>", b'"', b"'", b"`", b"(", b"[", b"{", b"<", b"a(", b"f(a,", b"a?", b"a?b:", b"#[", b"->",
    b"{a:", b"T{a:",
    b"a.b(", b'a.b("x").', b"/*", b"//\n", b"if(", b"x:=", b"\\0", b"\0", b"\xff", b'"a",', b"f()()", b"(a)", b"a<",
    b"a::<",
    b'r#"', b"r##", b"${", b'$"{', b'@"', b'"""', b'$"""{', b"&", b"*", b"!", b"-", b"a,", b"a\n", b"a;", b";", b"1,",
    b"a.", b"if a {", b"type A struct {", b"class A {", b"fn a(){", b"#[a(", b"@A(", b"x=x=", b"}", b")", b"|", b"||",
    b"macro_rules!a{", b"a!{", b"a!(", b"switch(a){case ", b"try{", b'`+"', b"\n", b" ", b"\r", "é".encode(), b"new ",
    b"new A(){", b"#if\n", b"#region\n", b"a=>{", b"async ", b"<a>(", b"(a,b)=", b"where T:", b"impl<", b"'a ", b"|a|",
    b"import (", b"import a.", b"using a.", b"use a::{", b"mod a{", b"var x = ", b"/**/", b"b'", b'c"',
)  # fmt: skip


def cases(language: str, seed: int) -> list[bytes]:
    """Return an endless row of cases, as a generator would; the rows of one fragment first."""
    chosen = random.Random(seed)
    sources = [path.read_bytes() for path in sorted(FIXTURES.rglob(f"*.{ENDINGS[language]}"))]
    rows = [fragment * (SIZE // len(fragment)) for fragment in FRAGMENTS]
    first = [*rows, *(source + row for source, row in zip(sources, rows, strict=False))]
    return [*chosen.sample(first, len(first)), *(_mutated(chosen, sources) for _ in range(len(first)))]


def _mutated(chosen: random.Random, sources: list[bytes]) -> bytes:
    text = bytearray(b"\n".join(chosen.choices(sources, k=chosen.randrange(1, 30)))[:SIZE])
    for _ in range(chosen.randrange(1, 40)):
        at = chosen.randrange(len(text) + 1)
        match chosen.randrange(6):
            case 0:
                text[at:at] = chosen.choice(FRAGMENTS) * chosen.choice((1, 1, 2, 30, 3000))
            case 1:
                del text[at : at + chosen.randrange(1, 200)]
            case 2:
                text[at : at + 1] = bytes([chosen.randrange(256)])
            case 3:
                text[at:at] = text[: chosen.randrange(500)]
            case 4:
                text[at:at] = chosen.randbytes(chosen.randrange(50))
            case _:
                text = text[: max(at, 20)]
    return bytes(text[: 2 * SIZE])


def main(language: str, seed: int, count: int) -> None:
    """Parse the cases and print the slowest."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    slowest, where = 0.0, b""
    done = 0
    while done < count:
        for text in cases(language, seed)[: count - done]:
            faulthandler.dump_traceback_later(30, exit=True)
            began = time.process_time()
            file = syntax.Source("hostile", language, text, syntax.Budget({}))
            file.imports()
            took = time.process_time() - began
            if took > slowest:
                slowest, where = took, text
            done += 1
        seed += 1
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(f"{slowest:.3f} {done} {where[:40]!r} {len(where)}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
