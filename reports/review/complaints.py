"""What can be wrong with a returned file (E01–E16: it is not imported) and what is only worth knowing (W01–W06), in Chinese and English.

Each message names what was found, what was expected and what to do; where it was found (file, sheet, cell) stands before it. The language
is the batch's, as the raters' instructions are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.review.rubric import Language, Text

Facts = Mapping[str, str | Text]
"""What the braces of a message stand for: the same in both languages, or in each its own words."""


@dataclass(frozen=True)
class Complaint:
    """One error or warning."""

    code: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    facts: Facts = field(default_factory=dict)
    """`found` and `expected` also have columns of their own in the import report."""

    @property
    def is_error(self) -> bool:
        """Whether it keeps a rater's sheet out; a warning does not."""
        return self.code.startswith("E")

    @property
    def place(self) -> str:
        """Such as `Rating!E17`."""
        return f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet

    def message(self, language: Language) -> str:
        """What is wrong, without the place."""
        return _MESSAGES[self.code][language][0].format_map(self._words(language))

    def advice(self, language: Language) -> str:
        """What to do."""
        return _MESSAGES[self.code][language][1].format_map(self._words(language))

    def fact(self, name: str, language: Language) -> str:
        """One fact in words; empty if the message has none of that name."""
        return self._words(language).get(name, "")

    def _words(self, language: Language) -> dict[str, str]:
        return {name: value[language] if isinstance(value, Text) else value for name, value in self.facts.items()}

    def line(self, language: Language) -> str:
        """All in one line, for a terminal."""
        where = ", ".join(part for part in (self.file, self.place) if part)
        gap = "" if language == "zh" else " "
        return f"{self.code} {where}{': ' if where else ''}{self.message(language)}{gap}{self.advice(language)}".rstrip()


CODES = tuple(f"E{number:02}" for number in range(1, 17)) + tuple(f"W{number:02}" for number in range(1, 7))

