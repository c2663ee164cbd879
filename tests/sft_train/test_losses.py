"""A step's loss is the same however its rows are cut into batches, padded or packed; each kind is what its formula says."""

from pathlib import Path
from typing import Any

import pytest

from sft_train.masking import IGNORED
from sft_train.training.batches import Collator, dataset
from sft_train.training.config import Contrast, Distill, Length, Losses, TrainConfig
from sft_train.training.examples import Example, encode_rows
from sft_train.training.losses import batch_totals, combine, counted_positions, divergence, only_at, token_losses
from sft_train.training.models import check_packing
from tests.sft_train.rows import talk

KINDS: dict[str, Losses] = {
    "plain": Losses(),
    "contrast": Losses(contrast=Contrast(weight=0.7, beta=0.5)),
    "length": Losses(length=Length(target=2)),
    "distill": Losses(distill=Distill(teacher="t", share=0.4, temperature=2.0)),
}


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_model, local_files_only=True).eval()


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model, local_files_only=True)


def examples(tokenizer: Any, losses: Losses) -> list[Example]:
    rows = [
        talk("set the fox", "quick brown fox please", rejected="the the"),
        talk("空调", "24", "导航", "the quick temperature brown set"),
        talk("please " * 9, "fox", rejected="brown temperature"),
        talk("a", "b c d e f g"),
    ]
    config = TrainConfig(data="d", out="o", losses=losses)
    return encode_rows(tokenizer, rows, config, {tokenizer.eos_token_id}).examples


