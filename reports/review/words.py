"""What raters read besides the rubric, in both languages."""

from dataclasses import dataclass

from reports.review.records import Layout
from reports.review.rubric import Language

EXIT_ROW: dict[Layout, dict[Language, str]] = {
    "pairwise": {
        "en": "Row {row}: which answer is from the newer version of the model?",
        "zh": "第 {row} 行：您觉得哪个回答来自较新的模型版本？",
    },
    "single": {
        "en": "Row {row}: is this answer from the newer or the older version of the model?",
        "zh": "第 {row} 行：您觉得这个回答来自较新还是较旧的模型版本？",
    },
}
EXIT_OVERALL: dict[Language, str] = {
    "en": "All in all: could you tell the versions apart? If so, how? Write here, too, what went wrong or was unclear.",
    "zh": "总体来说：您能分辨出不同的版本吗？如果能，靠什么？填写中遇到的问题也请写在这里。",
}
EXIT_LABELS: dict[str, dict[Language, str]] = {
    "1": {"en": "answer 1", "zh": "回答 1"},
    "2": {"en": "answer 2", "zh": "回答 2"},
    "new": {"en": "newer", "zh": "较新"},
    "old": {"en": "older", "zh": "较旧"},
    "?": {"en": "I do not know", "zh": "不知道"},
}
HEADINGS: dict[str, dict[Language, str]] = {
    "seq": {"en": "No.", "zh": "序号"},
    "prompt": {"en": "Prompt", "zh": "用户输入"},
    "reference": {"en": "Reference", "zh": "参考"},
    "answer_1": {"en": "Answer 1", "zh": "回答 1"},
    "answer_2": {"en": "Answer 2", "zh": "回答 2"},
    "answer": {"en": "Answer", "zh": "回答"},
    "question": {"en": "Question", "zh": "问题"},
    "newer": {"en": "Your guess", "zh": "您的猜测"},
    "comment": {"en": "Comment", "zh": "备注"},
}


@dataclass(frozen=True)
class Words:
    """Sentences of the workbook in one language."""

    title: str
    batch: str
    rater: str
    plan: str
    key: str
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    practice: str
    progress: str
    diversity: str
    reading: str
    exit: str
    long: str
    invalid_title: str
    invalid: str


WORDS: dict[Language, Words] = {
    "en": Words(
        title="Blind review of answers",
        batch="Batch",
        rater="Your code",
        plan="SHA-256 of the plan",
        key="SHA-256 of the key",
        steps=(
            "1. Read the anchors below, then look at the sheet Practice: it is filled in.",
            "2. Sheet Rating: read the prompt and the answers, then fill in every coloured cell of the row. A list opens in each cell.",
            "3. {diversity}Sheet Exit, last of all.",
            "4. Save as “Excel Workbook (.xlsx)” under the same file name, and send it back.",
        ),
        rules=(
            "Judge each answer by itself, before you compare. Length alone is no merit.",
            "The order of answers is drawn anew for every row and rater. Some rows come twice or are checks: rate them like the others.",
            "NA is a rating (“does not apply”); an empty cell is not.",
            "Stop after 40 to 60 rows and rest: tired ratings cannot be used. You may go on another day.",
            "Please do not talk about rows with other raters, do not ask which model wrote what, do not look for the answers elsewhere.",
            "Do not rename, delete, merge or move columns, rows and sheets. Filters, hidden columns and wider columns do no harm.",
            "[NAME] stands for a name that was taken out, [EMPTY] for an answer without text, [SYSTEM] for what the model was told "
            "beforehand, [1], [2] … for the turns of a dialogue.",
            "Where a text does not fit its row, the number of the row is orange: click it to read the whole text on the sheet Reading.",
        ),
        practice="Solved examples. Nothing here is evaluated.",
        progress="Rows done:",
        diversity="Sheet Diversity: one row is one request in several wordings, with the answers to each wording. ",
        reading="Texts that are longer than their row. For reading only; rate on the sheet {sheet}.",
        exit="Please fill in last, after all other sheets.",
        long="▸ whole text: sheet {sheet}",
        invalid_title="Not a value of this list",
        invalid="Please choose one of: {codes}",
    ),
    "zh": Words(
        title="模型回答盲评",
        batch="批次",
        rater="您的代号",
        plan="评审方案的 SHA-256",
        key="密钥的 SHA-256",
        steps=(
            "1. 先阅读下面的评分标准，再看“练习”工作表（已填好的示例）。",
            "2. “评分”工作表：读完用户输入和回答后，填写该行所有带底色的单元格。点击单元格会出现下拉列表。",
            "3. {diversity}最后填写“收尾”工作表。",
            "4. 用原文件名保存为“Excel 工作簿（.xlsx）”，然后发回。",
        ),
        rules=(
            "请先单独评判每个回答，再作比较。回答长并不等于好。",
            "每一行、每位评分人的回答顺序都是重新随机抽取的。有些行会重复出现，有些是检查题，请与其他行同样对待。",
            "NA 是一个评分（“不适用”），空白不是。",
            "每评 40–60 行请休息一下：疲劳时的评分无法使用。可以改天再继续。",
            "请不要与其他评分人讨论，不要打听哪个模型写了哪个回答，也不要到别处查找这些回答。",
            "请不要改名、删除、合并或移动列、行和工作表。筛选、隐藏列、加宽列都没有影响。",
            "[NAME] 表示被隐去的名称，[EMPTY] 表示没有文字的回答，[SYSTEM] 表示事先给模型的说明，[1]、[2]…表示对话的各个轮次。",
            "如果文字超出所在行，该行序号为橙色：点击它可跳转到“全文”工作表查看完整内容。",
        ),
        practice="已填好的示例。此表不计入结果。",
        progress="已完成行数：",
        diversity="“多样性”工作表：每一行是同一个请求的几种说法，以及对每种说法的回答。",
        reading="超出所在行的长文本，仅供阅读；请在“{sheet}”工作表中评分。",
        exit="请在完成其他工作表之后最后填写。",
        long="▸ 完整内容见“{sheet}”",
        invalid_title="不在列表中",
        invalid="请从以下取值中选择：{codes}",
    ),
}
