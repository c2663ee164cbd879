"""Nothing that comes in a file is ever run: no pickle, no YAML that makes objects, no code of a model's repository."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.model import parse_model, resolve_model
from tests.conftest import make_tiny_model

ROOT = Path(__file__).parent.parent
LOADERS = {"pickle", "dill", "cloudpickle", "joblib", "shelve"}
UNSAFE = {
    "torch.load", "np.load", "numpy.load", "pd.read_pickle", "pandas.read_pickle", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
    "yaml.unsafe_load_all", "yaml.full_load_all", "marshal.load", "marshal.loads", "eval", "exec", "os.system", "os.popen",
}  # fmt: skip


def faults(source: str) -> Iterator[str]:
    """What in a module would run, or let a library run, what stands in a file."""
    tree = ast.parse(source)
    # A loader that only adds a check to the safe one.
    safe = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and "yaml.SafeLoader" in map(ast.unparse, node.bases)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.partition(".")[0] for alias in node.names} if isinstance(node, ast.Import) else {str(node.module)}
            yield from sorted(names & LOADERS)
        if not isinstance(node, ast.Call):
            continue
        name, options = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
        if name in UNSAFE:
            yield name
        if name == "yaml.load" and options.get("Loader") not in {"yaml.SafeLoader", "yaml.CSafeLoader", *safe}:
            yield "yaml.load"
        if name.startswith("Auto") and name.endswith(".from_pretrained") and options.get("trust_remote_code") != "False":
            yield name
        if options.get("trust_remote_code", "False") != "False":
            yield "trust_remote_code"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import pickle", "pickle"),
        ("from pickle import loads", "pickle"),
        ("torch.load('x')", "torch.load"),
        ("yaml.load(text)", "yaml.load"),
        ("yaml.load(text, Loader=yaml.Loader)", "yaml.load"),
        ("class Mine(yaml.Loader): ...\nyaml.load(text, Loader=Mine)", "yaml.load"),
        ("AutoModel.from_pretrained(folder)", "AutoModel.from_pretrained"),
        ("LLM(folder, trust_remote_code=True)", "trust_remote_code"),
    ],
)
def test_the_walk_sees_each_kind(source: str, fault: str) -> None:
    assert fault in [*faults(source)]


def test_no_module_runs_what_stands_in_a_file() -> None:
    # What runs inside the sandbox is there to run programs.
    rooms = ("harness", "reports", "sft_train")
    modules = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if "inside" not in path.parts]
    assert len(modules) > 300
    found = {str(path.relative_to(ROOT)): [*faults(path.read_text(encoding="utf-8"))] for path in modules}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.fixture
def with_code(tmp_path: Path) -> Path:
    """A model whose repository brings code that would leave a mark."""
    folder = make_tiny_model(tmp_path / "model", seed=0)
    (folder / "modeling_x.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Config: ...\nclass Model: ...\n")
    _configure(folder, model_type="x_of_its_own", auto_map={"AutoConfig": "modeling_x.Config", "AutoModelForCausalLM": "modeling_x.Model"})
    return folder


def _configure(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_model_that_needs_its_own_code_is_refused_in_a_sentence(with_code: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"needs code that lies in it .*'x_of_its_own'.* never run here"):
        resolve_model(parse_model(str(with_code)))
    assert not (tmp_path / "ran").exists()


def test_a_known_model_with_code_beside_it_is_read_without_the_code(with_code: Path, tmp_path: Path) -> None:
    from transformers import AutoConfig

    _configure(with_code, model_type="llama")
    model = resolve_model(parse_model(str(with_code)))
    assert type(AutoConfig.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)).__name__ == "LlamaConfig"
    assert not (tmp_path / "ran").exists()


def test_weights_that_are_pickles_are_not_read(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "model", seed=0)
    for path in folder.glob("*.safetensors"):
        path.rename(path.with_name("pytorch_model.bin"))
    with pytest.raises(UserError, match=r"pytorch_model\.bin cannot be used; save the model as safetensors"):
        resolve_model(parse_model(str(folder)))
