"""Each fault is found and what is like it is not; duplicates in Chinese and English; personal data."""

import pytest

from harness.suite_similar import jaccard
from sft_train.data.clean import clean, conflicts
from sft_train.data.diversity import diversity, diversity_findings
from sft_train.data.fingerprints import Texts
from sft_train.data.near import near_pairs
from sft_train.data.privacy import find_private, mask_row
from sft_train.data.record import Row
from tests.sft_train.rows import talk

LONG = "座椅加热一共有三挡，最高挡十分钟后会自动降低一挡，避免低温烫伤。"


def reasons(*rows: Row) -> list[str]:
    return [each.reason for each in clean(rows).left]


@pytest.mark.parametrize(
    ("prompt", "answer", "reason"),
    [
        ("空调", "。。。", "empty"),
        ("空调怎么开", "鎵撳紑绌鸿皟", "mojibake"),
        ("空调怎么开", "鎵撳紑绌", "mojibake"),
        ("How are you", "Itâ€™s fine, thank you.", "mojibake"),
        ("Say it in French", "CafÃ© crÃ¨me", "mojibake"),
        ("空调怎么开", "锟斤拷锟斤拷", "mojibake"),
        ("讲个笑话", "哈" * 12, "noise"),
        ("tell me", "all right then " * 8, "noise"),
        ("介绍一下", "<div class='a'>空调</div>", "noise"),
        ("介绍一下", "空调\x07已打开", "noise"),
        ("介绍一下", "!@#￥%……&*（）——+@#￥%…&*（）a", "noise"),
        ("打开空调", "打开空调。", "echo"),
        ("?", "您好，请问有什么可以帮您？", "empty"),
        ("嗯", "好的。", "too_short"),
        ("为什么会起雾", "因为车内外温差大，所以", "cut_off"),
        ("Why", "Because the air inside is warmer and", "cut_off"),
        ("写个函数", "```python\ndef f():\n    return 1", "cut_off"),
        ("胎压多少", "前轮2.4巴（空载", "cut_off"),
        ("你能做什么", "作为一个人工智能语言模型，我可以开空调。", "redundant"),
        ("What can you do", "As an AI language model, I can open windows.", "redundant"),
        ("总结", "空调已经为您打开了。空调已经为您打开了。空调已经为您打开了。", "redundant"),
    ],
)
def test_a_fault_is_found(prompt: str, answer: str, reason: str) -> None:
    assert reasons(talk(prompt, answer)) == [reason]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("1+1等于几", "2"),
        ("哪个运算符表示相加？", "+"),
        ("Which sign is it?", "="),
        ("法国首都的咖啡馆", "Café de Flore，naïve 与 déjà vu 都写对了。"),
        ("写一段网页", "```html\n<div>空调</div>\n```"),
        ("圆周率", "3.1415926535897932384626433832795"),
        ("打开空调", "好的，空调已打开。"),
        ("举三个例子", "- 空调\n- 车窗\n- 座椅"),
        ("笑一个", "哈哈哈哈哈"),
        ("报告", "项目：检查完毕\n(1) 胎压正常\n2) 电量充足"),
        ("你是谁", "我是您的车载助手。"),
        ("接。", "已接通。"),
        ("列表", "| 时间 | 安排 |\n|---|---|\n| 7:00 | 出门 |"),
    ],
)
def test_what_is_only_unusual_is_kept(prompt: str, answer: str) -> None:
    rows = [talk("打开后排的车窗", "好的。", prompt, answer)]
    assert [(each.reason, each.text) for each in clean(rows).left] == []


def test_the_same_words_count_as_a_duplicate_whatever_their_case_width_and_punctuation() -> None:
    found = clean([talk("打开空调", "OK，空调已打开。"), talk("打开空调！", "ｏｋ 空调已打开", number=2)])
    assert [(each.row.number, each.reason) for each in found.left] == [(2, "duplicate")]
    assert "rows, row 1" in found.left[0].text


def test_a_row_that_is_only_like_one_that_was_left_out_is_kept() -> None:
    signs = "零一二三四五六七八九十百千万"
    rows = [Row("rows", at, text=signs[at : at + 10], lang="zh") for at in range(3)]
    found = clean(rows, near=0.6)
    assert [row.number for row in found.kept] == [0, 2]
    assert [each.reason for each in clean(rows[1:], near=0.6).left] == ["near_duplicate"]


def test_the_same_words_in_other_turns_are_no_duplicate() -> None:
    assert clean([talk("开窗好吗", "好的，马上"), talk("开窗好吗好的", "马上")], off=["near_duplicate"]).left == []


@pytest.mark.parametrize("text", [LONG, "The heated seats have three levels; after ten minutes the highest drops by one to prevent burns."])
def test_near_duplicates_are_found_in_both_languages(text: str) -> None:
    other = text.replace("十分钟", "8分钟").replace("ten minutes", "9 minutes")
    found = clean([talk("座椅 seats", text), talk("后视镜怎么折叠", "长按开关两秒。"), talk("座椅 seats", other, number=3)])
    assert [(each.row.number, each.reason) for each in found.left] == [(3, "near_duplicate")]
    assert len(clean([talk("座椅 seats", text), talk("座椅 seats", other, number=3)], off=["near_duplicate"]).kept) == 2


