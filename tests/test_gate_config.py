"""gate.yaml: what it may say, and one sentence for whatever is wrong with it."""

from pathlib import Path

import pytest

from harness.errors import UserError
from harness.gate_config import DEPLOYMENT, GateConfig, check_names, read_gate

SUITES = "suites:\n  a: {tier: critical, margin: 0.03}\n  b: {tier: supporting}\n  c: {tier: report-only}\n"


def read(folder: Path, text: str) -> GateConfig:
    path = folder / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    return read_gate(path)


def test_a_gate_says_tiers_margins_and_a_composite(tmp_path: Path) -> None:
    gate = read(tmp_path, SUITES + "composite: {margin: 0.02, weights: {a: 0.75, b: 0.25}}\nvault: hidden\n")
    assert gate.critical == ("a",)
    assert gate.decisive() == ("a", "b")
    assert gate.decisive(release=True) == ("a", "b", "hidden")
    assert gate.suite("a").margin == 0.03
    assert gate.suite("hidden").tier == "critical"
    assert gate.suite("never named").tier == "report-only"


def test_the_deployment_preset_declares_what_quantising_changes_and_nothing_else(tmp_path: Path) -> None:
    composite = "composite: {margin: 0.02, weights: {a: 1}}\n"
    assert read(tmp_path, SUITES + composite).declared == frozenset()
    assert read(tmp_path, f"preset: deployment\n{SUITES}{composite}declare: [engine]\n").declared == {*DEPLOYMENT, "engine"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (SUITES + "composite: {margin: 0.02, weights: {a: 0.7, b: 0.2}}", "composite.weights: they sum to 0.9, and must sum to 1"),
        (SUITES + "composite: {margin: 0.02, weights: {a: 1.5, b: -0.5}}", "composite.weights.a: "),
        (SUITES + "composite: {margin: 0.02, weights: {}}", "composite.weights: "),
        (SUITES + "composite: {margin: 0.02, weights: {aa: 1}}", "names 'aa', which is not among the suites (did you mean 'a'?)"),
        (SUITES + "composite: {margin: 0.02, weights: {c: 1}}", "names 'c', which is report-only"),
        (SUITES + "composite: {margin: 0, weights: {a: 1}}", "composite.margin: 0 is no margin"),
        ("suites: {a: {tier: critcal}}", "suites.a.tier: 'critcal' is no tier (did you mean 'critical'?); there are critical, supporting"),
        ("suites: {a: {tier: critical, margin: 0}}", "suites.a.margin: 0 is no margin: it is the largest loss that counts as none"),
        ("suites: {a: {tier: critical, margin: 1}}", "suites.a.margin: 1 is no margin"),
        ("suites: {a: {tier: critical, margin: 3}}", "suites.a.margin: 3 is no margin"),
        ("suites: {a: {tier: critical, margin: -0.1}}", "suites.a.margin: -0.1 is no margin"),
        ("suites: {a: {tier: critical, margin: .nan}}", "suites.a.margin: nan is no margin"),
        ("suites: {a: {tier: critical, margin: small}}", "suites.a.margin: "),
        ("suites: {a: {tier: critical, direction: up}}", "suites.a.direction: "),
        ("suites: {a: {teir: critical}}", "suites.a.t"),
        ("suites: {}", "suites: "),
        ("suites: {a: {tier: report-only}}", "nothing decides"),
        ("suites: {a: {tier: supporting}}", "nothing decides"),
        ("preset: deployment\nsuites: {a: {tier: critical}}", "preset deployment needs at least one critical suite and a composite"),
        ("preset: deploy\n" + SUITES, "preset: "),
        (SUITES + "vault: b", "vault suite 'b' is supporting"),
        (SUITES + "  v: {tier: critical}\nvault: v\ncomposite: {margin: 0.1, weights: {v: 1}}", "names the vault suite 'v'"),
        ("suites: {a: {tier: critical}, b: {tier: critical}, c: {tier: critical}, d: {tier: critical}}",
         "4 suites are critical (a, b, c, d) and at most 3 may be"),
        ("- a\n- b", "holds a list, not settings"),
        ("just words", "holds only the value 'just words', not settings"),
        ("", "holds nothing, not settings"),
        ("suites: {a: {tier: !!python/object/apply:os.system ['true']}}", "not valid YAML in UTF-8: could not determine a constructor"),
        ("suites: {a: {tier: critical}}\nsuites: {b: {tier: critical}}", "key 'suites' already stands in line 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_the_file(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "gate.yaml") in str(caught.value)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_gate_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gate\.yaml: cannot be read .*harness gate plan"):
        read_gate(tmp_path / "gate.yaml")


def test_more_critical_suites_need_to_be_asked_for(tmp_path: Path) -> None:
    suites = "suites: {a: {tier: critical}, b: {tier: critical}, c: {tier: critical}, d: {tier: critical}}\n"
    assert len(read(tmp_path, suites + "max_critical: 4\n").critical) == 4


def test_the_vault_suite_is_not_counted_among_the_critical_ones(tmp_path: Path) -> None:
    suites = "suites: {a: {tier: critical}, b: {tier: critical}, c: {tier: critical}, d: {tier: critical, margin: 0.1}}\nvault: d\n"
    gate = read(tmp_path, suites)
    assert gate.critical == ("a", "b", "c")
    assert gate.suite("d").margin == 0.1


def test_a_suite_that_the_runs_do_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    gate = read(tmp_path, "suites: {forgeting: {tier: critical}}\nvault: hidden\n")
    with pytest.raises(UserError, match=r"names suite 'forgeting', which these runs do not have \(did you mean 'forgetting'\?\)"):
        check_names(gate, ["forgetting", "code"], "these runs")
