"""Who wins, who helps, and how it is said."""

from __future__ import annotations

import pytest

from buildplan.compose.composition import combined, compose
from buildplan.errors import ConfigError, NoProviderError, PlanError
from buildplan.language import registry
from buildplan.language.contract import Detection, Provider, ProviderPlan, Strength
from buildplan.model.build_plan import Evidence, Input, Phase, Process, Role, Run, Runtime
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Extend, Overrides, Replace
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

TREE = SourceTree(MemoryBackend({"x": ""}))
HERE = Origin("buildplan.toml", 1, "providers")


def provider(
    name: str, strength: Strength, role: Role = "app", *, build: bool = False, static: bool = False, below: bool = False
) -> Provider:
    setup = Phase("setup", runtime=Runtime(name, "1"))
    install = Phase("install", commands=(f"{name} install",), depends_on=("setup",))
    make = Phase("build", commands=(f"{name} build",), inputs=(Input("."),), depends_on=("install",))

    def answer() -> ProviderPlan:
        reasons = Reasons()
        reasons.decide("phases.build.commands", f"{name} build", Origin(name), "a rule")
        phases = (setup, install, make) if build or role == "assets" else (setup, install)
        if role == "assets":
            assets = (Input("public/", "build"),)
            return ProviderPlan(phases=phases, assets=assets, decisions=reasons.decisions, artifacts=("public",))
        copies = (Input(".", "build"),) if build else (Input("."),)
        run = Run(Runtime(name, "1"), copies=copies)
        return ProviderPlan(phases, run, (Process("web", argv=(name,)),), decisions=reasons.decisions)

    detection = Detection(strength, (Evidence("a file", Origin(f"{name}.toml")),), role, static=static, below=below)
    return Provider(name, name.title(), lambda *_: detection, lambda *_: answer(), "add something")


def use(monkeypatch: pytest.MonkeyPatch, *providers: Provider) -> None:
    monkeypatch.setattr(registry, "third_party", tuple)
    monkeypatch.setattr(registry, "builtin", lambda _: providers)
    by_name = {item.name: item for item in providers}
    monkeypatch.setattr(registry, "named", lambda name, _: by_name[name])


def test_the_strongest_evidence_is_the_app_and_the_others_are_runners_up(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.SITE), provider("b", Strength.APP))
    made = compose(TREE, Overrides())
    assert made.app.provider.name == "b"
    assert [loser.value for loser in made.decision.runners_up] == ["a"]


def test_of_equal_evidence_a_program_is_the_app_before_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.APP, static=True), provider("b", Strength.APP))
    made = compose(TREE, Overrides())
    assert made.app.provider.name == "b"
    assert made.diagnostics == ()


def test_of_equal_evidence_the_app_at_the_root_comes_before_one_in_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.APP, below=True), provider("b", Strength.APP))
    made = compose(TREE, Overrides())
    assert made.app.provider.name == "b"
    assert made.diagnostics == ()


def test_a_site_of_stronger_evidence_is_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.APP, static=True), provider("b", Strength.MANIFEST))
    assert compose(TREE, Overrides()).app.provider.name == "a"


def test_equal_evidence_goes_by_name_and_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("b", Strength.APP), provider("a", Strength.APP))
    made = compose(TREE, Overrides())
    assert made.app.provider.name == "a"
    assert [item.code for item in made.diagnostics] == ["BP679"]
    assert "`b`" in made.diagnostics[0].text


def test_a_provider_of_assets_is_never_the_app_beside_one_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.APP, "assets"), provider("b", Strength.MANIFEST))
    made = compose(TREE, Overrides())
    assert made.app.provider.name == "b"
    assert [item.provider.name for item in made.assets] == ["a"]


def test_assets_go_into_the_image_beside_an_app_that_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.MANIFEST, "assets"), provider("b", Strength.APP))
    plan = combined(TREE, compose(TREE, Overrides()), Overrides())
    assert plan.run is not None
    assert plan.run.copies == (Input("."), Input("public/", "a:build"))
    names = {phase.name: phase.depends_on for phase in plan.phases}
    assert names["a:build"] == ("a:install",)
    assert names["install"] == ("setup",)
    assert "phases.a:build.commands" in {decision.field for decision in plan.decisions}


def test_assets_are_there_before_the_app_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.MANIFEST, "assets"), provider("b", Strength.APP, build=True))
    plan = combined(TREE, compose(TREE, Overrides()), Overrides())
    assert plan.run is not None
    assert plan.run.copies == (Input(".", "build"),)
    build = next(phase for phase in plan.phases if phase.name == "build")
    assert build.inputs == (Input("."), Input("public/", "a:build"))


def test_a_configured_list_always_wins_and_its_first_name_is_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.STRAY), provider("b", Strength.APP))
    asked = Overrides(providers=Replace((Sourced("a", HERE),)))
    made = compose(TREE, asked)
    assert made.app.provider.name == "a"
    assert made.decision.origin == HERE


def test_the_marker_stands_for_what_was_detected_and_nothing_is_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.STRAY, "assets"), provider("b", Strength.APP))
    asked = Overrides(providers=Extend(after=(Sourced("a", HERE), Sourced("b", HERE))))
    made = compose(TREE, asked)
    assert [made.app.provider.name, *(item.provider.name for item in made.assets)] == ["b", "a"]


def test_an_empty_list_of_providers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.APP))
    with pytest.raises(PlanError, match="list of providers is empty"):
        compose(TREE, Overrides(providers=Replace(())))


def test_only_assets_is_an_error_that_says_how_to_name_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, provider("a", Strength.MANIFEST, "assets"))
    with pytest.raises(PlanError, match="finds only assets") as caught:
        combined(TREE, compose(TREE, Overrides()), Overrides())
    assert "providers" in str(caught.value.hint)


def test_nobody_knows_the_tree_and_the_message_says_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    tree = SourceTree(MemoryBackend({"notes.txt": "", "web/package.json": "{}"}))
    with pytest.raises(NoProviderError, match=r"looked at `notes.txt`, `web/`") as caught:
        compose(tree, Overrides())
    assert caught.value.hint == "there is something in `web/`; plan it with `--app web`"


def test_an_unknown_provider_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="no provider `rubby`"):
        compose(TREE, Overrides(providers=Replace((Sourced("rubby", HERE),))))
