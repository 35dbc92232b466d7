"""What works beside a Ruby app: workers, and what is run before a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.origin import Origin
from buildplan.read import data_table

from .start_command import Start

if TYPE_CHECKING:
    from .project import Project


def workers(project: Project) -> list[tuple[str, Start]]:
    """Return the workers of the declared gems, by the names of their processes."""
    found = []
    for row in data_table.read(__file__, "frameworks")["worker"]:
        gem = project.gemfile.gem(row["gem"]) if project.gemfile is not None else None
        if gem is None or ("needs" in row and not project.tree.has(row["needs"])):
            continue
        line = row["command"]
        if "file" in row and project.tree.has(row["file"]):
            line = row["file"]
        if row["gem"] == "sidekiq" and project.rails is None:
            script = project.tree.first("config/boot.rb", "config/environment.rb", "worker.rb", "app.rb", "main.rb")
            if script is None:
                continue
            line += f" -r ./{script}"
        found.append((row["name"], Start(line, gem.origin, f"{row['gem']} works through its queue", None)))
    return found


def alone(project: Project) -> Start | None:
    """Return the worker of an app that is nothing else."""
    found = workers(project) if project.rails is None else []
    return found[0][1] if found else None


def release(project: Project) -> Start | None:
    """Return what prepares the database; in a Rails app with several databases that loads their schemas too."""
    tree = project.tree
    hanami = project.gemfile.gem("hanami") if project.gemfile is not None else None
    if hanami is not None and project.rails is None:
        migrations = any(tree.has_directory(name) for name in ("config/db/migrate", "db/migrations"))
        line = "bundle exec hanami db migrate"
        return Start(line, hanami.origin, "the database is prepared before a release", None) if migrations else None
    migrations = tree.has_directory("db/migrate") or tree.has("db/schema.rb") or tree.has("db/structure.sql")
    if not migrations:
        return None
    if project.rails is not None:
        program = "bin/rails" if tree.has("bin/rails") else "bundle exec rails"
        several = any(tree.has(f"db/{name}_schema.rb") for name in ("queue", "cache", "cable"))
        task = "db:prepare" if several else "db:migrate"
        return Start(f"{program} {task}", Origin("db"), "the database is prepared before a release", None)
    gem = project.gemfile.gem("sinatra-activerecord") if project.gemfile is not None else None
    if gem is not None and tree.has("Rakefile"):
        return Start("bundle exec rake db:migrate", gem.origin, "the database is prepared before a release", None)
    return None
