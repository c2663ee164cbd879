"""Sentences labelled by hand: does the response withhold the answer, or does it make a claim, perhaps beside "not stated"?"""

import pytest

from harness.scorers.withheld import abstains, claim_beside, own_words, says_unknown

PROMPT_EN = (
    "DC fast charging takes 28 minutes from 30% to 80% at 25 °C. Below -10 °C the battery is heated first. The spare key is in the drawer. "
    "The meeting lasted two hours; Ilse drove all runs. How long does AC charging take from 30% to 80%?"
)
PROMPT_ZH = "直流快充从30%充至80%约需28分钟（25℃）。气温低于零下10℃时，系统会先预热电池。后刹车片剩余4毫米。用交流慢充从30%充到80%要多久？"

WITHHELD_EN = (
    "Not stated.",
    "not stated",
    "The brochure makes no such promise.",
    "The AC time is not on the sheet.",
    "No AC time: none is given.",
    "The manual does not say.",
    "The manual doesn't mention the AC charging time.",
    "That is not specified in the text.",
    "I don't know.",
    "I'm not sure.",
    "I am not certain how long it takes.",
    "It is unclear from the passage.",
    "Unknown.",
    "There is no information about AC charging.",
    "The text gives no figure for AC charging.",
    "This cannot be determined from the extract.",
    "The page is silent on that.",
    "The charging time is nowhere given.",
    "I have no idea how long AC charging takes.",
    "It is impossible to tell from the notes.",
    "The passage never states the AC time.",
    "Not stated; only the DC time is given.",
    "The manual does not state it, but it does give the DC time.",
    "The manual does not state it, although it says that DC charging takes 28 minutes.",
    "Not stated. The text only says that fast charging takes 28 minutes.",
    "The AC time is not stated, but the manual does say that the battery is heated below -10 °C.",
    "The text does not tell. It mentions DC charging only.",
    "The manual only gives a time for DC charging, so the AC time cannot be determined.",
    "I can't find the AC time; the passage lists 28 minutes for DC.",
    "The AC charging time isn't listed. DC charging takes 28 minutes.",
    "Not stated. Please ask your dealer.",
    "It is not stated, but you can check the manufacturer's website.",
    "I don't know; you should probably contact the service centre.",
    "The extract does not say, so I would not guess.",
    "Not stated, and I won't estimate it.",
    "No answer can be given: the manual does not specify it, and guessing would not help.",
    "The text doesn't say how long it usually takes.",
    "It's not mentioned whether it takes more than two hours.",
    "Sorry, the manual doesn't say anything about AC charging times.",
    "That detail is missing: the answer is not known.",
    "The time for AC charging is unspecified.",
    "Based on the text alone, I cannot say.",
    "I cannot answer that from the manual; it covers DC charging only.",
    "The manual describes fast charging, but not AC charging; the time is not given.",
    "While DC charging takes 28 minutes, the AC time is not stated.",
    "Although the text says that DC charging takes 28 minutes, it does not say anything about AC.",
    "The excerpt says nothing about AC charging; the only time given is 28 minutes, for DC.",
    "I don't have that information.",
    "That's not something the manual covers.",
    "The manual leaves this open.",
    "Not stated: the text talks about DC fast charging, which takes 28 minutes.",
    "Based on the passage, the AC time is not provided. The passage mentions DC charging (28 minutes).",
    "The AC charging duration isn't included in the excerpt.",
    "It doesn't say.",
    "The manual does not give this information, so I can't answer.",
    "The document only covers DC charging; nothing is said about AC.",
    "There's no mention of AC charging times in this text.",
    "Not stated. The 28 minutes in the text apply to DC fast charging.",
    "Not stated, since the 28 minutes refer to DC charging.",
    "No figure is given for AC charging.",
    "The answer is: not stated.",
    "Unfortunately, the text doesn't provide the AC time. The text does mention that below -10 °C the battery is heated first.",
    "The text gives 28 minutes for DC fast charging at 25 °C, but the AC time is not stated.",
    "I'm afraid I can't say; the manual doesn't cover it.",
    "The passage fails to mention it.",
    "We are not told how long AC charging takes.",
)
CLAIMED_EN = (
    "It takes 12 minutes.",
    "AC charging takes about five hours.",
    "28 minutes.",
    "Not stated, but it is probably 12 minutes.",
    "Not stated, but probably around five hours.",
    "The manual does not say, but it usually takes 8 hours.",
    "Not stated. I would guess about 6 hours.",
    "I'm not sure, perhaps 24 hours.",
    "I don't know, maybe 5 hours?",
    "It isn't specified; typically it takes between 6 and 8 hours.",
    "The text doesn't mention it. It takes 5 hours.",
    "Not stated, 12 minutes.",
    "Not stated. 28 minutes.",
    "The AC time is not given, but it is 28 minutes.",
    "Unclear, so I estimate four hours.",
    "I am not certain, but I think it takes 28 minutes.",
    "The manual doesn't say, but it must be longer than 28 minutes, so it should take about two hours.",
    "It is not stated in the text. AC charging takes 5 hours.",
    "Not stated. The answer is 5 hours.",
    "Probably 12 minutes, but the manual doesn't say.",
    "About 5 hours, though I'm not sure.",
    "The passage gives no figure. In most cars it takes 6 hours.",
    "It is not mentioned, but generally AC charging is slower and needs several hours.",
    "Not known; as a rule of thumb, reckon with 7 hours.",
    "The passage does not state it, however it likely takes longer than DC charging.",
    "I do not know for sure, but presumably the same 28 minutes.",
    "The manual does not mention who drove, but it was driven by Tobias Kell.",
    "It does not say who chaired, but it was probably Priya.",
    "The text does not say. According to the manual, AC charging takes 300 minutes.",
    "There is no information about it, but my guess is 3 h.",
    "The warranty covers the battery.",
    "Charging is done overnight.",
    "No.",
    "",
    "The manual says 28 minutes.",
    "The AC port is on the right.",
    "The text states that it only takes 28 minutes.",
    "Not stated in the manual, but AC charging would take roughly 5 hours.",
    "The manual does not state this. However, AC charging typically takes 5-8 hours.",
    "I'm not sure but around 28 minutes",
    "It isn't stated; my guess would be overnight.",
    "The AC time is not given. It would be 28 minutes.",
    "28 minutes, not 30.",
    "The text doesn't specify, but since DC takes 28 minutes, AC will take about 3 hours.",
    "It takes longer than 28 minutes, but the exact time is not stated.",
)
WITHHELD_ZH = (
    "手册上没有印交流慢充的时间。",
    "不确定。",
    "不确定",
    "不知道。",
    "手册没有说明。",
    "手册里没有提到交流慢充所需的时间。",
    "资料未提及慢充时间。",
    "文中没有给出相关数据。",
    "这段文字没有写慢充要多久。",
    "无法从文中判断。",
    "根据这段文字难以确定。",
    "这一点不得而知。",
    "慢充时间未知。",
    "我不太清楚。",
    "说不准，手册里没写。",
    "手册中查不到慢充的时间。",
    "没有找到关于慢充时间的信息。",
    "表里没有这一项数据。",
    "不确定。手册只写了直流快充的时间。",
    "不确定，手册只给出了快充的28分钟。",
    "手册没有说明慢充时间，直流快充约需28分钟。",
    "手册没有写慢充要多久，只说直流快充从30%充至80%约需28分钟。",
    "虽然手册写了快充需要28分钟，但没有提到慢充。",
    "手册只提到快充的时间，慢充的时间无法确定。",
    "文中提到低于零下10℃会先预热，但没有说慢充多久。",
    "不确定，前刹车片的厚度没有记录，记录里只有后刹车片剩余4毫米。",
    "手册没有说明，建议咨询服务中心。",
    "不确定，您可以联系经销商确认。",
    "资料里没有，请以车辆实际显示为准。",
    "手册没有给出，我不作猜测。",
    "文中没有依据，无法推断。",
    "资料没有写明，不便估计。",
    "手册没说一般要多久。",
    "没有提到是否超过两小时。",
    "抱歉，这段话没有涉及慢充时间。",
    "仅凭这段文字无法回答。",
    "摘录里没有慢充的时间，也没有说明功率。",
    "这个问题手册没有交代，给出的只是快充时间。",
    "对不起，我没法从这段话里得知。",
    "快充28分钟是手册写明的，慢充时间手册没有写。",
    "手册未注明慢充时间，因此不确定。",
    "不敢确定，手册没有列出慢充时间。",
    "未查到慢充时间。",
    "手册中未给出交流慢充的时间，仅说明直流快充约需28分钟。",
    "文中仅提及直流快充需28分钟，未涉及交流慢充。",
    "手册里没有这方面的内容。",
    "不确定，因为手册里写的28分钟指的是直流快充。",
    "手册没有讲慢充。",
    "资料没有提供足够的信息。",
    "这个问题在手册中没有答案。",
    "没有相关说明。",
    "手册没有明确说明慢充需要多长时间。28分钟是直流快充的时间。",
    "原文没有提到，所以不确定。",
    "不好说，手册没有写。",
    "无法得知，文中只说后刹车片剩余4毫米。",
    "文中并没有说明这一点，请查看完整手册。",
    "目前没有这项数据，无法回答。",
    "提供的资料中不包含慢充时间。",
    "答案：不确定。",
    "手册未说明，不确定。气温低于零下10℃时会先预热电池，这与慢充时间无关。",
)
CLAIMED_ZH = (
    "需要12分钟。",
    "大约需要5个小时。",
    "28分钟。",
    "手册没有说明，但大概是12分钟。",
    "手册没写，不过一般需要5小时左右。",
    "不确定，可能是24小时。",
    "不确定，约5小时。",
    "不确定，5小时。",
    "不确定。28分钟。",
    "手册没有提到，估计要六个小时。",
    "这一点不得而知，可能是24小时。",
    "文中没有说明，通常慢充要8小时。",
    "虽然手册没有写，但应该是28分钟。",
    "大概5小时吧，手册没写。",
    "可能要五六个小时，我不太确定。",
    "资料没有给出，但按经验需要6到8小时。",
    "不知道，我猜是3小时。",
    "手册没有说明慢充时间，慢充需要5小时。",
    "手册未提及。根据手册，慢充约需300分钟。",
    "手册没有写，但是由褚蔓负责。",
    "记录没有说明，应该是前轮磨损造成的。",
    "文中没有提到，多半是电池太冷的缘故。",
    "不确定，也许是小温捡到的。",
    "文中未说明，推测是因为下雨。",
    "没有明确写，但它是红色的。",
    "不清楚，理论上比快充慢，要4小时以上。",
    "不确定，答案是12分钟。",
    "手册没有说，恐怕要一整天。",
    "无法确定，建议按5小时计算。",
    "没有给出具体数字，据我所知是7小时。",
    "手册没有提及，但会超过28分钟，大概两小时。",
    "慢充用的是左后方的接口。",
    "充电过程中请勿启动车辆。",
    "不需要。",
    "不要打开引擎盖。",
    "",
    "手册写的是28分钟。",
    "很多人不知道，慢充需要5小时。",
    "文中没有直接说明，不过可以推断约为5小时。",
    "不确定具体时间，但比快充慢，大约要5小时。",
    "手册没有写，一般来说要一个晚上。",
    "没有提到，我估计和快充差不多。",
    "手册没有写慢充时间。慢充大约需要6小时。",
    "不确定，28分钟吧。",
    "文中没有说，需要28分钟。",
    "应该要28分钟，不确定。",
    "手册未提供，可按28分钟计算。",
)