def step_loss(model: Any, batches: list[list[Example]], losses: Losses, packing: bool = False) -> tuple[float, float]:
    """Loss and norm of the gradient of one step over these batches."""
    collator = Collator(0, 64, packing)
    made = [collator(dataset(each)) for each in batches]
    totals: dict[str, Any] = {}
    for batch in made:
        for name, value in batch_totals(batch).items():
            totals[name] = totals.get(name, 0) + value
    model.zero_grad()
    loss = 0.0
    for batch in made:
        given = {name: batch[name] for name in ("input_ids", "attention_mask", "position_ids") if name in batch}
        with only_at(model.get_output_embeddings(), counted_positions(batch["labels"])):
            logits = model(**given, use_cache=False).logits[0]
        nll, weights, sequence = token_losses(logits, batch)
        further = {"divergence": divergence(logits, logits.detach().flip(-1), 2.0)} if losses.distill else {}
        part = combine(losses, batch, nll, weights, sequence, totals, **further)
        part.backward()
        loss += float(part.detach())
    norm = sum(float((parameter.grad**2).sum()) for parameter in model.parameters() if parameter.grad is not None)
    return loss, norm**0.5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_steps_loss_and_gradient_do_not_depend_on_how_it_is_cut(model: Any, tokenizer: Any, kind: str) -> None:
    losses = KINDS[kind]
    rows = examples(tokenizer, losses)
    whole = step_loss(model, [rows], losses)
    for cut in ([[row] for row in rows], [rows[:1], rows[1:]], [rows[:3], rows[3:]]):
        assert step_loss(model, cut, losses) == pytest.approx(whole, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_packing_changes_neither_loss_nor_gradient(model: Any, tokenizer: Any, kind: str) -> None:
    rows = examples(tokenizer, KINDS[kind])
    assert step_loss(model, [rows], KINDS[kind], packing=True) == pytest.approx(step_loss(model, [rows], KINDS[kind]), rel=1e-5)


def test_packed_rows_have_the_logits_that_they_have_alone(model: Any, tokenizer: Any) -> None:
    import torch

    rows = examples(tokenizer, Losses())
    batch = Collator(0, 1000, packing=True)(dataset(rows))
    assert batch["input_ids"].shape[0] == 1
    packed = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits
    for number, row in enumerate(rows):
        alone = model(input_ids=torch.tensor([row.ids])).logits[0]
        assert torch.allclose(packed[batch["owner"] == number], alone, atol=1e-5)
    check_packing(model, Collator(0, 1000, packing=True), rows)


def test_rows_that_need_a_little_more_than_one_bin_fill_two_evenly(tokenizer: Any) -> None:
    (row, *_) = examples(tokenizer, Losses())
    length = len(row.ids)
    batch = Collator(0, 8 * length - 1, packing=True)(dataset([row] * 8))
    assert batch["input_ids"].shape == (2, 4 * length)


def test_a_model_that_lets_packed_rows_see_each_other_is_refused(model: Any, tokenizer: Any) -> None:
    from harness.errors import UserError

    class Leaky:
        """Ignores where sequences begin, as some architectures do."""

        dtype, device, training = model.dtype, model.device, False

        def __call__(self, input_ids: Any, position_ids: Any = None, use_cache: bool = True) -> Any:
            return model(input_ids=input_ids)

        def eval(self) -> None:
            pass

        def train(self, mode: bool) -> None:
            pass

    with pytest.raises(UserError, match="Packing is not exact"):
        check_packing(Leaky(), Collator(0, 1000, packing=True), examples(tokenizer, Losses()))


def test_the_plain_loss_is_the_mean_over_all_trained_tokens(model: Any, tokenizer: Any) -> None:
    import torch

    rows = examples(tokenizer, Losses())
    total, count = 0.0, 0
    for row in rows:
        labels = torch.tensor([[token if weight else IGNORED for token, weight in zip(row.ids, row.weights, strict=True)]])
        trained = int((labels[:, 1:] != IGNORED).sum())
        total += model(input_ids=torch.tensor([row.ids]), labels=labels).loss.item() * trained
        count += trained
    assert step_loss(model, [rows], Losses())[0] == pytest.approx(total / count, rel=1e-5)


def test_only_positions_that_count_reach_the_output_layer(model: Any, tokenizer: Any) -> None:
    import torch

    batch = Collator(0, 64)(dataset(examples(tokenizer, Losses())))
    given = {name: batch[name] for name in ("input_ids", "attention_mask")}
    counted = counted_positions(batch["labels"])
    with only_at(model.get_output_embeddings(), counted):
        some = model(**given, use_cache=False).logits
    everywhere = model(**given, use_cache=False).logits
    assert some.shape == (1, int((batch["labels"] != IGNORED).sum()), everywhere.shape[-1])
    assert everywhere.shape[:2] == counted.shape
    assert torch.allclose(some[0], everywhere[counted], atol=1e-5)


def test_the_contrast_is_that_of_the_two_answers_likelihoods(model: Any, tokenizer: Any) -> None:
    import torch

    losses = Losses(contrast=Contrast(weight=2.0, beta=0.3))
    row = examples(tokenizer, losses)[0]

    def likelihood(example: Example) -> float:
        logits = model(input_ids=torch.tensor([example.ids])).logits[0, :-1].log_softmax(-1)
        picked = logits.gather(-1, torch.tensor(example.ids)[1:, None])[:, 0]
        return picked[example.prompt - 1 :][: sum(weight > 0 for weight in example.weights)].sum().item()

    assert row.rejected is not None
    margin = 0.3 * (likelihood(row) - likelihood(row.rejected))
    plain = step_loss(model, [[row]], Losses())[0]
    wanted = plain + 2.0 * float(torch.nn.functional.softplus(torch.tensor(-margin)))
    assert step_loss(model, [[row]], losses)[0] == pytest.approx(wanted, rel=1e-4)


def test_a_teacher_that_agrees_adds_nothing() -> None:
    import torch

    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    assert divergence(logits, logits, 2.0).abs().max() < 1e-6
    other = logits + torch.arange(7.0)
    by_hand = (other.softmax(-1) * (other.log_softmax(-1) - logits.log_softmax(-1))).sum(-1)
    assert torch.allclose(divergence(logits, other, 1.0), by_hand, atol=1e-5)


def test_padding_is_told_by_place_not_by_token(tokenizer: Any, model: Any) -> None:
    """The end-of-turn token is trained even where it is also what batches are filled up with."""
    rows = examples(tokenizer, Losses())
    batch = Collator(tokenizer.eos_token_id, 64)(dataset(rows))
    ends = (batch["labels"] == tokenizer.eos_token_id).sum(1).tolist()
    assert ends == [1, 2, 1, 1]
