# A stand-in for the official image where no registry can be reached: Debian's MariaDB with the same variables.
FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends mariadb-server \
    && rm -rf /var/lib/apt/lists/* /var/lib/mysql/* \
    && install -d -o mysql -g mysql /run/mysqld /var/lib/mysql
RUN printf '%s\n' '#!/bin/sh' 'set -e' \
    'mariadb-install-db --user=mysql --datadir=/var/lib/mysql >/dev/null' \
    'printf "CREATE DATABASE %s; CREATE USER %s IDENTIFIED BY \"%s\"; GRANT ALL ON %s.* TO %s;\n"' \
    '  "$MARIADB_DATABASE" "$MARIADB_USER" "$MARIADB_PASSWORD" "$MARIADB_DATABASE" "$MARIADB_USER" > /tmp/init.sql' \
    'exec mariadbd --user=mysql --bind-address=0.0.0.0 --init-file=/tmp/init.sql' > /usr/local/bin/start \
    && printf '%s\n' '#!/bin/sh' 'exec mariadb-admin ping -h 127.0.0.1 --silent' > /usr/local/bin/healthcheck.sh \
    && chmod +x /usr/local/bin/start /usr/local/bin/healthcheck.sh
USER mysql
CMD ["start"]
