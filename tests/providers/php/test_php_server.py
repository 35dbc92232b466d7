from __future__ import annotations

import pytest
from php_trees import INDEX, composer, extensions, laravel, processes
from planned import codes, plan

HEROKU = "web: vendor/bin/heroku-php-apache2 public/\n"


def test_apache_listens_on_the_port_and_runs_as_www_data() -> None:
    made = plan({"public/index.php": INDEX})
    text = made.dockerfile()
    assert "FROM php:8.4-apache-trixie\n" in text
    assert "sed -i 's/^Listen 80$/Listen ${PORT}/' /etc/apache2/ports.conf" in text
    assert "s!/var/www/html!/app/public!" in text
    assert "USER 33:33" in text
    assert "EXPOSE 8080" in text
    assert 'CMD ["apache2-foreground"]' in text
    assert "tini" not in text
    assert "STOPSIGNAL" not in text, "Apache's image has a graceful one"


def test_what_belongs_to_the_system_stays_roots() -> None:
    text = plan({"public/index.php": INDEX}).dockerfile()
    assert "COPY --from=server /etc/apache2 /etc/apache2" in text
    assert "COPY --from=server /usr/local/etc/php /usr/local/etc/php" in text
    assert "COPY --chown=33:33 . ." in text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("php artisan serve --host=0.0.0.0 --port=$PORT", "BP640"),
        ("php -S 0.0.0.0:$PORT -t public", "BP640"),
        ("supervisord -c supervisord.conf", "BP641"),
        ("php-fpm -D && nginx -g 'daemon off;'", "BP641"),
    ],
)
def test_apache_takes_the_place_of_what_is_not_for_production(line: str, code: str) -> None:
    made = plan({**laravel(), "Procfile": f"web: {line}\n"})
    assert processes(made)["web"] == "apache2-foreground"
    assert code in codes(made)


def test_the_start_command_of_nixpacks_own_image_is_replaced() -> None:
    command = "php artisan migrate --force && node /assets/scripts/prestart.mjs && (php-fpm & nginx -c /nginx.conf)"
    made = plan({**laravel(), "nixpacks.toml": f'[start]\ncmd = "{command}"\n'})
    assert processes(made)["web"] == "apache2-foreground"
    assert {"BP641", "BP642"} <= codes(made)


def test_herokus_command_is_apache() -> None:
    made = plan({**laravel(), "Procfile": HEROKU})
    assert processes(made)["web"] == "apache2-foreground"
    assert "EXPOSE 8080" in made.dockerfile()


def test_a_configured_command_is_kept_with_an_init() -> None:
    made = plan({"index.php": INDEX}, start_cmd="php -S 0.0.0.0:$PORT")
    assert processes(made)["web"] == "php -S 0.0.0.0:$PORT"
    assert made.run.init
    assert "php:8.4-cli-trixie" in made.dockerfile()
    assert "BP640" in codes(made)


def test_a_front_controller_may_be_served_by_frankenphp() -> None:
    made = plan({"public/index.php": INDEX}, start_cmd="frankenphp php-server --root public")
    assert "FROM dunglas/frankenphp:1-php8.4-trixie\n" in made.dockerfile()


@pytest.mark.parametrize(
    ("server", "image", "wanted", "more"),
    [
        # Without that option Octane computes a port that does not exist for every PORT below 5981.
        ("frankenphp", "dunglas/frankenphp:1-php8.4-trixie", ["pcntl"], " --admin-port=2019"),
        ("swoole", "php:8.4-cli-trixie", ["pcntl", "swoole"], ""),
    ],
)
def test_octane_runs_its_own_server(server: str, image: str, wanted: list[str], more: str) -> None:
    require = {"laravel/framework": "^12", "laravel/octane": "^2"}
    config = f"<?php return ['server' => env('OCTANE_SERVER', '{server}')];"
    made = plan({**laravel(), "composer.json": composer(require), "config/octane.php": config})
    assert processes(made)["web"] == f"php artisan octane:{server} --host=0.0.0.0 --port=${{PORT}}{more}"
    assert f"FROM {image}\n" in made.dockerfile()
    assert extensions(made) == wanted


def test_roadrunner_is_replaced_and_reported() -> None:
    require = {"laravel/framework": "^12", "laravel/octane": "^2"}
    made = plan({**laravel(), "composer.json": composer(require), ".env.example": "OCTANE_SERVER=roadrunner\n"})
    assert processes(made)["web"] == "apache2-foreground"
    assert "BP813" in codes(made)


def test_a_framework_with_a_server_of_its_own_runs_it() -> None:
    tree = {"composer.json": composer({"hyperf/http-server": "^3"}), "bin/hyperf.php": INDEX}
    made = plan(tree)
    assert processes(made)["web"] == "php bin/hyperf.php start"
    assert "swoole" in extensions(made)
    assert made.process("web").port == 9501  # type: ignore[union-attr]


def test_a_script_alone_is_a_worker() -> None:
    made = plan({"bot.php": "<?php while (true) sleep(1);", "composer.json": composer({"a/b": "1"})})
    assert processes(made) == {"worker": "php bot.php"}
    assert made.run.init