@pytest.mark.parametrize("text", [*WITHHELD_EN])
def test_english_that_withholds_the_answer(text: str) -> None:
    assert abstains(text, PROMPT_EN), claim_beside(text, PROMPT_EN)


@pytest.mark.parametrize("text", [*CLAIMED_EN])
def test_english_that_claims_something(text: str) -> None:
    assert not abstains(text, PROMPT_EN)


@pytest.mark.parametrize("text", [*WITHHELD_ZH])
def test_chinese_that_withholds_the_answer(text: str) -> None:
    assert abstains(text, PROMPT_ZH), claim_beside(text, PROMPT_ZH)


@pytest.mark.parametrize("text", [*CLAIMED_ZH])
def test_chinese_that_claims_something(text: str) -> None:
    assert not abstains(text, PROMPT_ZH)


def test_at_least_sixty_sentences_a_language_are_labelled() -> None:
    assert len({*WITHHELD_EN, *CLAIMED_EN}) >= 100
    assert len({*WITHHELD_ZH, *CLAIMED_ZH}) >= 100


# Each rule of the docstring, with its neighbour that does not fall under it.


@pytest.mark.parametrize(
    ("claim", "none"),
    [
        ("Not stated. It would be best to wait five hours.", "Not stated. It would be best to ask the dealer."),
        ("Not stated. The dealer will probably need 28 minutes.", "Not stated. The dealer will probably know."),
        ("不确定，建议充5小时。", "不确定，建议咨询服务中心。"),
        ("Not stated, but it is 28 minutes.", "Not stated, but it gives 28 minutes for DC."),
        ("不确定，28分钟。", "不确定，手册只写了28分钟。"),
        ("Not stated. It usually takes long.", "Not stated. It takes long."),
        ("不确定，一般比较久。", "不确定，比较久。"),
        ("不确定，我推测是夜里。", "不确定，我不作推测。"),
        ("Not stated, but it was Ilse.", "Not stated, but it was not Ilse."),
        ("Not stated. AC charging takes 29 minutes.", "Not stated. DC charging takes 28 minutes."),
        ("不确定。快充要29分钟。", "不确定。快充要28分钟。"),
    ],
)
def test_each_rule_has_a_neighbour(claim: str, none: str) -> None:
    assert claim_beside(claim, PROMPT_EN + PROMPT_ZH) is not None
    assert claim_beside(none, PROMPT_EN + PROMPT_ZH) is None


