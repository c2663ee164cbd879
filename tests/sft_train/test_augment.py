"""New rows are what their rule says, wait in a queue, and keep their group; what a model writes badly is left out."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.engines.base import EngineSettings
from harness.errors import UserError
from sft_train.augment.command import augment
from sft_train.augment.generate import back_translate, document_qa, paraphrase, self_instruct
from sft_train.augment.mutations import mutate
from sft_train.augment.rules import make_repairs, map_terms, splice_dialogues, vary_wording
from sft_train.cli import app
from sft_train.data.forms import WAITING
from sft_train.data.record import Row, Turn
from tests.sft_train.rows import messages, talk, write_lines

HOME = talk("把客厅空调调到24度", "客厅空调已设为24度。", id="h1", task="home")


def test_terms_are_replaced_everywhere_longest_first_and_words_as_a_whole() -> None:
    rows = [HOME, talk("Dim the lamp in the lamplight room", "Lamp dimmed.", number=2), talk("讲个笑话", "好。")]
    made = list(map_terms(rows, {"客厅空调": "后排空调", "空调": "座舱空调", "lamp": "ambient light"}))
    assert [row.parts for row in made] == [
        ("把后排空调调到24度", "后排空调已设为24度。"), ("Dim the ambient light in the lamplight room", "ambient light dimmed."),
    ]  # fmt: skip
    assert made[0].group == "h1"
    assert made[0].extra[WAITING] == {"made": "term_map", "from": "h1"}


def test_a_wording_is_replaced_by_one_of_its_kind_in_the_question_alone() -> None:
    made = list(vary_wording([HOME, talk("开窗", "调到哪？")], {"调到": ["设为"], "客厅": ["卧室"]}))
    assert [row.parts for row in made] == [("把客厅空调设为24度", "客厅空调已设为24度。")]


def test_new_wordings_can_be_kept_to_rare_tasks(tmp_path: Path) -> None:
    rows = [
        messages(f"把{place}空调调到24度", "好。", task=task)
        for place, task in (("前排", "a"), ("后排", "a"), ("左侧", "a"), ("右侧", "b"))
    ]
    data = write_lines(tmp_path / "d.jsonl", rows)
    (tmp_path / "terms.yaml").write_text("wordings: {调到: [设为]}", encoding="utf-8")

    def made(name: str, rare: float | None) -> int:
        settings = EngineSettings()
        return augment([str(data)], "wording", tmp_path / name, terms=str(tmp_path / "terms.yaml"), model=None, settings=settings, count=9,
                       seed=0, rare=rare)  # fmt: skip

    assert (made("all.jsonl", None), made("rare.jsonl", 0.3)) == (4, 1)
    assert "右侧" in (tmp_path / "rare.jsonl").read_text(encoding="utf-8")
    with pytest.raises(UserError, match="raise --rare, or leave it out"):
        made("none.jsonl", 0.1)


def test_spliced_dialogues_change_the_topic_and_come_back() -> None:
    rows = [
        talk("开窗", "哪扇？", "左边", "已开。", task="a"), talk("放歌", "好。", task="b"), talk("Open it", "Ok.", task="b"),
        talk("再开", "好。", task="a", number=9),
    ]  # fmt: skip
    made = list(splice_dialogues(rows, 10))
    assert ("开窗", "哪扇？", "放歌", "好。", "左边", "已开。") in [row.parts for row in made]
    assert all("topic_change" in row.tags and row.lang == "zh" for row in made)
    assert len(list(splice_dialogues(rows, 1))) == 1


def test_dialogues_under_different_system_messages_are_not_joined() -> None:
    first, second = talk("开窗", "好。", task="a"), talk("放歌", "好。", task="b")
    ordered = replace(second, turns=(Turn("system", "只放歌。"), *second.turns))
    assert list(splice_dialogues([first, ordered], 10)) == []
    assert len(list(splice_dialogues([first, second], 10))) == 2


def test_every_mutation_is_one_change_that_still_parses() -> None:
    code = "def f(xs, n):\n    if n < 3 and xs:\n        return [x + 1 for x in xs if x in (1, 2)]\n    return True\n"
    mutants = mutate(code)
    assert {kind for kind, _ in mutants} == {"comparison", "logic", "operator", "constant"}
    plain = ast.unparse(ast.parse(code)).splitlines()
    for _, mutant in mutants:
        lines = ast.unparse(ast.parse(mutant)).splitlines()
        assert sum(one != other for one, other in zip(plain, lines, strict=True)) == 1
    assert len({mutant for _, mutant in mutants}) == len(mutants)
    assert mutate("这不是程序") == mutate("x = 'a'") == []


def test_a_repair_asks_for_the_program_as_it_was() -> None:
    code = "def add(a, b):\n    return a + b\n"
    (made,) = make_repairs([talk("写加法", f"如下：\n```python\n{code}```"), talk("问好", "你好。")])
    assert made.answer == f"```python\n{code}```"
    assert "return a - b" in made.question
    assert made.extra[WAITING]["mutation"] == "operator"


def answers(*texts: str) -> "Script":
    return Script(list(texts))


class Script:
    """Answers prompts from a list and remembers them."""

    def __init__(self, texts: list[str]) -> None:
        self.texts, self.prompts = texts, list[str]()

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        self.prompts += prompts
        return [self.texts.pop(0) for _ in prompts]


def parts(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return [row.parts for row in rows]


def test_paraphrases_that_are_none_are_left_out() -> None:
    rows = [HOME, HOME, HOME, HOME]
    made = list(paraphrase(rows, answers(" 客厅空调请设为24度 ", "", "把客厅空调调到24度！", "Set the living room to 24"), "m"))
    assert parts(made) == [("客厅空调请设为24度", "客厅空调已设为24度。")]
    assert made[0].extra[WAITING] == {"made": "paraphrase", "from": "h1", "model": "m"}


def test_back_translation_goes_by_the_other_language() -> None:
    script = answers("Set the living-room air con to 24", "请将客厅空调设定为24度")
    assert parts(list(back_translate([HOME], script, "m"))) == [("请将客厅空调设定为24度", "客厅空调已设为24度。")]
    assert "Translate into English" in script.prompts[0]
    assert "译成中文" in script.prompts[1]
    assert "Set the living-room air con to 24" in script.prompts[1]


def test_new_instructions_come_from_examples_of_the_task_and_need_question_and_answer() -> None:
    script = answers("问：打开加湿器\n答：加湿器已打开。", "我不会。")
    other = talk("关灯", "灯已关。", task="home", number=2)
    made = list(self_instruct([HOME, other], script, "m"))
    assert parts(made) == [("打开加湿器", "加湿器已打开。")]
    assert made[0].task == "home"
    assert "关灯" in script.prompts[0]


def test_a_question_about_a_document_keeps_the_document_as_its_fact() -> None:
    document = Row("docs", 1, text="快充口在左后翼子板。", lang="zh")
    (made,) = document_qa([document, HOME], answers("问：快充口在哪？\n答：左后翼子板。"), "m")
    assert (made.parts, made.facts, made.text) == (("快充口在哪？", "左后翼子板。"), ("快充口在左后翼子板。",), "")


def test_the_command_writes_a_queue_and_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "data.jsonl", [messages("把客厅灯打开", "好的。")])
    (tmp_path / "terms.yaml").write_text("terms: {客厅灯: 阅读灯}\n", encoding="utf-8")
    queue, terms = str(tmp_path / "queue.jsonl"), str(tmp_path / "terms.yaml")
    result = CliRunner().invoke(app, ["augment", data, "--kind", "term_map", "--terms", terms, "--out", queue])
    assert "1 rows wait in" in result.output
    assert "阅读灯" in Path(queue).read_text(encoding="utf-8")
    for kind, sentence in [
        ("term_map", "needs --terms FILE with `terms`"), ("wording", "needs --terms"), ("paraphrase", "name one with --model"),
        ("parphrase", "Unknown kind 'parphrase'; there are term_map"), ("splice", "no new row came of 1 rows"),
    ]:  # fmt: skip
        with pytest.raises(UserError, match=sentence):
            augment([data], kind, tmp_path / "q", terms=None, model=None, settings=EngineSettings(), count=5, seed=0)


def test_a_queue_that_is_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("")
    with pytest.raises(UserError, match="is there already"):
        augment(["nowhere.jsonl"], "splice", tmp_path / "q.jsonl", terms=None, model=None, settings=EngineSettings(), count=5, seed=0)


@pytest.mark.engine
def test_an_engine_of_the_harness_answers_in_order(tiny_model: Path) -> None:
    from sft_train.augment.engine import engine_ask

    ask, model = engine_ask(str(tiny_model), EngineSettings("transformers", "cpu"), max_tokens=4, temperature=0.0)
    first = ask(["空调", "the quick brown fox", "导航"])
    assert model.label == "tiny"
    assert ask(["空调"])[0] == first[0]
    assert len(first) == 3
    assert ask([]) == []
