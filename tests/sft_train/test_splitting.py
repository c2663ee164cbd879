"""Parts share nothing, have the wanted shares, and are drawn alike every time."""

from collections import Counter

import pytest

from harness.errors import UserError
from sft_train.data.distribution import compare, distance_findings
from sft_train.data.near import near_pairs
from sft_train.data.record import Row
from sft_train.data.sampling import sample_shares, stratified
from sft_train.data.splitting import Parts, group_rows, nearest_pairs, refuse_overlap, split_rows
from sft_train.data.versions import compare_versions, data_hash
from tests.sft_train.rows import talk

NOUNS = [
    "空调", "车窗", "座椅", "导航", "音乐", "电话", "雨刮", "天窗", "尾门", "灯光",
    "后视镜", "充电口", "胎压", "香氛", "屏幕", "方向盘", "安全带", "手刹", "油门", "刹车",
]  # fmt: skip
VERBS = ["打开", "关闭", "调高", "调低", "检查", "清洁", "预约", "收藏", "重启", "校准"]


def rows(count: int = 200) -> list[Row]:
    return [
        talk(f"{NOUNS[at // 10] * 3}的{NOUNS[at // 10]}要怎么{VERBS[at % 10]}", f"{NOUNS[at // 10]}已{VERBS[at % 10]}。", number=at,
             task="ab"[at % 4 == 0], group=f"g{at // 2}" if at < 40 else "")
        for at in range(count)
    ]  # fmt: skip


def numbers(part: list[Row]) -> list[int]:
    return [row.number for row in part]


def test_every_row_is_in_one_part_and_shares_are_kept_in_every_stratum() -> None:
    parts = split_rows(rows(), 0.1, 0.2, similar=0.9)
    assert sorted(numbers(parts.train) + numbers(parts.validation) + numbers(parts.test)) == list(range(200))
    for part, share in ((parts.validation, 0.1), (parts.test, 0.2)):
        counts = Counter(row.task for row in part)
        assert counts["a"] == pytest.approx(150 * share, abs=2)
        assert counts["b"] == pytest.approx(50 * share, abs=2)


def test_near_duplicates_and_rows_of_one_group_stay_on_one_side() -> None:
    parts = split_rows(rows(), 0.15, 0.15, similar=0.5)
    texts = [row.talk for part in parts.named().values() for row in part]
    sides = [at for at, part in enumerate(parts.named().values()) for _ in part]
    assert parts.largest > 2
    assert near_pairs(texts, 0.5, apart=sides) == []
    side = {row.number: name for name, part in parts.named().items() for row in part}
    assert all(side[at] == side[at + 1] for at in range(0, 40, 2))


def test_rows_of_one_group_stay_together_however_different_they_are() -> None:
    parts = split_rows(rows(), 0.15, 0.15, similar=1.0)
    side = {row.number: name for name, part in parts.named().items() for row in part}
    assert all(side[at] == side[at + 1] for at in range(0, 40, 2))


def test_rows_are_alike_by_their_questions_or_as_a_whole() -> None:
    same_question = [talk("后排座椅怎么放倒", "拉一下靠背上的拉环，再往前推到底就行了。"), talk("后排座椅怎么放倒？", "不行。")]
    same_answer = [talk("开灯", "好的，车内所有的灯都已经为您打开了，请放心。"), talk("亮", "好的，车内所有的灯都已经为您打开了，请放心。")]
    assert group_rows([*same_question, *same_answer], 0.7) == [0, 0, 1, 1]


def test_near_duplicates_would_be_parted_without_groups() -> None:
    """The rows are such that the test above can fail."""
    parts = split_rows(rows(), 0.15, 0.15, similar=1.0)
    texts = [row.talk for part in parts.named().values() for row in part]
    assert near_pairs(texts, 0.5, apart=[at for at, part in enumerate(parts.named().values()) for _ in part])


def test_the_same_seed_gives_the_same_parts_and_another_one_others() -> None:
    first, again, other = (split_rows(rows(), 0.1, 0.1, similar=0.9, seed=seed) for seed in (0, 0, 1))
    assert numbers(first.test) == numbers(again.test) != numbers(other.test)


def test_a_split_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(UserError, match="leave nothing to train on"):
        split_rows(rows(), 0.5, 0.5)
    with pytest.raises(UserError, match=r"No rows are left for validation: 4 rows in 1 groups"):
        split_rows([talk("打开空调吧", f"空调已打开，{n}", number=n) for n in range(4)], 0.2, 0.0, similar=0.3)


