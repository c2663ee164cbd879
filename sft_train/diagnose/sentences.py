"""Findings as sentences for people, in English and Chinese."""

from typing import Literal

from sft_train.diagnose.record import Cause, Finding, Kind

Lang = Literal["en", "zh"]
_KINDS: dict[Kind, dict[Lang, str]] = {
    "not_falling": {"en": "The training loss does not fall.", "zh": "训练损失没有下降。"},
    "unstable": {"en": "The training loss is unstable.", "zh": "训练损失不稳定。"},
    "overfitting": {"en": "The model learns its rows by heart.", "zh": "模型过拟合：背下了训练数据。"},
    "forgetting": {"en": "General abilities get steadily worse.", "zh": "通用能力持续下降，出现遗忘。"},
    "contamination_jump": {
        "en": "Validation got better in one leap, which is how contamination looks.", "zh": "验证集效果突然飙升，可能存在数据污染。",
    },
    "lora_weak": {"en": "The adapter changes little.", "zh": "LoRA 提升不明显。"},
    "end_not_learned": {"en": "The model has not learnt to end its answers.", "zh": "模型没有学会结束回答。"},
    "memorised": {"en": "Answers repeat long stretches of training answers.", "zh": "回答大段照搬训练数据中的答案。"},
    "verbose": {"en": "Answers are far longer than those it was trained on, or do not end.", "zh": "回答远比训练答案冗长，或没有结束。"},
    "off_topic": {"en": "Answers have little to do with what was asked.", "zh": "回答与问题无关（答非所问）。"},
}  # fmt: skip
_CAUSES: dict[Cause, dict[Lang, tuple[str, str]]] = {
    "rate_high": {
        "en": ("the learning rate is too high", "lower learning_rate to a tenth"),
        "zh": ("学习率过大", "把 learning_rate 降到十分之一"),
    },
    "rate_low": {
        "en": ("the learning rate is too low", "raise learning_rate, to 1e-4 for LoRA and 2e-5 for full training"),
        "zh": ("学习率过小", "提高 learning_rate：LoRA 用 1e-4，全量用 2e-5"),
    },
    "no_warmup": {"en": ("there is hardly any warm-up", "set warmup to 0.05 to 0.1"), "zh": ("几乎没有预热", "把 warmup 设为 0.05 到 0.1")},
    "small_batch": {
        "en": ("a step has fewer than 8 rows, so gradients are noisy", "raise accumulation until batch x accumulation is at least 8"),
        "zh": ("每步不足 8 行，梯度噪声大", "提高 accumulation，使 batch × accumulation 至少为 8"),
    },
    "precision": {"en": ("weights are rounded to 16 bits", "set precision: float32"), "zh": ("16 位精度舍入误差", "设 precision: float32")},
    "frozen": {
        "en": ("hardly anything is trainable, or the wrong weights were loaded", "look at method, lora.targets and base"),
        "zh": ("可训练参数几乎为零，或加载了错误的权重", "检查 method、lora.targets 与 base"),
    },
    "data": {
        "en": ("rows are noisy or wrongly labelled", "run sft-train check and look at the rows with the highest loss"),
        "zh": ("数据有噪声或标注错误", "运行 sft-train check，查看损失最高的行"),
    },
    "few_rows": {"en": ("there are few rows", "add varied rows, some hundreds"), "zh": ("数据太少", "补充多样的数据，至少数百行")},
    "many_epochs": {
        "en": ("the rows are seen too often", "set epochs to 3 or less and keep the best checkpoint by validation"),
        "zh": ("训练轮数过多", "把 epochs 设为 3 以内，按验证损失保留最佳检查点"),
    },
    "rank": {"en": ("the rank is small", "set lora.rank to 16 or 32"), "zh": ("秩太小", "把 lora.rank 设为 16 或 32")},
    "targets": {
        "en": ("only some modules are adapted", "set lora.targets: all-linear"), "zh": ("只适配了部分模块", "设 lora.targets: all-linear"),
    },
    "base": {
        "en": ("the base does not know the domain", "train on its running text first, or choose another base"),
        "zh": ("基座与领域不匹配", "先用领域文本继续训练，或更换基座"),
    },
    "no_general": {
        "en": ("no general rows are mixed in", "name general rows with general, at a general_share of 0.1 to 0.3"),
        "zh": ("没有混入通用数据", "用 general 混入通用数据，general_share 取 0.1 到 0.3"),
    },
    "overlap": {
        "en": ("validation rows, or some like them, may be trained on", "look at nearest.jsonl; build anew with a lower split.similar"),
        "zh": ("验证数据或相似数据可能混入训练集", "查看 nearest.jsonl，降低 split.similar 后重新构建"),
    },
    "masked_end": {
        "en": ("the end-of-turn token is not trained", "see that the chat template writes it after answers"),
        "zh": ("轮次结束符没有参与训练", "检查对话模板是否在回答后写出结束符"),
    },
    "distribution": {
        "en": ("validation is of another kind than training", "split anew, and compare the two with sft-train check"),
        "zh": ("验证集与训练集分布不一致", "重新划分，并用 sft-train check 比较"),
    },
    "redundant": {
        "en": ("training answers are wordy, or their length has no limit", "clean them, state a limit in prompts, or set losses.length"),
        "zh": ("训练答案冗长或没有长度要求", "清洗冗长答案，在指令中写明字数，或设置 losses.length"),
    },
    "hardware": {
        "en": ("memory or the processor is at fault", "repeat with the same seed: a sound machine gives the same curve"),
        "zh": ("内存或处理器故障", "用相同 seed 重跑：正常机器曲线相同"),
    },
}  # fmt: skip
_JOIN: dict[Lang, tuple[str, str, str]] = {"en": (" ", "Perhaps {}: {}.", " "), "zh": ("", "可能原因：{}；建议{}。", "")}


def sentence(finding: Finding, lang: Lang) -> str:
    """The finding, its evidence, and each likely cause with what to do."""
    between, form, gap = _JOIN[lang]
    figures = ", ".join(f"{key} {value}" for key, value in finding.evidence.items())
    causes = gap.join(form.format(*_CAUSES[cause][lang]) for cause in finding.causes)
    return f"{_KINDS[finding.kind][lang]}{between}({figures}){between}{causes}"


def as_json(finding: Finding) -> dict[str, object]:
    """The finding as docs/training.md describes it."""
    causes = [
        {"code": cause, **{lang: dict(zip(("cause", "fix"), _CAUSES[cause][lang], strict=True)) for lang in _JOIN}}
        for cause in finding.causes
    ]
    return {
        "kind": finding.kind,
        "title": _KINDS[finding.kind],
        "evidence": finding.evidence,
        "causes": causes,
        "text": {lang: sentence(finding, lang) for lang in _JOIN},
    }
