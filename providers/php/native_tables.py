"""How an extension of PHP gets into the official images: what it is compiled with, and what it then needs.

Sources, checked 2026-11-24: docker-library/php 2026-07-30 (what is compiled in); `apt-cache depends` of the -dev
packages in trixie and bookworm; mlocati/docker-php-extension-installer 2026-06-24 (what needs what).
"""

from __future__ import annotations

from typing import NamedTuple


class Extension(NamedTuple):
    """`pecl` is the name of the package there; without it the extension comes with PHP's own source.

    `build` and `run` are Debian packages; `not_on` are releases of Debian that do not have its library.
    """

    pecl: str = ""
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    configure: str = ""
    not_on: tuple[str, ...] = ()
    note: str = ""


# Compiled into every official image.
# fmt: off
BUILTIN = frozenset({
    "core", "ctype", "curl", "date", "dom", "fileinfo", "filter", "hash", "iconv", "json", "lexbor", "libxml",
    "mbstring", "mysqlnd", "opcache", "openssl", "pcre", "pdo", "pdo_sqlite", "phar", "posix", "random", "readline",
    "reflection", "session", "simplexml", "sodium", "spl", "sqlite3", "standard", "tokenizer", "uri", "xml",
    "xmlreader", "xmlwriter", "zend-opcache", "zlib",
})
# fmt: on
# Only developers use them.
DEVELOPMENT = frozenset(("xdebug", "pcov", "xhprof", "ddtrace"))
# Replaced by what later versions hold.
GONE = frozenset(("mysql", "ereg", "mssql", "wddx", "xmlrpc"))

EXTENSIONS = {
    "amqp": Extension(pecl="amqp", build=("librabbitmq-dev",), run=("librabbitmq4",)),
    "apcu": Extension(pecl="apcu"),
    "ast": Extension(pecl="ast"),
    "bcmath": Extension(),
    "brotli": Extension(pecl="brotli"),
    "bz2": Extension(build=("libbz2-dev",)),
    "calendar": Extension(),
    "dba": Extension(),
    "ds": Extension(pecl="ds"),
    "enchant": Extension(build=("libenchant-2-dev",), run=("libenchant-2-2",)),
    "ev": Extension(pecl="ev"),
    "event": Extension(
        pecl="event",
        build=("libevent-dev", "libssl-dev"),
        run=("libevent-2.1-7t64", "libevent-extra-2.1-7t64", "libevent-openssl-2.1-7t64"),
    ),
    "exif": Extension(),
    "ffi": Extension(build=("libffi-dev",), run=("libffi8",)),
    "ftp": Extension(build=("libssl-dev",)),
    "gd": Extension(
        build=("libfreetype-dev", "libjpeg62-turbo-dev", "libpng-dev", "libwebp-dev"),
        run=("libfreetype6", "libjpeg62-turbo", "libpng16-16t64", "libwebp7"),
        configure="--with-freetype --with-jpeg --with-webp",
    ),
    "gettext": Extension(),
    "gmp": Extension(build=("libgmp-dev",), run=("libgmp10",)),
    "gnupg": Extension(pecl="gnupg", build=("libgpgme-dev",), run=("libgpgme11t64",)),
    "grpc": Extension(pecl="grpc", build=("zlib1g-dev",)),
    "igbinary": Extension(pecl="igbinary"),
    "imagick": Extension(pecl="imagick", build=("libmagickwand-dev",), run=("libmagickwand-7.q16-10",)),
    "imap": Extension(
        build=("libc-client-dev", "libkrb5-dev", "libssl-dev"),
        run=("libc-client2007e",),
        configure="--with-kerberos --with-imap-ssl",
        not_on=("trixie",),
    ),
    "inotify": Extension(pecl="inotify"),
    "intl": Extension(build=("libicu-dev",), run=("libicu76",)),
    "ldap": Extension(
        build=("libldap2-dev",), run=("libldap2",), configure='--with-libdir="lib/$(uname -m)-linux-gnu"'
    ),
    "lz4": Extension(pecl="lz4"),
    "mailparse": Extension(pecl="mailparse"),
    "maxminddb": Extension(pecl="maxminddb", build=("libmaxminddb-dev",), run=("libmaxminddb0",)),
    "mcrypt": Extension(pecl="mcrypt", build=("libmcrypt-dev",), run=("libmcrypt4",)),
    "memcache": Extension(pecl="memcache", build=("zlib1g-dev",)),
    "memcached": Extension(
        pecl="memcached",
        build=("libmemcached-dev", "libssl-dev", "zlib1g-dev"),
        run=("libmemcached11t64", "libmemcachedutil2t64"),
    ),
    "mongodb": Extension(
        pecl="mongodb",
        build=("libicu-dev", "libsasl2-dev", "libsnappy-dev", "libssl-dev", "libzstd-dev", "zlib1g-dev"),
        run=("libicu76", "libsnappy1v5"),
    ),
    "msgpack": Extension(pecl="msgpack"),
    "mysqli": Extension(),
    "oauth": Extension(pecl="oauth"),
    "opentelemetry": Extension(pecl="opentelemetry"),
    "pcntl": Extension(),
    "pdo_dblib": Extension(
        build=("freetds-dev",), run=("libsybdb5",), configure='--with-libdir="lib/$(uname -m)-linux-gnu"'
    ),
    "pdo_firebird": Extension(build=("firebird-dev",), run=("libfbclient2",)),
    "pdo_mysql": Extension(),
    "pdo_odbc": Extension(
        build=("unixodbc-dev",), run=("libodbc2", "libodbcinst2"), configure="--with-pdo-odbc=unixODBC,/usr"
    ),
    "pdo_pgsql": Extension(build=("libpq-dev",), run=("libpq5",)),
    "pdo_sqlsrv": Extension(
        pecl="pdo_sqlsrv",
        build=("unixodbc-dev",),
        run=("libodbc2", "libodbcinst2"),
        note="Microsoft's ODBC driver, which it needs as well, is in no repository of Debian",
    ),
    "pgsql": Extension(build=("libpq-dev",), run=("libpq5",)),
    "phalcon": Extension(pecl="phalcon"),
    "protobuf": Extension(pecl="protobuf"),
    "pspell": Extension(build=("libpspell-dev",), run=("libaspell15",)),
    "psr": Extension(pecl="psr"),
    "rdkafka": Extension(pecl="rdkafka", build=("librdkafka-dev",), run=("librdkafka1",)),
    "redis": Extension(pecl="redis"),
    "shmop": Extension(),
    "smbclient": Extension(pecl="smbclient", build=("libsmbclient-dev",), run=("libsmbclient0",)),
    "snmp": Extension(build=("libsnmp-dev",), run=("libsnmp40t64",)),
    "soap": Extension(build=("libxml2-dev",)),
    "sockets": Extension(),
    "sqlsrv": Extension(
        pecl="sqlsrv",
        build=("unixodbc-dev",),
        run=("libodbc2", "libodbcinst2"),
        note="Microsoft's ODBC driver, which it needs as well, is in no repository of Debian",
    ),
    "ssh2": Extension(pecl="ssh2", build=("libssh2-1-dev",), run=("libssh2-1t64",)),
    "swoole": Extension(pecl="swoole", build=("libcurl4-openssl-dev", "libssl-dev")),
    "sysvmsg": Extension(),
    "sysvsem": Extension(),
    "sysvshm": Extension(),
    "tidy": Extension(build=("libtidy-dev",), run=("libtidy58",)),
    "timezonedb": Extension(pecl="timezonedb"),
    "uploadprogress": Extension(pecl="uploadprogress"),
    "uuid": Extension(pecl="uuid", build=("uuid-dev",), run=("libuuid1",)),
    "xsl": Extension(build=("libxslt1-dev",), run=("libxslt1.1",)),
    "yaml": Extension(pecl="yaml", build=("libyaml-dev",), run=("libyaml-0-2",)),
    "zip": Extension(build=("libzip-dev",), run=("libzip5",)),
    "zstd": Extension(pecl="zstd", build=("libzstd-dev",), run=("libzstd1",)),
}

