"""Modules that are not pure Go, and modules that write files.

`compiles`: a C compiler and glibc are needed, for C++ also libstdc++. A name `-lvips` is a library that the app's own C
code links with, by `#cgo LDFLAGS: -lvips` or `#cgo pkg-config: vips`. `writes`: the module keeps files, where the app
tells it to.

Source, checked 2026-11-24: the modules' documentation and #cgo directives; Debian's package lists.
"""

from __future__ import annotations

from buildplan.language.packages import Need

NEEDS = (
    Need(
        (
            "github.com/mattn/go-sqlite3",
            "gorm.io/driver/sqlite",
            "github.com/jinzhu/gorm/dialects/sqlite",
            "github.com/mutecomm/go-sqlcipher",
            "github.com/xeodou/go-sqlcipher",
            "crawshaw.io/sqlite",
        ),
        compiles="c",
        writes=True,
    ),
    Need(
        (
            "modernc.org/sqlite",
            "zombiezen.com/go/sqlite",
            "github.com/glebarez/go-sqlite",
            "github.com/glebarez/sqlite",
            "github.com/ncruces/go-sqlite3",
            "go.etcd.io/bbolt",
            "github.com/boltdb/bolt",
            "github.com/dgraph-io/badger",
            "github.com/cockroachdb/pebble",
            "github.com/syndtr/goleveldb",
            "github.com/tidwall/buntdb",
            "github.com/nutsdb/nutsdb",
            "github.com/blevesearch/bleve",
            "github.com/asdine/storm",
            "github.com/timshannon/bolthold",
            "github.com/timshannon/badgerhold",
            "gopkg.in/natefinch/lumberjack.v2",
            "github.com/pocketbase/pocketbase",
        ),
        writes=True,
    ),
    Need(("github.com/confluentinc/confluent-kafka-go",), compiles="c"),
    Need(("github.com/marcboeker/go-duckdb", "github.com/duckdb/duckdb-go"), compiles="c++", writes=True),
    Need(
        (
            "github.com/DataDog/zstd",
            "github.com/valyala/gozstd",
            "github.com/smacker/go-tree-sitter",
            "github.com/tree-sitter/go-tree-sitter",
            "github.com/chai2010/webp",
            "github.com/gen2brain/avif",
            "github.com/pganalyze/pg_query_go",
            "github.com/ledgerwatch/erigon-lib/kv/mdbx",
            "github.com/erigontech/mdbx-go",
            "github.com/bmatsuo/lmdb-go",
            "github.com/PowerDNS/lmdb-go",
            "github.com/supranational/blst",
        ),
        compiles="c",
    ),
    Need(("rogchap.com/v8go", "github.com/tommie/v8go", "github.com/yanyiwu/gojieba"), compiles="c++"),
    Need(
        ("github.com/davidbyttow/govips", "github.com/h2non/bimg", "github.com/cshum/vipsgen", "-lvips"),
        build=("libvips-dev",),
        run=("libvips42t64",),
        compiles="c",
    ),
    Need(
        ("gopkg.in/gographics/imagick.v3", "gopkg.in/gographics/imagick.v2", "-lMagickWand"),
        build=("libmagickwand-dev",),
        run=("libmagickwand-7.q16-10",),
        compiles="c",
    ),
    Need(
        ("github.com/google/gopacket/pcap", "github.com/gopacket/gopacket/pcap", "-lpcap", "-llibpcap"),
        build=("libpcap-dev",),
        run=("libpcap0.8t64",),
        compiles="c",
    ),
    Need(
        ("github.com/pebbe/zmq4", "github.com/zeromq/goczmq", "-lzmq", "-llibzmq"),
        build=("libzmq3-dev",),
        run=("libzmq5",),
        compiles="c",
    ),
    Need(
        ("github.com/libgit2/git2go", "-lgit2", "-llibgit2"), build=("libgit2-dev",), run=("libgit2-1.9",), compiles="c"
    ),
    Need(
        ("github.com/linxGNU/grocksdb", "github.com/tecbot/gorocksdb", "-lrocksdb"),
        build=("librocksdb-dev",),
        run=("librocksdb9.10",),
        compiles="c++",
        writes=True,
    ),
    Need(
        ("github.com/kolesa-team/go-webp", "-lwebp", "-llibwebp"),
        build=("libwebp-dev",),
        run=("libwebp7",),
        compiles="c",
    ),
    Need(("github.com/alexbrainman/odbc", "-lodbc"), build=("unixodbc-dev",), run=("libodbc2",), compiles="c"),
    Need(
        ("github.com/miekg/pkcs11", "github.com/ThalesGroup/crypto11", "-lltdl"),
        build=("libltdl-dev",),
        run=("libltdl7",),
        compiles="c",
    ),
    Need(
        ("github.com/otiai10/gosseract", "-ltesseract", "-llept"),
        build=("libleptonica-dev", "libtesseract-dev"),
        run=("libtesseract5", "tesseract-ocr"),
        compiles="c++",
    ),
    Need(
        (
            "github.com/lestrrat-go/libxml2",
            "github.com/moovweb/gokogiri",
            "github.com/terminalstatic/go-xsd-validate",
            "-llibxml-2.0",
            "-lxml2",
        ),
        build=("libxml2-dev",),
        run=("libxml2",),
        compiles="c",
    ),
    Need(
        ("github.com/hraban/opus", "gopkg.in/hraban/opus.v2", "-lopus", "-lopusfile"),
        build=("libopus-dev", "libopusfile-dev"),
        run=("libopus0", "libopusfile0"),
        compiles="c",
    ),
    Need(("maunium.net/go/mautrix/crypto/olm", "-lolm"), build=("libolm-dev",), run=("libolm3",), compiles="c"),
    Need(
        ("github.com/jamesruan/sodium", "github.com/GoKillers/libsodium-go", "-lsodium", "-llibsodium"),
        build=("libsodium-dev",),
        run=("libsodium23",),
        compiles="c",
    ),
    Need(
        ("github.com/twpayne/go-geos", "github.com/paulsmith/gogeos", "-lgeos", "-lgeos_c"),
        build=("libgeos-dev",),
        run=("libgeos-c1t64",),
        compiles="c",
    ),
    Need(
        ("github.com/strukturag/libheif", "-lheif", "-llibheif"),
        build=("libheif-dev",),
        run=("libheif1",),
        compiles="c",
    ),
    Need(
        ("github.com/coreos/go-systemd/v22/sdjournal", "-lsystemd", "-llibsystemd"),
        build=("libsystemd-dev",),
        run=("libsystemd0",),
        compiles="c",
    ),
    Need(
        ("github.com/seccomp/libseccomp-golang", "-lseccomp", "-llibseccomp"),
        build=("libseccomp-dev",),
        run=("libseccomp2",),
        compiles="c",
    ),
    Need(("github.com/proglottis/gpgme", "-lgpgme"), build=("libgpgme-dev",), run=("libgpgme11t64",), compiles="c"),
    Need(("gocv.io/x/gocv", "-lopencv4"), build=("libopencv-dev",), run=("libopencv-dev",), compiles="c++"),
    Need(("-lpq", "-llibpq"), build=("libpq-dev",), run=("libpq5",), compiles="c"),
    Need(("-lsqlite3",), build=("libsqlite3-dev",), run=("libsqlite3-0",), compiles="c"),
    Need(("-lz", "-lzlib"), build=("zlib1g-dev",), run=("zlib1g",), compiles="c"),
    Need(
        ("-lssl", "-lcrypto", "-lopenssl", "-llibssl", "-llibcrypto"),
        build=("libssl-dev",),
        run=("libssl3t64",),
        compiles="c",
    ),
)
