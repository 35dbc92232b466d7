"""Programs that serve with a sub-command: when it is added, and which one."""

from __future__ import annotations

import pytest
from go_trees import MOD
from planned import decision, plan, started

COBRA = """package main

import (
	"net/http"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use: "shop",@ROOT@
	}
	root.AddCommand(&cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve the shop",
		RunE: func(cmd *cobra.Command, args []string) error {
			return http.ListenAndServe(":8000", nil)
		},
	}, &cobra.Command{Use: "version", Run: func(cmd *cobra.Command, args []string) {}})
	_ = root.Execute()
}
"""
URFAVE = """package main

import (
	"net/http"

	"github.com/urfave/cli/v2"
)

var commands = []*cli.Command{web}

var web = &cli.Command{
	Name:   "web",
	Action: func(c *cli.Context) error { return http.ListenAndServe(":8000", nil) },
}

func main() {
	app := &cli.App{Name: "shop", Commands: commands}
	_ = app.Run(nil)
}
"""
GIVEN = "\n\t\tRun: func(cmd *cobra.Command, args []string) { serve() },"
HELP = "\n\t\tRun: func(cmd *cobra.Command, args []string) {\n\t\t\tcmd.Help()\n\t\t},"


def start(code: str, **files: str) -> str:
    return started(plan({"go.mod": MOD, "cmd/shop/main.go": code, **files}))


@pytest.mark.parametrize("root", ["", HELP])
def test_a_program_that_only_shows_its_help_is_started_with_what_serves(root: str) -> None:
    assert start(COBRA.replace("@ROOT@", root)) == "/app/bin/shop serve"


def test_the_other_library_is_read_too() -> None:
    assert start(URFAVE) == "/app/bin/shop web"
    own = URFAVE.replace("Commands: commands", "Action: run, Commands: commands")
    assert start(own) == "/app/bin/shop"


def test_a_program_that_does_something_by_itself_is_started_as_it_is() -> None:
    assert start(COBRA.replace("@ROOT@", GIVEN)) == "/app/bin/shop"
    later = COBRA.replace("@ROOT@", "").replace("\t_ = root", "\troot.RunE = serve\n\t_ = root")
    assert start(later) == "/app/bin/shop"


@pytest.mark.parametrize(
    "line", ['ENTRYPOINT ["/shop"]\nCMD ["serve"]', 'CMD ["shop", "serve", "x.yaml"]', "CMD shop serve"]
)
def test_the_word_that_the_authors_image_starts_it_with_wins(line: str) -> None:
    tree = {"go.mod": MOD, "cmd/shop/main.go": COBRA.replace("@ROOT@", GIVEN), "Dockerfile": f"FROM scratch\n{line}\n"}
    made = plan(tree)
    assert started(made) == "/app/bin/shop serve"
    assert decision(made, "start").origin.path == "Dockerfile"


def test_a_word_that_no_command_of_the_code_has_is_not_taken() -> None:
    assert start(COBRA.replace("@ROOT@", GIVEN), Dockerfile='FROM a\nCMD ["shop", "run", "; rm"]\n') == "/app/bin/shop"


def test_a_command_that_does_not_serve_by_its_name_is_not_guessed() -> None:
    assert start(COBRA.replace("@ROOT@", "").replace('"serve [flags]"', '"listen-for-orders"')) == "/app/bin/shop"


def test_the_owners_start_command_is_left_alone() -> None:
    assert start(COBRA.replace("@ROOT@", ""), Procfile="web: shop version\n") == "/app/bin/shop version"
