"""Tables of facts: reading, refusing, finding; the bundled table and the suite's passages agree."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import UserError
from harness.knowledge import FeatureFact, Knowledge, NumberFact, load_knowledge
from harness.plan import Choice, plan_suites
from harness.scorers.claims import name_claims, number_claims
from harness.scorers.mentions import read
from harness.suite import bundled_folder, load_suite
from harness.suite_check import check_suite, check_targets
from tests.conftest import item_line, write_suite

FACT = {"id": "a.speed", "kind": "number", "value": 5, "unit": "km/h", "zh": ["车速"], "en": ["speed"]}
HALLUCINATION = bundled_folder() / "hallucination"


def table(*facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"subject": ["X5"], "facts": list(facts), **more}


def feature(identifier: str, has: bool, name: str) -> dict[str, Any]:
    return {"id": identifier, "kind": "feature", "has": has, "zh": [name], "en": [name]}


def write_table(folder: Path, content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "facts.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("facts: [", "not valid YAML"),
        ("[]", "facts.yaml: .*dictionary"),
        (table(), "facts: .*at least 1"),
        (table(FACT, FACT), "'a.speed' stands there twice"),
        (table(FACT | {"unit": "furlong"}), "unknown unit 'furlong'"),
        (table(FACT | {"min": 1, "max": 2}), "either value, or both min and max"),
        (table({name: value for name, value in FACT.items() if name != "value"}), "either value, or both min and max"),
        (table({name: value for name, value in FACT.items() if name != "value"} | {"min": 2}), "either value, or both min and max"),
        (table({name: value for name, value in FACT.items() if name != "value"} | {"min": 2, "max": 2}), "min is not below max"),
        (table(FACT | {"counted": ["seats"]}), "counted goes with numbers that have no unit"),
        (table(FACT | {"tolerance": -1}), "tolerance"),
        (table(FACT | {"kind": "guess"}), "kind"),
        (table(FACT | {"zh": []}), "zh"),
        (table(FACT | {"en": [" "]}), "en"),
        (table(FACT | {"id": "speed"}), "id"),
        (table(FACT | {"colour": "red"}), "colour"),
        (table({"id": "a.modes", "kind": "options", "options": [["eco"]], "zh": ["模式"], "en": ["modes"]}), "options"),
        (table(feature("a.roof", True, "Roof"), absent=[["roof"]]), "'roof' is both absent and a name of 'a.roof'"),
        (table(feature("a.roof", True, "Roof"), feature("b.roof", False, "roof")), "'roof' is both absent"),
    ],
)
def test_a_bad_table_is_refused_by_file_and_reason(tmp_path: Path, content: Any, message: str) -> None:
    path = write_table(tmp_path, content)
    with pytest.raises(UserError, match=message) as caught:
        load_knowledge(path)
    assert str(path) in str(caught.value)


def test_a_missing_table_is_refused_by_name(tmp_path: Path) -> None:
    write_suite(tmp_path, knowledge="facts.yaml")
    with pytest.raises(UserError, match=r"facts\.yaml: cannot be read"):
        load_suite(tmp_path)


@pytest.mark.parametrize("name", ["../facts.yaml", "/etc/facts.yaml", "facts.json"])
def test_a_table_lies_in_the_suites_folder(tmp_path: Path, name: str) -> None:
    write_suite(tmp_path, knowledge=name)
    with pytest.raises(UserError, match="knowledge"):
        load_suite(tmp_path)


def test_facts_are_found_by_id_and_ranges_by_their_ends() -> None:
    window = {"id": "a.window", "kind": "number", "min": 1, "max": 2.5, "unit": "m", "zh": ["窗"], "en": ["window"]}
    found = Knowledge.model_validate(table(FACT, window))
    assert found.find("a.speed")[0].id == "a.speed"
    fact, part = found.find("a.window.max")
    assert isinstance(fact, NumberFact)
    assert (fact.shown(), fact.shown(part), fact.shown("min")) == ("1–2.5 m", "2.5 m", "1 m")
    for missing in ("a", "a.speed.max", "a.window.middle", "max"):
        with pytest.raises(ValueError, match="no fact"):
            found.find(missing)


def facts_suite(folder: Path, value: float, *, knowledge: bool = True) -> Path:
    target = {"mode": "state", "facts": ["a.speed"]}
    items = [item_line("a", scorer="facts", target=target, **{"pass": ["5 km/h"], "fail": ["6 km/h"]})]
    write_suite(folder, items, primary_metric="truthful", **({"knowledge": "facts.yaml"} if knowledge else {}))
    write_table(folder, table(FACT | {"value": value}))
    return folder


def test_a_suite_is_judged_by_its_own_table(tmp_path: Path) -> None:
    assert check_suite(load_suite(facts_suite(tmp_path / "five", 5))).problems == ()
    assert len(check_suite(load_suite(facts_suite(tmp_path / "six", 6))).problems) == 2


def test_another_table_is_another_suite_and_other_items(tmp_path: Path) -> None:
    suites = [load_suite(facts_suite(tmp_path / str(value), value)) for value in (5, 5.0, 6)]
    hashes = [(suite.content_hash, plan_suites([suite], Choice())[0].items_hash) for suite in suites]
    assert hashes[0] == hashes[1]
    assert hashes[0][0] != hashes[2][0]
    assert hashes[0][1] != hashes[2][1]


def test_facts_without_a_table_are_refused_before_anything_is_generated(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"item 'a'.*names no knowledge table"):
        check_targets(load_suite(facts_suite(tmp_path, 5, knowledge=False)))


# The bundled table


def test_the_bundled_table_has_its_facts_in_both_languages() -> None:
    vehicle = load_knowledge(HALLUCINATION / "vehicle.yaml")
    assert len(vehicle.facts) >= 80
    assert {fact.kind for fact in vehicle.facts} == {"number", "options", "name", "term", "feature"}
    assert all(any("\u4e00" <= char <= "\u9fff" for char in "".join(fact.zh)) or fact.zh[0].isascii() for fact in vehicle.facts)
    assert all(name.isascii() or "–" in name or "…" in name for fact in vehicle.facts for name in fact.en)
    assert any(isinstance(fact, FeatureFact) and not fact.has for fact in vehicle.facts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("item", "reference", "sentence"),
    [
        ("ha-zh-001", "charging.dc_time", "直流快充从30%充至80%约需28分钟"),
        ("ha-zh-001", "charging.dc_port", "直流充电口位于左后翼子板"),
        ("ha-zh-001", "charging.ac_port", "交流充电口位于右前翼子板"),
        ("ha-zh-001", "battery.preheat_below", "气温低于零下10℃时，系统会先预热电池"),
        ("ha-zh-010", "torque.stabiliser_link", "左前稳定杆连杆一根，按58牛·米拧紧"),
        ("ha-zh-013", "cockpit.nap_temperature", "空调保持26℃"),
        ("ha-zh-013", "cockpit.nap_duration", "45分钟后"),
        ("ha-zh-013", "cockpit.nap_min_charge", "电量低于20%时"),
        ("ha-zh-013", "software.update_time", "升级约需35分钟"),
        ("ha-zh-025", "tailgate.height", "尾门开启高度可在1.2米至1.9米之间设定"),
        ("ha-zh-025", "tailgate.hold", "长按关闭按钮3秒"),
        ("ha-zh-025", "tailgate.beeps", "听到两声提示音"),
        ("ha-zh-025", "boot.volume", "后备厢容积由540升"),
        ("ha-zh-025", "boot.volume_folded", "增至1480升"),
        ("ha-en-001", "climate.rear_temperature", "17 to 29 degrees Celsius"),
        ("ha-en-001", "seats.heating_levels", "three stages"),
        ("ha-en-010", "care.coolant_pressure", "1.4 bar"),
        ("ha-en-013", "app.key_shares", "shared with up to four people"),
        ("ha-en-013", "app.parking_slope", "slopes of up to six percent"),
        ("ha-en-013", "app.diary_days", "last ninety days"),
        ("ha-en-025", "load.roof", "roof rails of the Lingyun X5 carry up to 75 kg"),
        ("ha-en-025", "towing.braked", "A braked trailer may weigh at most 1,500 kg"),
        ("ha-en-025", "towing.braked_long_range", "for the long-range version the limit is 1,200 kg"),
        ("ha-en-025", "towing.speed", "do not drive faster than 90 km/h"),
    ],
)
def test_the_bundled_table_agrees_with_the_passages(item: str, reference: str, sentence: str) -> None:
    suite = load_suite(HALLUCINATION)
    prompt = next(each.prompt for each in suite.items if each.id == item)
    assert sentence in prompt
    assert suite.knowledge is not None
    fact, part = suite.knowledge.find(reference)
    lines = read(sentence, suite.knowledge)
    if isinstance(fact, NumberFact):
        claims = list(number_claims(fact, part, lines, suite.knowledge, []))
    else:
        assert fact.kind == "name"
        claims = list(name_claims(fact, lines, suite.knowledge))
    assert claims
    assert all(claim.agrees and claim.states for claim in claims)


@pytest.mark.slow
def test_prompts_that_give_part_of_the_table_give_it_right() -> None:
    suite = load_suite(HALLUCINATION)
    assert suite.knowledge is not None
    for item in suite.items:
        if item.scorer == "facts" and item.target["mode"] == "state":
            lines = read(f"{item.system or ''}\n{item.prompt}", suite.knowledge)
            for reference in item.target["facts"]:
                fact, part = suite.knowledge.find(reference)
                if isinstance(fact, NumberFact):
                    claims = list(number_claims(fact, part, lines, suite.knowledge, []))
                    assert any(claim.states for claim in claims), json.dumps([item.id, reference])