def test_commands_that_differ_in_what_matters_are_kept() -> None:
    rows = [talk("把空调调到24度", "空调已设为24℃。"), talk("把空调调到18度", "空调已设为18℃。"), talk("把车窗打开", "车窗已打开。")]
    assert reasons(*rows) == []


def test_similarities_are_exact_and_found_as_comparing_each_with_each_would() -> None:
    words = ["空调", "温度", "车窗", "导航", "回家", "seat", "heating", "window", "please", "open", "二十四", "度", "打开", "关闭"]
    texts = [" ".join(words[(3 * at + step * (at % 5 + 1)) % len(words)] for step in range(12)) + str(at % 7) for at in range(60)]
    grams = [set(Texts([text]).shingles().hashes.tolist()) for text in texts]
    expected = {
        (one, other): value
        for one in range(60)
        for other in range(one + 1, 60)
        if (value := jaccard({str(g) for g in grams[one]}, {str(g) for g in grams[other]})) >= 0.7
    }
    found = {(pair.first, pair.second): pair.similarity for pair in near_pairs(texts, 0.7)}
    assert len(expected) > 20
    assert found == pytest.approx(expected)


def test_pieces_are_the_same_wherever_a_text_stands() -> None:
    alone, among = Texts(["打开空调 to 24 degrees"]), Texts(["别的", "", "打开空调，TO 24 DEGREES！"])
    assert alone.shingles().hashes.tolist() == [
        value for value, owner in zip(among.shingles().hashes.tolist(), among.shingles().owner.tolist(), strict=True) if owner == 2
    ]
    assert alone.windows(5).hashes.tolist() == among.windows(5).hashes.tolist()
    behind = Texts(["last word", "打开空调 to 24 degrees", "to 24 degrees", "to 24 degrees"]).windows(3)
    assert behind.owner.tolist() == [1] * 5 + [2, 3]
    assert len(alone.windows(7).hashes) == 1
    assert len(alone.windows(8).hashes) == 0
    assert alone.wholes()[0] == among.wholes()[2] != among.wholes()[1]


def test_answers_that_differ_to_one_prompt_are_reported() -> None:
    first, second = talk("质保几年？", "三年。"), talk("质保几年", "五年。", number=2)
    assert conflicts([first, talk("颜色？", "白。"), second]) == [(first, second)]


def test_a_task_that_loses_too_much_is_an_error() -> None:
    rows = [talk(f"第{n}个问题是什么", "空", task="a") for n in range(4)] + [
        talk(f"这是第{n}种天气", f"是{n}。", task="b") for n in range(4)
    ]
    findings = diversity_findings(diversity(rows), diversity(rows[3:]), 0.3)
    assert [(each.rule, each.level) for each in findings] == [("lost", "error")]
    assert "task 'a': cleaning takes 3 of 4 rows (75%)" in findings[0].text
    assert diversity_findings(diversity(rows), diversity(rows[3:]), 0.8) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("打给13812345678", "phone"),
        ("打给138 1234 5678", "phone"),
        ("座机010-62345678", "phone"),
        ("call +44 20 7946 0958", "phone"),
        ("写信给 zhang.san@example.com.cn", "email"),
        ("身份证11010519491231002X", "id_card"),
        ("卡号6222 0212 3456 7890 127", None),
        ("card 4111 1111 1111 1111", "bank_card"),
        ("车牌京A·F0236", "plate"),
        ("新能源沪AD12345", "plate"),
        ("VIN 1M8GDM9AXKP042788", "vin"),
        ("服务器在 203.0.113.7", "ip_address"),
        ("密码是abc12345", "password"),
        ("key AKIAIOSFODNN7EXAMPLE", "token"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "private_key"),
        ("11010519491231002Y 和 110105194912310021", None),
        ("订单号 20240917123456", None),
        ("充电功率150千瓦，续航560公里", None),
        ("版本 1.2.3.4567", None),
        ("本机是127.0.0.1", None),
        ("1M8GDM9A1KP042788", None),
        ("密码是什么", None),
        ("下午3点到京广桥A座", None),
    ],
)
def test_personal_data_are_found_by_form_and_check_digit(text: str, kind: str | None) -> None:
    assert [found.kind for found in find_private(text)] == ([] if kind is None else [kind])


def test_masking_takes_private_pieces_out_of_every_text_of_a_row_and_says_what_they_were() -> None:
    found: list[object] = []
    row = mask_row(talk("我的号码是13812345678", "记下了，13812345678。", rejected="发到a@b.com"), found)  # type: ignore[arg-type]
    assert row.parts == ("我的号码是[手机号]", "记下了，[手机号]。")
    assert row.rejected == "发到[邮箱]"
    assert len(found) == 3
    assert "13812345678" not in repr(found)
    assert mask_row(talk("Call me", "Sure."), []) == talk("Call me", "Sure.")