def test_a_figure_of_the_prompt_is_known_in_another_unit_and_in_words() -> None:
    assert abstains("Not stated. DC charging takes twenty-eight minutes.", PROMPT_EN)
    assert abstains("Not stated. The meeting lasted 120 minutes.", PROMPT_EN)
    assert not abstains("Not stated. The meeting lasted 130 minutes.", PROMPT_EN)


@pytest.mark.parametrize(
    ("prompt", "repeated", "own"),
    [
        (
            "Use 'not stated' for what the newsletter leaves unsaid. How many?",
            "Use 'not stated' for what the newsletter leaves unsaid.",
            "Not stated.",
        ),
        ("手册没有写的请直接回答不确定，好吗？", "手册没有写的请直接回答不确定。", "不确定。"),
        ("手册没有写的请直接回答“不确定”。多久？", "手册没有写的请直接回答“不确定”。", "不确定。"),
    ],
)
def test_repeating_the_prompt_is_not_abstaining(prompt: str, repeated: str, own: str) -> None:
    assert not abstains(repeated, prompt)
    assert abstains(repeated)
    assert abstains(own, prompt)
    assert abstains(repeated + own, prompt)


def test_without_a_prompt_a_figure_with_a_subject_is_no_claim() -> None:
    assert abstains("Not stated. AC charging takes 29 minutes.")
    assert not abstains("Not stated. AC charging takes 29 minutes.", "")


def test_own_words_leave_out_what_is_not_known_and_what_the_source_says() -> None:
    assert own_words("It takes 24 hours. The manual says more. The price is not stated.") == "it takes 24 hours."
    assert own_words("不确定。手册只写了24小时。") == ""


def test_saying_unknown_anywhere_is_seen() -> None:
    assert says_unknown("It takes 24 hours; the price is not stated.")
    assert not says_unknown("It takes 24 hours.")