_MESSAGES: dict[str, dict[Language, tuple[str, str]]] = {
    "E01": {
        "en": ("cannot be read as .xlsx or .csv ({found}).", 'Save it as "Excel Workbook (.xlsx)" without a password and send it again.'),
        "zh": ("无法作为 .xlsx 或 .csv 读取（{found}）。", "请另存为“Excel 工作簿 (.xlsx)”，不要加密码，然后重新发送。"),
    },
    "E02": {
        "en": ("the file says {found}; expected {expected}.", "It was not imported: send the file that belongs to this batch."),
        "zh": ("文件中写的是 {found}，应为 {expected}。", "未导入：请发送属于本批次的文件。"),
    },
    "E03": {
        "en": (
            "{what} is missing (found: {found}; expected: {expected}).",
            "Do not rename or delete sheets and columns; CSV keeps only one sheet: send the .xlsx.",
        ),
        "zh": (
            "缺少{what}（现有：{found}；应有：{expected}）。",
            "请不要重命名或删除工作表和列；CSV 只保留一个工作表，请发送 .xlsx 文件。",
        ),
    },
    "E04": {
        "en": ("{what} not of this file.", "{todo}."),
        "zh": ("{what}不属于本文件。", "{todo}。"),
    },
    "E05": {
        "en": ("rows {rows} have the same row id '{found}'; {difference}.", "Delete one of the rows."),
        "zh": ("第 {rows} 行的行编号同为“{found}”；{difference}。", "请删除其中一行。"),
    },
    "E06": {
        "en": (
            "{found} of {expected} rows are missing: {rows}.",
            "Rows must not be deleted: copy them from the original file and rate them.",
        ),
        "zh": ("{expected} 行中缺少 {found} 行：{rows}。", "不能删除行：请从原始文件复制回来并评分。"),
    },
    "E07": {
        "en": (
            "text or order of locked cells changed ({found} of row '{row_id}' is not {expected}).",
            "Was one column sorted alone? Restore the cells from the original file and enter the ratings again.",
        ),
        "zh": (
            "锁定单元格的文字或顺序被改动（行“{row_id}”的 {found} 并非{expected}）。",
            "是否只对一列排了序？请从原始文件恢复并重新填写评分。",
        ),
    },
    "E08": {
        "en": ("({column}) '{found}' is not one of {expected}.", "Choose one of these values."),
        "zh": ("（{column}）“{found}”不是允许的值（{expected}）。", "请从这些值中选择一个。"),
    },
    "E09": {
        "en": ("({column}) is empty; {count} required cells are empty in all: {cells}.", "Fill them in (expected: {expected})."),
        "zh": ("（{column}）为空；共有 {count} 个必填单元格为空：{cells}。", "请填写（允许的值：{expected}）。"),
    },
    "E10": {
        "en": ("({column}) holds a formula ('{found}').", "Type the value itself: {expected}."),
        "zh": ("（{column}）是公式（“{found}”）。", "请直接输入值：{expected}。"),
    },
    "E11": {
        "en": ("({column}) holds {kind} ({found}).", "The program has converted what was typed: enter one of {expected}."),
        "zh": ("（{column}）是{kind}（{found}）。", "软件自动转换了输入内容：请重新输入 {expected} 之一。"),
    },
    "E12": {
        "en": ("{found}.", "{expected}."),
        "zh": ("{found}。", "{expected}。"),
    },
    "E13": {
        "en": ("is not in UTF-8 or GB18030: {found}.", 'Save it as "CSV UTF-8", or better send the .xlsx.'),
        "zh": ("编码不是 UTF-8 或 GB18030：{found}。", "请另存为“CSV UTF-8”，最好发送 .xlsx 文件。"),
    },
    "E14": {
        "en": ("{rater} was imported already (sha256 {expected}…); the new file differs in {found} cells.", "Use --replace with --reason."),
        "zh": (
            "{rater} 的文件已经导入过（sha256 {expected}…）；新文件有 {found} 个单元格不同。",
            "如需替换，请使用 --replace 和 --reason。",
        ),
    },
    "E15": {
        "en": (
            "{what} does not match the hash committed at export (found {found}…, expected {expected}…).",
            "Unblinding refused: bring back the files as they were.",
        ),
        "zh": ("{what} 与导出时承诺的哈希值不一致（现为 {found}…，应为 {expected}…）。", "拒绝揭盲：请恢复原来的文件。"),
    },
    "E16": {
        "en": ("{found}.", "{expected}."),
        "zh": ("{found}。", "{expected}。"),
    },
    "W01": {
        "en": ("({column}) '{found}' read as {expected}.", ""),
        "zh": ("（{column}）“{found}”按 {expected} 读取。", ""),
    },
    "W02": {
        "en": ("{rater} gave '{level}' in {found} of the cells of {column} (the others: {expected}).", "Ask whether the rows were read."),
        "zh": ("{rater} 在 {column} 中有 {found} 的单元格都填“{level}”（其他评分人：{expected}）。", "请确认是否认真阅读。"),
    },
    "W03": {
        "en": (
            "answer {better} scores higher wherever the two differ, but the preference is {found}.",
            "Ask whether the sides were mixed up.",
        ),
        "zh": ("凡有差别处都是回答 {better} 得分更高，但偏好为 {found}。", "请确认是否看反了左右。"),
    },
    "W04": {
        "en": ("{rater}: {found} checks passed (rule: {expected}).", "The verdict is also given without this rater."),
        "zh": ("{rater}：通过 {found} 项检查（规则：{expected}）。", "结论会另行给出不含该评分人的结果。"),
    },
    "W05": {
        "en": (
            "{rater} preferred {side} in {found} non-ties (p = {pvalue}); expected: about half.",
            "Read this rater's preferences with care.",
        ),
        "zh": ("{rater} 在非平局中偏好{side}的比例为 {found}（p = {pvalue}）；预期约一半。", "请谨慎看待该评分人的偏好。"),
    },
    "W06": {
        "en": (
            "personal data ({found}) stand in the file.",
            "The stored copy of the ratings is without them; the original is kept as it came.",
        ),
        "zh": ("文件中含有个人信息（{found}）。", "保存的评分数据不含这些信息；原始文件按原样保留。"),
    },
}
