from __future__ import annotations

import pytest
from php_trees import INDEX, composer, laravel, lock, processes
from planned import codes, commands, plan


def test_packages_are_installed_before_the_source_is_copied() -> None:
    made = plan(laravel())
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["/usr/bin/composer", "composer.json", "composer.lock"]
    assert install.commands == (
        "composer install --no-dev --no-interaction --no-progress --no-scripts --no-autoloader",
    )
    assert [cache.target for cache in install.caches] == ["/tmp/composer"]  # noqa: S108
    assert commands(made, "build")[0] == "composer dump-autoload --no-dev --no-interaction --optimize"
    assert "vendor" in made.dockerignore().split("\n")


def test_the_tools_of_the_build_are_not_in_the_image() -> None:
    text = plan(laravel()).dockerfile()
    last = text[text.rindex("\nFROM ") :]
    assert "COPY --from=composer" not in last
    assert "unzip" not in last


def test_no_lock_file_is_reported() -> None:
    assert "BP612" in codes(plan({"composer.json": composer({"slim/slim": "^4"}), "public/index.php": INDEX}))


def test_committed_packages_are_not_fetched() -> None:
    vendored = {"vendor/autoload.php": INDEX, "vendor/composer/autoload_real.php": INDEX}
    made = plan({**laravel(), **vendored})
    assert made.phase("install") is None
    assert "vendor" not in made.dockerignore().split("\n")


def test_without_packages_and_classes_composer_does_not_run() -> None:
    made = plan({"composer.json": composer({"php": "^8.3"}), "index.php": INDEX})
    assert made.phase("composer") is None


def test_packages_of_the_tree_are_there_when_composer_installs() -> None:
    repositories = [{"type": "path", "url": "packages/*"}, {"type": "path", "url": "./lib/one"}]
    files = {"packages/a/composer.json": "{}", "lib/one/composer.json": "{}", "index.php": INDEX}
    made = plan({"composer.json": composer({"a/b": "*"}, repositories=repositories), **files})
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs][2:] == ["packages/", "lib/one/"]


@pytest.mark.parametrize("url", ["../other", "/etc", "packages/$(x)", "gone"])
def test_packages_outside_of_the_tree_are_reported(url: str) -> None:
    made = plan({"composer.json": composer({"a/b": "*"}, repositories=[{"type": "path", "url": url}]), "index.php": ""})
    assert "BP674" in codes(made)


def test_a_private_repository_gets_a_secret() -> None:
    repositories = {"nova": {"type": "composer", "url": "https://nova.laravel.com"}}
    made = plan({"composer.json": composer({"a/b": "*"}, repositories=repositories), "index.php": INDEX})
    assert made.secrets == ("COMPOSER_AUTH",)
    assert "--mount=type=secret,id=COMPOSER_AUTH" in made.dockerfile()
    assert "BP624" in codes(made)


def test_a_public_repository_gets_none() -> None:
    repositories = [{"type": "composer", "url": "https://wpackagist.org"}, {"packagist.org": False}]
    made = plan({"composer.json": composer({"a/b": "*"}, repositories=repositories), "index.php": INDEX})
    assert made.secrets == ()


def test_laravel_may_write_where_it_has_to() -> None:
    made = plan(laravel())
    assert "storage/framework/views" in made.run.writable
    assert dict(made.run.environment)["APP_ENV"] == "production"
    assert "BP633" in codes(made)


def test_symfony_warms_its_cache_and_keeps_its_committed_defaults() -> None:
    manifest = composer({"symfony/framework-bundle": "7.*"}, scripts={"post-install-cmd": ["@auto-scripts"]})
    made = plan({"composer.json": manifest, "public/index.php": INDEX, ".env": "APP_SECRET=\n"})
    assert "composer run-script --no-dev post-install-cmd" in commands(made, "build")
    assert "!.env" in made.dockerignore().split("\n")
    assert "BP815" in codes(made)
    assert "BP681" not in codes(made)


def test_the_env_file_of_another_app_stays_out() -> None:
    made = plan({"index.php": INDEX, ".env": "PASSWORD=x\n"})
    assert "!.env" not in made.dockerignore().split("\n")
    assert "BP681" in codes(made)


def test_an_app_that_updates_itself_is_looked_at_again() -> None:
    fixed = "opcache.validate_timestamps=0"
    assert fixed in plan({"index.php": INDEX}).dockerfile()
    assert fixed not in plan({"index.php": INDEX, "wp-load.php": "", "wp-settings.php": ""}).dockerfile()


def test_laravels_processes_are_found() -> None:
    files = {
        "app/Jobs/Count.php": INDEX,
        "routes/console.php": "<?php\n// Schedule::x\nSchedule::command('x')->daily();\n",
        "database/migrations/1.php": INDEX,
    }
    made = plan({**laravel(), **files})
    assert processes(made) == {
        "web": "apache2-foreground",
        "worker": "php artisan queue:work",
        "scheduler": "php artisan schedule:work",
        "release": "php artisan migrate --force",
    }
    assert made.run.init
    assert "STOPSIGNAL" not in made.dockerfile(), "Apache's own signal is its graceful stop"
    assert "STOPSIGNAL SIGTERM" in made.dockerfile(process="worker"), "a worker does not know Apache's signal"
    assert '"queue:work"' in made.dockerfile(process="worker")


def test_horizon_takes_the_place_of_a_worker() -> None:
    horizon = {"name": "laravel/horizon", "version": "5", "require": {"ext-pcntl": "*"}}
    made = plan({**laravel(), "composer.lock": lock(horizon), "app/Jobs/Count.php": INDEX})
    assert processes(made)["worker"] == "php artisan horizon"


def test_a_procfile_lists_all_workers() -> None:
    procfile = "web: heroku-php-apache2 public/\nqueue: php artisan queue:work --tries=3\n"
    made = plan({**laravel(), "Procfile": procfile, "app/Jobs/Count.php": INDEX})
    assert processes(made) == {"web": "apache2-foreground", "queue": "php artisan queue:work --tries=3"}


def test_doctrines_migrations_are_a_release() -> None:
    require = {"symfony/framework-bundle": "7.*", "doctrine/doctrine-migrations-bundle": "^3"}
    made = plan({"composer.json": composer(require), "public/index.php": INDEX, "migrations/V1.php": INDEX})
    assert processes(made)["release"].startswith("php bin/console doctrine:migrations:migrate")


def test_symfonys_assets_are_compiled_where_no_script_does() -> None:
    packages = {"symfony/framework-bundle": "7.*", "symfony/asset-mapper": "7.*", "symfonycasts/sass-bundle": "1"}
    scripts = {"auto-scripts": {"importmap:install": "symfony-cmd"}, "post-install-cmd": ["@auto-scripts"]}
    files = {"composer.lock": lock(), "public/index.php": INDEX}
    made = plan({**files, "composer.json": composer(packages, scripts=scripts)})
    assert commands(made)[-2:] == ("php bin/console sass:build", "php bin/console asset-map:compile")
    alone = plan({**files, "composer.json": composer({"symfony/framework-bundle": "7.*"}, scripts=scripts)})
    assert not any("asset-map" in text for text in commands(alone))
