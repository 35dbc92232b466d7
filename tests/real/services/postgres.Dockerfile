# A stand-in for the official image where no registry can be reached: Debian's PostgreSQL with the same variables.
FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql \
    && rm -rf /var/lib/apt/lists/* /etc/postgresql/*/main
ENV PATH=/usr/lib/postgresql/17/bin:$PATH
RUN printf '%s\n' '#!/bin/sh' 'set -e' \
    'export PGDATA=/var/lib/postgresql/data' \
    'if [ ! -e "$PGDATA/PG_VERSION" ]; then' \
    'printf %s "$POSTGRES_PASSWORD" > /tmp/password' \
    'initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 >/dev/null' \
    'rm /tmp/password' \
    'echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"' \
    'pg_ctl -D "$PGDATA" -w -o "-k /tmp -c listen_addresses=" start >/dev/null' \
    'createdb -h /tmp -U "$POSTGRES_USER" "$POSTGRES_DB" 2>/dev/null || true' \
    'pg_ctl -D "$PGDATA" -w stop >/dev/null' \
    'fi' \
    'exec postgres -D "$PGDATA" -k /tmp -c "listen_addresses=*"' > /usr/local/bin/start \
    && chmod +x /usr/local/bin/start
USER postgres
CMD ["start"]