def test_held_out_rows_that_overlap_training_rows_are_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"validation part overlaps the training part in 1 rows \(rows, row 8 is 100% like rows, row 1\)"):
        refuse_overlap([talk("打开前排空调", "好的，已打开。")], [talk("打开前排空调！", "好的，已打开", number=8)], 0.6, "validation")
    refuse_overlap([talk("打开前排空调", "好的，已打开。")], [talk("讲一个关于海的故事", "从前有一片海。")], 0.6, "validation")


def test_the_nearest_pairs_are_the_most_alike_ones() -> None:
    train = [talk("把后排空调的温度调到二十度", "已调好。"), talk("唱一首歌", "好呀。", number=2)]
    held_out = [talk("把前排空调的温度调到二十度", "已调好。", number=3), talk("今天星期几", "星期四。", number=4)]
    assert [(pair.held_out.number, pair.train.number) for pair in nearest_pairs(train, held_out)] == [(3, 1)]


def test_sampling_reaches_the_wanted_shares_without_repeating_a_row() -> None:
    drawn = sample_shares(rows(), "task", {"a": 0.5, "b": 0.5})
    assert Counter(row.task for row in drawn.rows) == {"a": 50, "b": 50}
    assert len(set(numbers(drawn.rows))) == 100
    assert drawn.report["a"] == {"given": 150, "taken": 50, "repeated": 0, "wanted": 0.5, "reached": 0.5}


def test_sampling_may_repeat_rows_of_rare_values_as_often_as_allowed() -> None:
    drawn = sample_shares(rows(), "task", {"a": 0.3, "b": 0.7}, total=140, repeat=2)
    assert Counter(row.task for row in drawn.rows) == {"a": 42, "b": 98}
    assert max(Counter(numbers(drawn.rows)).values()) == 2
    assert drawn.report["b"]["repeated"] == 48


@pytest.mark.parametrize(
    ("shares", "total", "sentence"),
    [
        ({"a": 0.5}, None, "add up to 0.5"),
        ({"a": 0.5, "c": 0.5}, None, "No rows have task c; there are a, b"),
        ({"a": 0.5, "b": 0.5}, 101, "task 'b' allows 100"),
    ],
)
def test_sampling_that_is_impossible_is_refused(shares: dict[str, float], total: int | None, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        sample_shares(rows(), "task", shares, total)


def test_a_stratified_sample_has_at_least_its_share_of_every_stratum() -> None:
    mine = rows()
    chosen = [mine[at] for at in stratified(mine, 0.1, ("task", "lang"))]
    assert Counter(row.task for row in chosen) == {"a": 15, "b": 5}
    assert len(stratified([*mine, talk("an only English row", "yes", task="a")], 0.1, ("task", "lang"))) == 21


def test_a_field_that_rows_do_not_have_is_refused() -> None:
    with pytest.raises(UserError, match="has no field 'mood'"):
        stratified(rows(), 0.1, ("mood",))


def test_the_distance_to_real_requests_is_nought_for_the_same_shares_and_one_for_others() -> None:
    here = {each.feature: each for each in compare(rows(), rows())}
    assert all(each.distance == pytest.approx(0, abs=1e-6) for each in here.values())
    english = [talk("open it", "ok", task="c", number=at) for at in range(40)]
    there = {each.feature: each for each in compare(rows(), english)}
    assert there["lang"].distance == pytest.approx(1)
    assert there["task"].table["c"] == (0.0, 1.0)
    assert {each.text.split(":")[0] for each in distance_findings(list(there.values()), 40)} >= {"lang", "task"}
    assert distance_findings(list(there.values()), 10) == []


def test_a_version_is_known_by_contents_and_its_difference_is_told_by_row() -> None:
    old = [talk("a question", "an answer"), talk("another", "one", id="x"), talk("gone", "soon")]
    new = [talk("another", "two", id="x"), talk("a question", "an answer", number=9), talk("new", "row")]
    assert data_hash(old) == data_hash(old[::-1]) != data_hash(new)
    difference = compare_versions(old, new)
    assert ([row.question for row in difference.added], [row.question for row in difference.removed], difference.same) == (
        ["new"],
        ["gone"],
        1,
    )
    assert [(before.answer, after.answer) for before, after in difference.changed] == [("one", "two")]
    assert difference.by_task == {"(none)": (1, 1, 1)}


def test_parts_are_named() -> None:
    assert list(Parts().named()) == ["train", "validation", "test"]
