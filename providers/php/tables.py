"""What is known of PHP: frameworks, and what extensions need. Data with its sources and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Framework(NamedTuple):
    """A framework of PHP; the one without an `id` is none.

    It is there where one of `packages` is required, or all `files` are. `front` is true where every unknown path
    belongs to the front controller, or the name of that script. `folders` are what it writes to; `changes`: uploads
    change its code. `micro`: it comes without a database, mail or images, so that the code is asked what it calls.
    `database_files` are read for the name of a driver. `assets` are commands of the console, each for a package. `argv`
    starts a server of its own on `port`, in place of Apache, where there is the file `entry`. `like` is the framework
    that it is built on.
    """

    id: str
    title: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    root: str | None = None
    front: bool | str = False
    extensions: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    changes: bool = False
    environment: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()
    link: tuple[str, str] | None = None
    build: str = ""
    build_script: str = ""
    committed_env: bool = False
    assets: tuple[tuple[str, str], ...] = ()
    migrations: str = ""
    migrator: str = ""
    release: str = ""
    database_files: tuple[str, ...] = ()
    micro: bool = False
    entry: str = ""
    argv: tuple[str, ...] = ()
    port: int = 8080
    like: str = ""


# The first that is required, or whose files are there, is the framework. Source, checked 2026-11-24: each framework's
# own documentation and application skeleton.
_LARAVEL = Framework(
    id="laravel",
    title="Laravel",
    packages=("laravel/framework",),
    root="public",
    front=True,
    folders=(
        "storage",
        "storage/app",
        "storage/app/public",
        "storage/framework",
        "storage/framework/cache",
        "storage/framework/cache/data",
        "storage/framework/sessions",
        "storage/framework/views",
        "storage/logs",
        "bootstrap/cache",
    ),
    migrations="database/migrations",
    release="php artisan migrate --force",
    environment={"APP_ENV": "production", "LOG_CHANNEL": "stderr"},
    needs=("APP_KEY",),
    # What `artisan storage:link` makes, without starting the app.
    link=("storage/app/public", "public/storage"),
)
_SYMFONY = Framework(
    id="symfony",
    title="Symfony",
    packages=("symfony/framework-bundle", "symfony/symfony", "symfony/http-kernel"),
    root="public",
    front=True,
    folders=("var", "var/cache", "var/log"),
    environment={"APP_ENV": "prod"},
    # `cache:clear` and `assets:install` are what Symfony's own recipe runs after an install.
    build="composer run-script --no-dev post-install-cmd",
    build_script="post-install-cmd",
    committed_env=True,
    # Without these, AssetMapper finds nothing to serve in production.
    assets=(
        ("symfony/asset-mapper", "importmap:install"),
        ("symfonycasts/sass-bundle", "sass:build"),
        ("symfonycasts/tailwind-bundle", "tailwind:build --minify"),
        ("sensiolabs/typescript-bundle", "typescript:build"),
        ("symfony/asset-mapper", "asset-map:compile"),
    ),
)
FRAMEWORKS = (
    Framework(
        id="october",
        title="October CMS",
        packages=("october/rain", "october/october", "winter/storm"),
        root="",
        front=True,
        extensions=("gd", "zip", "pdo_mysql"),
        release="php artisan october:migrate",
        environment={"APP_ENV": "production"},
    ),
    _LARAVEL._replace(
        id="statamic",
        title="Statamic",
        packages=("statamic/cms",),
        like="laravel",
    ),
    _LARAVEL._replace(
        id="lumen",
        title="Lumen",
        packages=("laravel/lumen-framework",),
        root="public",
        front=True,
        like="laravel",
        link=None,
    ),
    _LARAVEL,
    Framework(
        id="drupal",
        title="Drupal",
        packages=("drupal/core-recommended", "drupal/core", "drupal/recommended-project"),
        files=("core/lib/Drupal.php",),
        root="web",
        front=True,
        extensions=("gd", "pdo_mysql"),
    ),
    Framework(
        id="typo3",
        title="TYPO3",
        packages=("typo3/cms-core", "typo3/minimal"),
        root="public",
        front=True,
        extensions=("gd", "intl", "mysqli", "zip"),
    ),
    _SYMFONY._replace(
        id="contao",
        title="Contao",
        packages=("contao/core-bundle", "contao/manager-bundle"),
        root="public",
        front=True,
        like="symfony",
    ),
    Framework(
        id="craft",
        title="Craft CMS",
        packages=("craftcms/cms",),
        root="web",
        front=True,
        extensions=("bcmath", "gd", "intl", "pdo_mysql", "zip"),
        folders=("storage",),
        release="php craft up --interactive=0",
        needs=("CRAFT_SECURITY_KEY",),
    ),
    Framework(
        id="bedrock",
        title="WordPress with Composer",
        packages=("roots/wordpress", "roots/wordpress-no-content", "johnpbloch/wordpress", "johnpbloch/wordpress-core"),
        root="web",
        front=True,
        changes=True,
        extensions=("bcmath", "exif", "gd", "intl", "mysqli", "zip"),
    ),
    _SYMFONY,
    Framework(
        id="cakephp",
        title="CakePHP",
        packages=("cakephp/cakephp",),
        root="webroot",
        front=True,
        extensions=("intl",),
        folders=("tmp", "logs"),
        migrations="config/Migrations",
        migrator="cakephp/migrations",
        release="php bin/cake.php migrations migrate",
        database_files=("config/app_local.php", "config/app.php"),
    ),
    Framework(
        id="hyperf",
        title="Hyperf",
        packages=("hyperf/http-server", "hyperf/framework"),
        argv=("php", "bin/hyperf.php", "start"),
        entry="bin/hyperf.php",
        port=9501,
        extensions=("swoole", "pcntl"),
        environment={"APP_ENV": "prod"},
    ),
    Framework(
        id="webman",
        title="Webman",
        packages=("workerman/webman-framework",),
        argv=("php", "start.php", "start"),
        entry="start.php",
        port=8787,
        extensions=("pcntl",),
    ),
    Framework(
        id="yii2",
        title="Yii 2",
        packages=("yiisoft/yii2",),
        root="web",
        front=True,
        folders=("runtime", "web/assets"),
        migrations="migrations",
        release="php yii migrate --interactive=0",
        database_files=(
            "config/db.php",
            "common/config/main-local.php",
            "environments/prod/common/config/main-local.php",
        ),
    ),
    Framework(
        id="yii3",
        title="Yii 3",
        packages=("yiisoft/yii-runner-http",),
        root="public",
        front=True,
        folders=("runtime",),
    ),
    Framework(
        id="codeigniter4",
        title="CodeIgniter 4",
        packages=("codeigniter4/framework",),
        root="public",
        front=True,
        extensions=("intl",),
        folders=("writable", "writable/cache", "writable/logs", "writable/session"),
        migrations="app/Database/Migrations",
        release="php spark migrate --all",
        environment={"CI_ENVIRONMENT": "production"},
        database_files=("app/Config/Database.php",),
    ),
    Framework(
        id="codeigniter3",
        title="CodeIgniter 3",
        packages=("codeigniter/framework",),
        files=("system/core/CodeIgniter.php", "index.php"),
        root="",
        front=True,
        extensions=("mysqli",),
        environment={"CI_ENV": "production"},
    ),
    Framework(
        id="magento",
        title="Magento",
        packages=("magento/product-community-edition", "magento/framework", "mage-os/product-community-edition"),
        root="pub",
        front=True,
    ),
    Framework(
        id="silverstripe",
        title="Silverstripe",
        packages=("silverstripe/framework", "silverstripe/recipe-cms"),
        root="public",
        front=True,
        extensions=("gd", "intl", "pdo_mysql"),
    ),
    Framework(
        id="neos",
        title="Neos Flow",
        packages=("neos/flow",),
        root="Web",
        front=True,
        extensions=("pdo_mysql",),
    ),
    Framework(
        id="flarum",
        title="Flarum",
        packages=("flarum/core",),
        root="public",
        front=True,
        extensions=("gd", "pdo_mysql"),
    ),
    Framework(
        id="kirby",
        title="Kirby",
        packages=("getkirby/cms",),
        files=("kirby/bootstrap.php",),
        front=True,
        changes=True,
        extensions=("gd",),
    ),
    Framework(
        id="grav",
        title="Grav",
        packages=("getgrav/grav",),
        files=("bin/gpm",),
        root="",
        front=True,
        changes=True,
        extensions=("gd", "zip"),
    ),
    Framework(
        id="concrete",
        title="Concrete CMS",
        packages=("concrete5/core",),
        root="public",
        front=True,
        extensions=("gd", "pdo_mysql", "zip"),
    ),
    Framework(
        id="nette",
        title="Nette",
        packages=("nette/application",),
        root="www",
        front=True,
        folders=("temp", "log"),
    ),
    Framework(
        id="mezzio",
        title="Mezzio",
        packages=("mezzio/mezzio", "zendframework/zend-expressive"),
        root="public",
        front=True,
        micro=True,
    ),
    Framework(
        id="laminas",
        title="Laminas MVC",
        packages=("laminas/laminas-mvc", "zendframework/zend-mvc"),
        root="public",
        front=True,
        micro=True,
    ),
    Framework(
        id="slim",
        title="Slim",
        packages=("slim/slim",),
        root="public",
        front=True,
        micro=True,
    ),
    Framework(
        id="leaf",
        title="Leaf",
        packages=("leafs/leaf",),
        front=True,
        micro=True,
    ),
    Framework(
        id="flight",
        title="Flight",
        packages=("mikecao/flight", "flightphp/core"),
        root="public",
        front=True,
        micro=True,
    ),
    Framework(
        id="fat-free",
        title="Fat-Free",
        packages=("bcosca/fatfree", "bcosca/fatfree-core"),
        front=True,
        micro=True,
    ),
    Framework(
        id="phalcon",
        title="Phalcon",
        packages=("phalcon/devtools", "ext-phalcon"),
        root="public",
        front=True,
        extensions=("phalcon",),
    ),
    Framework(
        id="league-route",
        title="league/route",
        packages=("league/route",),
        root="public",
        front=True,
        micro=True,
    ),
    Framework(
        id="fast-route",
        title="FastRoute",
        packages=("nikic/fast-route", "bramus/router", "altorouter/altorouter"),
        front=True,
        micro=True,
    ),
    Framework(
        id="mediawiki",
        title="MediaWiki",
        files=("includes/WebStart.php", "index.php"),
        root="",
        extensions=("calendar", "intl", "mysqli"),
        micro=True,
    ),
    Framework(
        id="wordpress",
        title="WordPress",
        files=("wp-load.php", "wp-settings.php"),
        root="",
        front=True,
        changes=True,
        extensions=("bcmath", "exif", "gd", "intl", "mysqli", "zip"),
    ),
    Framework(
        id="yourls",
        title="YOURLS",
        files=("yourls-loader.php",),
        root="",
        front="yourls-loader.php",
        extensions=("bcmath", "mysqli", "pdo_mysql"),
    ),
)
# Packages that say "this serves the web", without a layout of their own.
WEB_PACKAGES = (
    "symfony/http-foundation",
    "guzzlehttp/psr7",
    "nyholm/psr7",
    "laminas/laminas-diactoros",
    "twig/twig",
    "smarty/smarty",
    "league/plates",
)


# How an extension of PHP gets into the official images: what it is compiled with, and what it then needs.
#
# Sources, checked 2026-11-24: docker-library/php 2026-07-30 (what is compiled in); `apt-cache depends` of the -dev
# packages in trixie and bookworm; mlocati/docker-php-extension-installer 2026-06-24 (what needs what).


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