# What code without a manifest calls, and the extension that it is in.
CALLS = {
    "mysqli_connect(": "mysqli",
    "new mysqli(": "mysqli",
    'new PDO("mysql:': "pdo_mysql",
    "new PDO('mysql:": "pdo_mysql",
    "mysql:host=": "pdo_mysql",
    "'mysql:' .": "pdo_mysql",
    "PDO::MYSQL_ATTR": "pdo_mysql",
    "Pdo\\Mysql::ATTR": "pdo_mysql",
    "mysqli_init(": "mysqli",
    "pgsql:host=": "pdo_pgsql",
    "pg_connect(": "pgsql",
    "imagecreatetruecolor(": "gd",
    "imagecreatefrom": "gd",
    "bcadd(": "bcmath",
    "new ZipArchive": "zip",
    "new SoapClient(": "soap",
    "exif_read_data(": "exif",
    "new NumberFormatter(": "intl",
    "new Redis(": "redis",
    "new Memcached(": "memcached",
    "new Imagick(": "imagick",
    "ldap_connect(": "ldap",
    "pcntl_fork(": "pcntl",
    "pcntl_signal(": "pcntl",
    "pcntl_async_signals(": "pcntl",
    "socket_create(": "sockets",
}

# What names a driver in a framework's own configuration; an empty one is in every image.
DRIVERS = {
    "Mysql::class": "pdo_mysql",
    "Postgres::class": "pdo_pgsql",
    "Sqlite::class": "",
    "Sqlserver::class": "pdo_sqlsrv",
    "'MySQLi'": "mysqli",
    "'Postgre'": "pgsql",
    "'SQLite3'": "",
    "'SQLSRV'": "sqlsrv",
    "'mysqli'": "mysqli",
    "mysql:": "pdo_mysql",
    "pgsql:": "pdo_pgsql",
    "sqlite:": "",
}

# What a database is called in `.env.example` of Laravel, or as the scheme of a URL.
DATABASES = {
    "mysql": "pdo_mysql",
    "mysqli": "mysqli",
    "mariadb": "pdo_mysql",
    "pdo-mysql": "pdo_mysql",
    "mysql2": "pdo_mysql",
    "pgsql": "pdo_pgsql",
    "postgres": "pdo_pgsql",
    "postgresql": "pdo_pgsql",
    "pdo-pgsql": "pdo_pgsql",
    "sqlsrv": "pdo_sqlsrv",
}
